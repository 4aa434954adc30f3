"""Takes units out of an order: at once, or by asking the location that works on them, and when that has given them back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.cancellation import CancellationRequest
from gateway.domain.delivery_group import DeliveryGroup
from gateway.domain.feeds import MessageKind
from gateway.domain.ids import Sku
from gateway.domain.lifecycle import BEFORE_THE_CUSTOMER, FulfillmentState
from gateway.domain.order import SYSTEM, Actor, Fulfillment, FulfillmentLine, Order, OrderLine, Rejection, UnitGroup
from gateway.domain.order_amounts import units_left
from gateway.domain.order_status import order_status
from gateway.domain.order_terms import CancelReason, EventType
from gateway.domain.ordering.cancelable import ORDER_OF_CANCELING, Cut, Slice, parts_of
from gateway.domain.ordering.endangered import weighed
from gateway.domain.ordering.history import no_longer, told
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.refunding import with_refund
from gateway.domain.ordering.routing import Surroundings
from gateway.domain.ordering.units import changing_groups
from gateway.domain.ordering.withdrawing import sourced
from gateway.domain.ordering.working import Word, ended, fulfilled, newly_canceled, without_request
from gateway.domain.outbox import OutboxEntry
from gateway.domain.quantities import SkuQuantity


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants units canceled, why, and when it was said."""

    reason: CancelReason
    at: datetime
    actor: Actor = SYSTEM
    note: str | None = None


def canceled(order: Order, cut: Cut, wish: Wish, owed: Owed, world: Surroundings) -> Order:
    """Return the order without the units that go at once, and with those requested that a location has begun to work on.

    A request is owed to the system of its location; a canceled order is owed to the system that took it.
    """
    before = order
    order = without(order, cut.at_once, wish.at)
    for number in dict.fromkeys(part.units.fulfillment for part in cut.asked if part.units.fulfillment):
        order = asked(order, number, [part for part in cut.asked if part.units.fulfillment == number], wish, owed, world)
    if cut.at_once:
        order = with_refund(before, concluded(order, wish), counted(cut.at_once), wish.at)
    owe_change(before, order, owed)
    owe_end(order, owed)
    return order


def counted(parts: Sequence[Slice]) -> tuple[tuple[str, int], ...]:
    """Return units by order line."""
    units: dict[str, int] = {}
    for part in parts:
        units[part.line] = units.get(part.line, 0) + part.quantity
    return tuple(units.items())


def without(order: Order, parts: Sequence[Slice], at: datetime) -> Order:
    """Return the order with these units CANCELED, and without them in the work that they were offered in."""
    lines = tuple(line_without(line, [part for part in parts if part.line == line.id]) for line in order.lines)
    works = tuple(work_without(work, [part for part in parts if part.units.fulfillment == work.number], at) for work in order.fulfillments)
    ended = {work.number for work in works if work.state == "CANCELED"}
    kept = tuple(one for one in order.attention if not (one.code == "UNSOURCED" and one.fulfillment in ended))
    return replace(order, lines=lines, fulfillments=works, attention=kept)


def line_without(line: OrderLine, parts: Sequence[Slice]) -> OrderLine:
    if not parts:
        return line
    left = list(line.units)
    for part in parts:
        place = left.index(part.units)
        left[place] = replace(left[place], quantity=part.units.quantity - part.quantity)
    gone = sum(units.quantity for units in line.units if units.state == "CANCELED") + sum(part.quantity for part in parts)
    kept = tuple(units for units in left if units.quantity and units.state != "CANCELED")
    return replace(line, units=(*kept, UnitGroup(gone, "CANCELED")))


def work_without(work: Fulfillment, parts: Sequence[Slice], at: datetime) -> Fulfillment:
    """Return the work with fewer units; with none left it is CANCELED and tells what it was."""
    if not parts:
        return work
    quantities = {part.id: part.quantity for part in work.lines}
    for part in parts:
        left = part.quantity
        for line in parts_of(work, part.line, part.units.mid):
            taken = min(left, quantities[line.id])
            quantities[line.id] -= taken
            left -= taken
    if not any(quantities.values()):
        return replace(work, state="CANCELED", updated_at=at)
    lines = tuple(replace(line, quantity=quantities[line.id]) for line in work.lines if quantities[line.id])
    return replace(work, lines=lines, updated_at=at)


