"""Whether an order fits what is asked for, and where it stands in a list."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gateway.domain.claims.documents import OrderDoc
from gateway.domain.ids import Rid
from gateway.domain.order_facts import OrderFacts, WorkFacts, finds, personal_words, search_words, sortable
from gateway.domain.personal import PersonalData
from gateway.ports.order_book import FulfillmentQuery, OrderOrder, OrderQuery

Fits = Callable[[OrderDoc, OrderFacts], bool]


def fits_order(query: OrderQuery, personal: Mapping[Rid, PersonalData]) -> Fits:
    """Return the test of an order against all conditions that are given."""
    search = search_words(query.search or "")

    def found(doc: OrderDoc, facts: OrderFacts) -> bool:
        data = personal.get(doc.rid)
        return finds(facts.words, search) or (data is not None and finds(personal_words(data), search))

    def fits(doc: OrderDoc, facts: OrderFacts) -> bool:
        equal = (
            (query.owner, doc.order.owner if doc.order else None),
            (query.channel, facts.channel),
            (query.needs_attention, facts.attention),
            (query.on_hold, facts.on_hold),
            (query.customer_reference, facts.customer_reference),
            (query.reference, facts.reference),
        )
        among = ((query.channels, facts.channel), (query.statuses, facts.status))
        return (
            all(asked is None or asked == told for asked, told in equal)
            and all(asked is None or told in asked for asked, told in among)
            and (query.location is None or query.location in facts.locations)
            and (query.sku is None or query.sku in facts.skus)
            and within(facts.placed_at, query.placed_from, query.placed_to)
            and within(facts.updated_at, query.updated_from, None)
            and (not search or found(doc, facts))
        )

    return fits


def within(text: str, begin: datetime | None, end: datetime | None) -> bool:
    """Tell whether a moment lies in [begin, end)."""
    return (begin is None or text >= sortable(begin)) and (end is None or text < sortable(end))


def fits_work(query: FulfillmentQuery, facts: OrderFacts) -> bool:
    numbers = query.order_numbers is None or facts.number in query.order_numbers
    return numbers and any(fits_one(query, work) for work in facts.work)


def fits_one(query: FulfillmentQuery, work: WorkFacts) -> bool:
    among: tuple[tuple[Any, str | None], ...] = (
        (query.locations, work.location),
        (query.states, work.state),
        (query.tasks, work.task),
        (query.methods, work.method),
    )
    return (
        all(asked is None or told in asked for asked, told in among)
        and (query.due_before is None or work.due_at < sortable(query.due_before))
        and (query.updated_from is None or work.updated_at >= sortable(query.updated_from))
    )


def place_in(sort: OrderOrder, facts: OrderFacts) -> tuple[str, ...]:
    moment = {
        "PLACED_AT_DESC": facts.placed_at,
        "PLACED_AT": facts.placed_at,
        "UPDATED_AT": facts.updated_at,
        "PROMISED_UNTIL": facts.promised_until,
    }[sort]
    return (moment, facts.number)


def work_place(facts: OrderFacts) -> tuple[str, ...]:
    return (facts.due_at, facts.number)
