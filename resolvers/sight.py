"""What a caller may see: of an order, of a fulfillment, of a hold; the rules of graph.md in one place."""

from dataclasses import dataclass

from gateway.domain.ids import LocationCode
from gateway.domain.order import Fulfillment, Order
from gateway.domain.principal import Principal
from gateway.ports.order_book import Record
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Sight:
    """How much of an order is shown. None of it may be guessed from what is hidden: hidden parts are null or empty."""

    order: bool = True
    """False for those who may see the work and not the order."""
    personal: bool = False
    inside: bool = False
    """Who did what, what must be decided, and messages to the systems behind."""
    own_secret: bool = False
    costs: bool = False


@dataclass(frozen=True, slots=True)
class SeenOrder:
    """An order with the sight that a caller has of it."""

    record: Record
    order: Order
    sight: Sight


@dataclass(frozen=True, slots=True)
class SeenFulfillment:
    """A fulfillment with its order, whose parts `sight` may hide."""

    seen: SeenOrder
    fulfillment: Fulfillment


def sight_of(context: Context, record: Record) -> Sight | None:
    """Return what the caller may see of an order; None: nothing, not even that there is one."""
    who, order = context.principal, record.order
    if order is None:
        return None
    own_secret = record.rid in context.secret_rids
    reads = who.may("orders:read") and reads_channel(who, order)
    if not (reads or own_secret or (who.kind == "PARTNER" and order.owner == who.identity)):
        return None
    return Sight(personal=reads or own_secret, inside=reads, own_secret=own_secret, costs=who.may("insights:read"))


def reads_channel(who: Principal, order: Order) -> bool:
    """Tell whether an order is of the channel that a caller with orders:read looks after; one without a channel looks after all."""
    return who.kind == "OPERATOR" or who.channel is None or who.channel == order.channel


def seen(context: Context, record: Record | None) -> SeenOrder | None:
    """Return the order as the caller may see it, None when it may not."""
    if record is None or record.order is None:
        return None
    sight = sight_of(context, record)
    return SeenOrder(record, record.order, sight) if sight else None


def seen_fulfillment(context: Context, record: Record | None, number: str) -> SeenFulfillment | None:
    """Return a fulfillment for those who see its order, and for those who work at its location."""
    if record is None or record.order is None:
        return None
    work = next((work for work in record.order.fulfillments if work.number == number), None)
    if work is None:
        return None
    sight = sight_of(context, record) or (Sight(order=False) if works_at(context.principal, work.location) else None)
    return SeenFulfillment(SeenOrder(record, record.order, sight), work) if sight else None


def works_at(who: Principal, location: LocationCode) -> bool:
    return who.may("fulfillments:write") and who.acts_at(location)


def is_own(who: Principal, record: Record) -> bool:
    """Tell whether a hold is the caller's own."""
    return record.reservation is not None and record.reservation.owner == who.identity