def concluded(order: Order, wish: Wish) -> Order:
    """Return the order as it stands after units went: what is said of it, and what needs nobody's attention any more."""
    order = sourced(replace(order, groups=tuple(ended(order, group, last_word(order, group, wish)) for group in order.groups)))
    order = weighed(order, wish.at)
    reason, status = wish.note or wish.reason.lower().replace("_", " "), order_status(order)
    if status != "CANCELED":
        order = told(order, "ORDER_CHANGED", f"Part of the order was canceled: {reason}.", wish.at, wish.actor)
        return fulfilled(order, Word(wish.at, wish.actor)) if status == "FULFILLED" else order
    order = replace(order, hold=None, routed=True)
    return told(order, "ORDER_CANCELED", f"The order was canceled: {reason}.", wish.at, wish.actor)


def last_word(order: Order, group: DeliveryGroup, wish: Wish) -> Word:
    """Return when the customer got the last of a group's goods: that judges its promise, not when the rest of it was canceled."""
    came = (work.updated_at for work in order.fulfillments if work.group == group.id and work.state in {"DELIVERED", "COLLECTED"})
    return Word(max(came, default=wish.at), wish.actor)


def asked(order: Order, number: str, parts: Sequence[Slice], wish: Wish, owed: Owed, world: Surroundings) -> Order:
    """Return the order with the request on the work, and owe it to the location's system; a place without one reads it in the graph."""
    works = tuple(requested(work, parts, wish) if work.number == number else work for work in order.fulfillments)
    order = no_longer(replace(order, fulfillments=works), "CANCELLATION_REFUSED", number)
    work = next(work for work in works if work.number == number)
    place = world.locations.get(work.location)
    if place and place.taker in world.takers:
        owed.add("CANCEL", place.taker, number)
    units = sum(part.quantity for part in parts)
    what = "1 unit" if units == 1 else f"{units} units"
    return told(order, "ORDER_CHANGED", f"{work.location} was asked to cancel {what}.", wish.at, wish.actor, fulfillment=number)


def requested(work: Fulfillment, parts: Sequence[Slice], wish: Wish) -> Fulfillment:
    units = {line.id: line.cancel_requested for line in work.lines}
    for part in parts:
        left = part.quantity
        for line in parts_of(work, part.line, part.units.mid):
            more = min(left, line.quantity - units[line.id])
            units[line.id] += more
            left -= more
    lines = tuple(replace(line, cancel_requested=units[line.id]) for line in work.lines)
    request = CancellationRequest(requested_goods(lines), wish.reason, wish.at)
    return replace(work, lines=lines, cancellation=request, updated_at=wish.at)


def requested_goods(lines: Sequence[FulfillmentLine]) -> tuple[SkuQuantity, ...]:
    units: dict[Sku, int] = {}
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) + line.cancel_requested
    return tuple(SkuQuantity(sku, quantity) for sku, quantity in units.items() if quantity)


def owe_change(before: Order, after: Order, owed: Owed) -> None:
    """Owe what is left of an order that has lost units to the system that was told of more."""
    if newly_canceled(before, after):
        owe_news(after, owed)


def owe_news(after: Order, owed: Owed) -> None:
    """Owe the order as it is now to the system that was told of it as it was; one that is told of it later needs no news."""
    told_of = next((entry for entry in owed.before if entry.kind == "ORDER" and entry.state != "DROPPED" and entry.attempts), None)
    if told_of is None or order_status(after) == "CANCELED":
        return
    known = {line for line, _ in told_of.told} or {line.id for line in after.lines}
    owed.add("CHANGE", told_of.source, "order", told=tuple((line.id, units_left(line)) for line in after.lines if line.id in known))


def owe_end(order: Order, owed: Owed) -> None:
    """Owe a canceled order's end to the system that was told of it; one that was not told yet never will be (`unsent`)."""
    if order_status(order) != "CANCELED":
        return
    told_of = next((entry for entry in owed.before if entry.kind == "ORDER" and entry.state != "DROPPED" and not is_unsent(entry)), None)
    if told_of and not owed.has("CANCEL", "order"):
        owed.add("CANCEL", told_of.source, "order")


def unsent(order: Order, outbox: Sequence[OutboxEntry]) -> tuple[int, ...]:
    """Return the messages (by n) that say nothing true any more: those of work that is over, and of an order of which nothing is left."""
    over = {work.number for work in order.fulfillments if work.state in {"CANCELED", "LAPSED"}}
    whole = order_status(order) == "CANCELED"
    kinds: set[MessageKind] = {"ORDER", "CHANGE"} if whole else set()
    return tuple(entry.n for entry in outbox if is_unsent(entry) and (entry.leg.partition(":")[0] in over or entry.kind in kinds))


