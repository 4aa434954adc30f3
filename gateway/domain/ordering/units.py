"""Moves units of a fulfillment from state to state; a line's units always add up to what was bought."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from typing import get_args

from gateway.domain.lifecycle import BEFORE_THE_CUSTOMER, UNCLAIMED, WITH_CUSTOMER, UnitState
from gateway.domain.order import Fulfillment, FulfillmentLine, Order, OrderLine, UnitGroup

AT_WORK: frozenset[UnitState] = frozenset({"OFFERED", "ACCEPTED", "BACKORDERED", "PICKED", "PACKED", "SHIPPED", "READY_FOR_PICKUP"})
"""Units that a fulfillment still has to bring to the customer."""


def changing_groups(order: Order) -> frozenset[str]:
    """Return the delivery groups that are about to change: nobody sends their units anywhere until that is decided."""
    return frozenset(group.id for group in order.groups if group.change)


def answered_groups(order: Order) -> frozenset[str]:
    """Return the delivery groups that can change now: no place has still to say whether it gives their work back."""
    works = (work for work in order.fulfillments if work.state in BEFORE_THE_CUSTOMER)
    return changing_groups(order) - {work.group for work in works if work.is_redirected and work.asked_back_at}


def units_of(order: Order, work: Fulfillment, line: FulfillmentLine, states: Collection[UnitState] = AT_WORK) -> int:
    """Return how many units a fulfillment's line has in these states."""
    bought = next(one for one in order.lines if one.id == line.line)
    return sum(units.quantity for units in bought.units if belongs(units, work, line) and units.state in states)


def units_in_hand(order: Order, work: Fulfillment) -> tuple[tuple[str, int], ...]:
    """Return the units by line that are or were the work's, without those that it has lost or given up."""
    kept = {state for state in get_args(UnitState) if state not in UNCLAIMED}
    return tuple((line.id, units) for line in work.lines if (units := units_of(order, work, line, kept)))


def belongs(units: UnitGroup, work: Fulfillment, line: FulfillmentLine) -> bool:
    return units.fulfillment == work.number and units.mid == line.mid


def moved(
    order: Order,
    work: Fulfillment,
    line: FulfillmentLine,
    quantity: int,
    to: UnitState,
    states: Collection[UnitState] = AT_WORK,
    expected_at: datetime | None = None,
) -> Order:
    """Return the order with so many units of a fulfillment's line in another state; there must be as many in `states`."""
    return replace(
        order,
        lines=tuple(
            replace(one, units=merged(parts_of(one, work, line, quantity, to, states, expected_at))) if one.id == line.line else one
            for one in order.lines
        ),
    )


def parts_of(
    bought: OrderLine,
    work: Fulfillment,
    line: FulfillmentLine,
    quantity: int,
    to: UnitState,
    states: Collection[UnitState],
    expected_at: datetime | None,
) -> Iterator[UnitGroup]:
    left = quantity
    for units in bought.units:
        part = min(left, units.quantity) if belongs(units, work, line) and units.state in states else 0
        left -= part
        if part:
            yield placed_in(units, part, to, expected_at)
        if units.quantity > part:
            yield replace(units, quantity=units.quantity - part)
    if left:
        raise ValueError(f"{work.number}/{line.id} has {left} units less than are to become {to}")


def placed_in(units: UnitGroup, quantity: int, to: UnitState, expected_at: datetime | None) -> UnitGroup:
    """Return units in their new state; what a place refused belongs to no place, work or claim any more."""
    if to == "UNSOURCED":
        return UnitGroup(quantity, "UNSOURCED")
    return replace(units, quantity=quantity, state=to, expected_at=expected_at)


def merged(parts: Iterator[UnitGroup]) -> tuple[UnitGroup, ...]:
    """Return the groups with those that differ by nothing but their quantity as one."""
    quantities: dict[UnitGroup, int] = {}
    for part in parts:
        kind = replace(part, quantity=0)
        quantities[kind] = quantities.get(kind, 0) + part.quantity
    return tuple(replace(kind, quantity=quantity) for kind, quantity in quantities.items())


def all_moved(order: Order, work: Fulfillment, to: UnitState) -> Order:
    """Return the order with everything that is at work in a fulfillment in another state."""
    for line in work.lines:
        order = moved(order, work, line, units_of(order, work, line), to)
    return order


def held(order: Order) -> dict[str, int]:
    """Return the units that each claim holds for the order."""
    units_by_mid: dict[str, int] = {}
    for line in order.lines:
        for units in line.units:
            if units.mid and units.state not in UNCLAIMED:
                units_by_mid[units.mid] = units_by_mid.get(units.mid, 0) + units.quantity
    return units_by_mid


def open_in_group(order: Order, group: str) -> bool:
    """Tell whether a delivery group has units that are neither with the customer nor canceled."""
    states = {units.state for line in order.lines if line.group == group for units in line.units if units.quantity}
    return bool(states - WITH_CUSTOMER - {"CANCELED"})


def reaches_customer(order: Order, group: str) -> bool:
    """Tell whether any unit of a delivery group came to the customer."""
    return any(units.quantity and units.state in WITH_CUSTOMER for line in order.lines if line.group == group for units in line.units)
