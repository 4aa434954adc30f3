"""Orders: by id, number or their own secret, in lists, and the personal data that belongs to them."""

from dataclasses import replace

from gateway.domain.delivery_group import DeliveryPromise
from gateway.domain.errors import BadInput
from gateway.domain.ids import Rid, Sku
from gateway.domain.order import Event, Order
from gateway.domain.order_secret import opens, order_secret
from gateway.domain.order_secret import pickup_code as code_of
from gateway.domain.personal import PersonalData
from gateway.ports.order_book import OrderQuery, Page, Record
from resolvers.context import Context
from resolvers.loaders import PersonalByRid, RecordsByNumber, RecordsByRid
from resolvers.questions.channels import known_channel
from resolvers.questions.known import check_locations, check_skus
from resolvers.questions.locations import place
from resolvers.sight import SeenFulfillment, SeenOrder, seen

LONGEST_SEARCH = 200
INSIDE_EVENTS = frozenset(
    {"ORDER_NEEDS_ATTENTION", "FULFILLMENT_OFFERED", "FULFILLMENT_REJECTED", "FULFILLMENT_PROGRESSED", "PROMISE_AT_RISK"}
)
"""What only those who look after orders are told."""


async def order_by_rid(context: Context, rid: Rid) -> SeenOrder | None:
    return seen(context, await context.loader(RecordsByRid).load(rid))


async def order_by_number(context: Context, number: str) -> SeenOrder | None:
    return seen(context, await context.loader(RecordsByNumber).load(number))


async def own_order(context: Context, number: str, secret: str) -> SeenOrder | None:
    """Return the order that the secret opens; a wrong secret and an unknown number cannot be told apart."""
    record = await context.loader(RecordsByNumber).load(number)
    if record is None or record.order is None or not is_secret(context, record, secret):
        return None
    context.secret_rids.add(record.rid)
    return seen(context, record)


def is_secret(context: Context, record: Record, secret: str) -> bool:
    generation = record.order.secret_generation if record.order else 1
    return opens(secret, context.world.secrets.orders, record.rid, generation)


def access_secret(context: Context, record: Record) -> str | None:
    """Return the order's secret for the caller who placed it; None once it was reissued."""
    order = record.order
    if order is None or order.secret_generation != 1:
        return None
    return order_secret(context.world.secrets.orders, record.rid, 1)


async def orders(context: Context, query: OrderQuery, first: int, after: tuple[str, ...] | None) -> Page:
    """Return a page of what the caller may see."""
    if query.search is not None and len(query.search) > LONGEST_SEARCH:
        raise BadInput(f"search has {len(query.search)} characters; send at most {LONGEST_SEARCH}.")
    await context.ready()
    check_locations(context, "locationCode", [query.location] if query.location is not None else ())
    await check_skus(context, "sku", [Sku(query.sku)] if query.sku is not None else ())
    known_channel(context, query.channel)
    return await context.world.orders.orders(narrowed(context, query), first, after)


def narrowed(context: Context, query: OrderQuery) -> OrderQuery:
    who = context.principal
    if who.kind == "OPERATOR":
        return query
    if who.may("orders:read"):
        return replace(query, channels=frozenset({who.channel})) if who.channel else query
    return replace(query, owner=who.identity)


async def personal(context: Context, seen_order: SeenOrder) -> PersonalData | None:
    """Return what identifies the customer, for those who may know."""
    if not seen_order.sight.personal:
        return None
    return await context.loader(PersonalByRid).load(seen_order.record.rid)


def history(seen_order: SeenOrder) -> list[tuple[int, Event]]:
    """Return what happened, oldest first, as far as the caller may see; each with its place in the whole history."""
    events = enumerate(seen_order.order.history)
    return [(n, event) for n, event in events if seen_order.sight.inside or event.type not in INSIDE_EVENTS]


def summary(context: Context, seen_order: SeenOrder, event: Event) -> str:
    """Return what is told of an event. Those who look after orders know places by their codes, customers by their names."""
    work = next((work for work in seen_order.order.fulfillments if work.number == event.fulfillment), None)
    if seen_order.sight.inside or work is None or not event.summary.startswith(f"{work.location} "):
        return event.summary
    return place(context, work.location).name + event.summary.removeprefix(work.location)


def promise(order: Order) -> DeliveryPromise | None:
    """Return the latest window over the order's delivery groups."""
    promises = [group.promise for group in order.groups if group.promise]
    return max(promises, key=lambda promise: promise.latest, default=None)


def pickup_code(context: Context, work: SeenFulfillment) -> str | None:
    """Return what the customer shows when collecting; only with the order's own secret, and only of what can be collected."""
    if not work.seen.sight.own_secret or work.fulfillment.task != "HAND_OVER":
        return None
    return code_of(context.world.secrets.orders, work.seen.record.rid, work.fulfillment.number)