def is_unsent(entry: OutboxEntry) -> bool:
    """Tell whether a message has surely not arrived: one whose answer was lost may have."""
    return entry.state == "WAITING" and entry.ambiguous_at is None


def is_needless(order: Order, entry: OutboxEntry) -> bool:
    """Tell whether an order's message was never tried and has nothing to say any more: all was canceled meanwhile."""
    return entry.kind == "ORDER" and is_unsent(entry) and not entry.told and order_status(order) == "CANCELED"


def given_back(order: Order, number: str, at: datetime, actor: Actor = SYSTEM) -> Order:
    """Return the order once a location has let go of its work: requested units are CANCELED and refunded, the others look for a place.

    The claims of the work are for the caller to give back in the same write.
    """
    work = next(work for work in order.fulfillments if work.number == number)
    if work.state not in BEFORE_THE_CUSTOMER:
        return order
    order = no_longer(order, "CANCELLATION_REFUSED", number)
    before, wish = order, Wish(work.cancellation.reason if work.cancellation else "OTHER", at, actor)
    parts = tuple(slices_requested(order, work))
    order = replace(order, lines=tuple(line_without(line, [part for part in parts if part.line == line.id]) for line in order.lines))
    asked = work.cancellation or work.asked_back_at
    end: FulfillmentState = (
        "LAPSED" if work.asked_back_at and work.state == "OFFERED" and not (work.is_moved or work.is_redirected) else "CANCELED"
    )
    over = work if asked else refused_by_place(order, work, wish)
    over = replace(without_request(over), state=end, updated_at=at)
    order = replace(
        order,
        fulfillments=tuple(over if one.number == number else one for one in order.fulfillments),
        lines=tuple(replace(line, units=tuple(homeless(units, number) for units in line.units)) for line in order.lines),
    )
    homeless_now = any(units.state == "UNSOURCED" for line in order.lines for units in line.units)
    order = replace(order, routed=order.routed and not homeless_now and work.group not in changing_groups(order))
    if homeless_now:
        order = weighed(told(order, *let_go_by(work), at, actor, number), at)
    return with_refund(before, concluded(order, wish), counted(parts), at) if parts else order


def let_go_by(work: Fulfillment) -> tuple[EventType, str]:
    """Return what is told of work that is not done where it was given: as it was asked, or of the place's own accord."""
    if work.is_moved:
        return "ORDER_CHANGED", f"{work.location} has given its work back, so that others do it."
    if work.is_redirected and work.asked_back_at:
        return "ORDER_CHANGED", f"{work.location} has given its work back, so that its delivery can change."
    if work.asked_back_at:
        return "FULFILLMENT_REJECTED", f"{work.location} did not accept it in time and has given it back."
    if work.cancellation:
        return "ORDER_CHANGED", f"{work.location} has stopped its work, and what is left of it is to be prepared anew."
    return "FULFILLMENT_REJECTED", f"{work.location} gave its work back."


def slices_requested(order: Order, work: Fulfillment) -> list[Slice]:
    found: list[Slice] = []
    left = {part.id: part.cancel_requested for part in work.lines}
    for line in order.lines:
        for units in line.units:
            if not is_with(units, work):
                continue
            taken = 0
            for part in parts_of(work, line.id, units.mid):
                more = min(left[part.id], units.quantity - taken)
                left[part.id] -= more
                taken += more
            if taken:
                found.append(Slice(line.id, units, taken))
    return found


def refused_by_place(order: Order, work: Fulfillment, wish: Wish) -> Fulfillment:
    """Return work that its place gave up of its own accord: that place is not asked again."""
    left = [SkuQuantity(line.sku, units.quantity) for line in order.lines for units in line.units if is_with(units, work)]
    return replace(work, rejections=(*work.rejections, Rejection("OTHER", tuple(left), wish.at, wish.actor)))


def is_with(units: UnitGroup, work: Fulfillment) -> bool:
    """Tell whether a place has these units still to work on; what was canceled there before names its work for ever."""
    return units.fulfillment == work.number and units.state in ORDER_OF_CANCELING


def homeless(units: UnitGroup, number: str) -> UnitGroup:
    return UnitGroup(units.quantity, "UNSOURCED") if units.fulfillment == number and units.state in ORDER_OF_CANCELING else units
