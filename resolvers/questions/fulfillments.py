"""Fulfillments: by number, and a location's work list, the most urgent first."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.errors import BadInput
from gateway.domain.ids import LocationCode
from gateway.domain.lifecycle import EXITS, FulfillmentState
from gateway.domain.location import Address
from gateway.domain.messages import label
from gateway.domain.order import Fulfillment, Milestone, Order
from gateway.domain.order_secret import pickup_code
from gateway.ports.order_book import FulfillmentQuery, Record
from resolvers.context import Context
from resolvers.loaders import RecordsByNumber
from resolvers.questions.known import check_locations
from resolvers.questions.orders import personal
from resolvers.questions.paging import order_before, parts, placed_records
from resolvers.sight import SeenFulfillment, SeenOrder, seen_fulfillment, works_at

ENDED: frozenset[FulfillmentState] = frozenset({"DELIVERED", "UNDELIVERABLE", "COLLECTED", "NOT_COLLECTED", *EXITS})


@dataclass(frozen=True, slots=True)
class WorkWish:
    """What is asked for beyond what the book of orders can filter by."""

    query: FulfillmentQuery
    late: bool | None = None
    pickup_code: str | None = None


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Rows with where each stands."""

    rows: tuple[tuple[tuple[str, ...], SeenFulfillment], ...]
    more: bool
    total: int | None


def order_number_of(number: str) -> str:
    return number.rpartition("-")[0]


async def fulfillment(context: Context, number: str) -> SeenFulfillment | None:
    order_number = order_number_of(number)
    record = await context.loader(RecordsByNumber).load(order_number) if order_number else None
    return seen_fulfillment(context, record, number)


async def fulfillments(context: Context, wish: WorkWish, first: int, after: tuple[str, ...] | None) -> WorkPage:
    """Return work of the places where the caller may act."""
    await context.ready()
    check_locations(context, "locationCodes", wish.query.locations or ())
    query = replace(wish.query, locations=places(context, wish.query.locations))
    page = await context.world.orders.with_fulfillments(query, first + 1, order_before(after))
    found = [
        (key, work.fulfillment.number, work)
        for key, record in placed_records(page, order_before(after))
        for work in fitting(context, record, wish, query)
    ]
    rows, more = parts(found, first, after)
    return WorkPage(rows, more or page.more, page.total)


def places(context: Context, asked: frozenset[LocationCode] | None) -> frozenset[LocationCode] | None:
    """Return where to look: what was asked for, less what is not the caller's; None for an operator who asked for no place."""
    who = context.principal
    if who.kind == "OPERATOR" and not who.locations:
        return asked
    foreign = (asked or frozenset()) - who.locations
    if foreign:
        raise BadInput(f"locationCodes: {', '.join(sorted(foreign))} is no place of yours; yours are: {', '.join(sorted(who.locations))}.")
    return asked if asked is not None else who.locations


def fitting(context: Context, record: Record, wish: WorkWish, query: FulfillmentQuery) -> Iterator[SeenFulfillment]:
    """Yield those fulfillments of an order that fit; the book found the order by at least one."""
    order = record.order
    if order is None:
        return
    for work in sorted(order.fulfillments, key=lambda work: (due_at(work), work.number)):
        if not fits(work, order, query, context.now, late=wish.late):
            continue
        if wish.pickup_code and wish.pickup_code != pickup_code(context.world.secrets.orders, record.rid, work.number):
            continue
        found = seen_fulfillment(context, record, work.number)
        if found:
            yield found


def fits(work: Fulfillment, order: Order, query: FulfillmentQuery, now: datetime, *, late: bool | None) -> bool:
    method = next((group.method for group in order.groups if group.id == work.group), None)
    return (
        (query.locations is None or work.location in query.locations)
        and (query.states is None or work.state in query.states)
        and (query.tasks is None or work.task in query.tasks)
        and (query.methods is None or method in query.methods)
        and (query.due_before is None or due_at(work) < query.due_before)
        and (query.updated_from is None or work.updated_at >= query.updated_from)
        and (late is None or is_late_work(work, now) is late)
    )


def due_at(work: Fulfillment) -> datetime:
    """Return when the next step is due; work without milestones is due since it was made."""
    return min((step.due_at for step in work.milestones if step.done_at is None), default=work.created_at)


def is_late(step: Milestone, now: datetime) -> bool:
    return (step.done_at or now) > step.due_at


def is_late_work(work: Fulfillment, now: datetime) -> bool:
    return work.state not in ENDED and any(step.done_at is None and is_late(step, now) for step in work.milestones)


async def ship_to(context: Context, work: SeenFulfillment) -> Address | None:
    """Return where it is to go: for those who work on it, and those who may know the customer's address."""
    here = works_at(context.principal, work.fulfillment.location)
    if work.fulfillment.task == "HAND_OVER" or not (here or work.seen.sight.personal):
        return None
    sight = replace(work.seen.sight, personal=True)
    data = await personal(context, SeenOrder(work.seen.record, work.seen.order, sight))
    group = next(group for group in work.seen.order.groups if group.id == work.fulfillment.group)
    return label(group, data)


def waits_for(work: SeenFulfillment) -> SeenFulfillment | None:
    """Return the transfer that must arrive before the store can hand over."""
    if work.fulfillment.task != "HAND_OVER":
        return None
    transfers = (other for other in work.seen.order.fulfillments if other.task == "TRANSFER" and other.group == work.fulfillment.group)
    open_one = next((transfer for transfer in transfers if transfer.state not in ENDED), None)
    return SeenFulfillment(work.seen, open_one) if open_one else None
