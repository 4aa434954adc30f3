"""What orders are found by: the facts that lists and searches filter and sort by, as text that sorts."""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.domain.ids import LocationCode, Sku
from gateway.domain.lifecycle import EXITS, FulfillmentState, FulfillmentTask, OrderStatus
from gateway.domain.network import DeliveryMethod
from gateway.domain.order import Fulfillment, Order
from gateway.domain.order_status import order_status
from gateway.domain.ordering.lapsing import ends_at
from gateway.domain.ordering.outcomes import Verdict, outcomes
from gateway.domain.ordering.routing import awaits_supply
from gateway.domain.personal import PersonalData

NEVER = "9999"
"""Sorts behind every moment: nothing is due, nothing was promised."""
ENDED: frozenset[FulfillmentState] = frozenset({"DELIVERED", "UNDELIVERABLE", "COLLECTED", "NOT_COLLECTED", *EXITS})
FEWEST_DIGITS = 5


@dataclass(frozen=True, slots=True)
class WorkFacts:
    state: FulfillmentState
    task: FulfillmentTask
    method: DeliveryMethod | None
    location: LocationCode
    due_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    service: str
    places: tuple[LocationCode, ...]
    verdict: Verdict
    at: str


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """`due_at`: the next milestone of any work that has not ended; `lapses_at`: its first offer's end.

    `routes_from`: a hold's hour, else the placing, or when it is to be looked at again. `words` are folded for search.
    """

    number: str
    channel: str
    placed_at: str
    updated_at: str
    promised_until: str
    due_at: str
    lapses_at: str
    status: OrderStatus
    attention: bool
    on_hold: bool
    waits_for_routing: bool
    routes_from: str
    waits_for_supply: bool
    reference: str | None
    customer_reference: str | None
    locations: tuple[LocationCode, ...]
    skus: tuple[Sku, ...]
    words: tuple[str, ...]
    work: tuple[WorkFacts, ...]
    outcomes: tuple[OutcomeFacts, ...] = ()


def sortable(at: datetime) -> str:
    """Return a moment as text that sorts as the moments do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def order_facts(order: Order) -> OrderFacts:
    work = tuple(work_facts(order, one) for one in order.fulfillments)
    promises = [group.promise.latest for group in order.groups if group.promise]
    return OrderFacts(
        number=order.number,
        channel=order.channel,
        placed_at=sortable(order.placed_at),
        updated_at=sortable(order.updated_at),
        promised_until=sortable(max(promises)) if promises else NEVER,
        due_at=min((one.due_at for one in work if one.state not in ENDED), default=NEVER),
        lapses_at=min((sortable(at) for one in order.fulfillments if (at := ends_at(one))), default=NEVER),
        status=order_status(order),
        attention=bool(order.attention),
        on_hold=order.hold is not None,
        waits_for_routing=not order.routed and (order.hold is None or order.hold.until is not None),
        routes_from=sortable(routes_from(order)),
        waits_for_supply=any(awaits_supply(units) for line in order.lines for units in line.units),
        reference=order.reference,
        customer_reference=order.customer_reference,
        locations=tuple(sorted(places(order))),
        skus=tuple(sorted({line.sku for line in order.lines})),
        words=order_words(order),
        work=work,
        outcomes=tuple(OutcomeFacts(one.service, one.places, one.verdict, sortable(one.at)) for one in outcomes(order)),
    )


def routes_from(order: Order) -> datetime:
    """Return when the router is to look at an order first."""
    return max(order.hold.until if order.hold and order.hold.until else order.placed_at, order.waits_until or order.placed_at)


def work_facts(order: Order, work: Fulfillment) -> WorkFacts:
    return WorkFacts(
        state=work.state,
        task=work.task,
        method=next((group.method for group in order.groups if group.id == work.group), None),
        location=work.location,
        due_at=sortable(min((step.due_at for step in work.milestones if step.done_at is None), default=work.created_at)),
        updated_at=sortable(work.updated_at),
    )


def places(order: Order) -> set[LocationCode]:
    """Return every place that has to do with the order: it works on it, it is to, or the customer collects or bought there."""
    units = {units.location for line in order.lines for units in line.units if units.location}
    planned = {shipment.location for group in order.groups for shipment in group.plan}
    pickups = {group.pickup_location for group in order.groups if group.pickup_location}
    counters = {order.placed_at_location} if order.placed_at_location else set()
    return units | planned | pickups | counters | {work.location for work in order.fulfillments}


def order_words(order: Order) -> tuple[str, ...]:
    named = (order.number, order.number.replace("-", ""), order.reference, order.customer_reference)
    return tuple(sorted({word for name in named if name for word in folded(name)}))


def personal_words(data: PersonalData) -> tuple[str, ...]:
    """Return what a person's order is searched by: name, mail and phone, the latter as it is dialed at home and from abroad."""
    names = [data.name, data.email, *(address.name for address in (data.billing, *data.address_by_group.values()) if address)]
    words = {word for name in names if name for word in folded(name)}
    digits = "".join(sign for sign in data.phone or "" if sign.isdigit())
    if digits:
        words |= {digits, f"0{digits[2:]}"} if (data.phone or "").strip().startswith("+") else {digits}
    return tuple(sorted(words))


def search_words(search: str) -> tuple[str, ...]:
    """Return the words that must all begin a word of what is found; a phone number is one word however it is spaced."""
    digits = "".join(sign for sign in search if sign.isdigit())
    if len(digits) >= FEWEST_DIGITS and not any(sign.isalpha() or sign == "@" for sign in search):
        return (digits,)
    return tuple(folded(search))


def folded(text: str) -> list[str]:
    """Return words without case and accents."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return plain.casefold().split()


def finds(words: tuple[str, ...], search: tuple[str, ...]) -> bool:
    return all(any(word.startswith(part) for word in words) for part in search)
