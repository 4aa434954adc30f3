"""Goods that were sent to the store which hands them over: with their arrival they become that store's work."""

from collections.abc import Mapping
from dataclasses import replace

from gateway.domain.ids import LocationCode
from gateway.domain.order import Fulfillment, FulfillmentLine, Milestone, Order, OrderLine, UnitGroup
from gateway.domain.ordering.history import told
from gateway.domain.ordering.units import merged
from gateway.domain.ordering.working import Word


def handed_on(order: Order, number: str, word: Word) -> Order:
    """Return the order with what a transfer has delivered offered to the store that hands over, as work of its own.

    The units leave the claim of the place that sent them: its stock has gone, the store's number does not hold them for others.
    """
    group = next(group for work in order.fulfillments if work.number == number for group in order.groups if group.id == work.group)
    arrived = {line.id: units for line in order.lines if (units := delivered_in(line, number))}
    if not arrived or group.pickup_location is None:
        return order
    due_at = max(word.at, group.promise.latest) if group.promise else word.at
    work = Fulfillment(
        number=f"{order.number}-{len(order.fulfillments) + 1}",
        task="HAND_OVER",
        state="OFFERED",
        group=group.id,
        location=group.pickup_location,
        lines=lines_of(order, arrived),
        created_at=word.at,
        updated_at=word.at,
        milestones=(Milestone("PICK", due_at), Milestone("READY_FOR_PICKUP", due_at)),
    )
    lines = tuple(at_store(line, number, work.number, group.pickup_location) for line in order.lines)
    order = replace(order, fulfillments=(*order.fulfillments, work), lines=lines)
    return told(order, "FULFILLMENT_OFFERED", f"{work.location} was asked to make it ready.", word.at, fulfillment=work.number)


def delivered_in(line: OrderLine, number: str) -> int:
    return sum(units.quantity for units in line.units if is_delivered(units, number))


def is_delivered(units: UnitGroup, number: str) -> bool:
    return units.fulfillment == number and units.state == "DELIVERED"


def lines_of(order: Order, arrived: Mapping[str, int]) -> tuple[FulfillmentLine, ...]:
    sku_by_line = {line.id: line.sku for line in order.lines}
    return tuple(FulfillmentLine(str(n), line, sku_by_line[line], units) for n, (line, units) in enumerate(arrived.items(), 1))


def at_store(line: OrderLine, transfer: str, number: str, store: LocationCode) -> OrderLine:
    parts = (UnitGroup(units.quantity, "OFFERED", store, number) if is_delivered(units, transfer) else units for units in line.units)
    return replace(line, units=merged(parts))
