"""Takes work back that no location has begun: its units wait where they are allocated, its messages are not sent."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from gateway.domain.lifecycle import NOT_STARTED, FulfillmentState
from gateway.domain.order import Order, OrderLine, UnitGroup
from gateway.domain.ordering.cancelable import begun
from gateway.domain.ordering.history import no_longer

ENDED: frozenset[FulfillmentState] = frozenset({"LAPSED"})
"""Work that has ended by itself, and whose units are only given to others."""


def has_begun(order: Order, sent: Collection[str]) -> bool:
    """Tell whether any location has begun, or any unit is with the customer already."""
    return any(begun(units, sent) for line in order.lines for units in line.units if units.state != "CANCELED")


def offered(order: Order) -> frozenset[str]:
    """Return the numbers of work that waits for its location's answer."""
    return frozenset(work.number for work in order.fulfillments if work.state == "OFFERED")


def withdrawn(order: Order, numbers: Collection[str], at: datetime) -> Order:
    """Return the order with this work CANCELED and its units allocated where they are; it is to be routed again."""
    if not numbers:
        return order
    for number in numbers:
        order = no_longer(order, "UNSOURCED", number)
    works = tuple(
        replace(work, state="CANCELED", updated_at=at) if work.number in numbers and work.state not in ENDED else work
        for work in order.fulfillments
    )
    return replace(order, routed=False, fulfillments=works, lines=tuple(waiting(line, numbers) for line in order.lines))


def waiting(line: OrderLine, numbers: Collection[str]) -> OrderLine:
    return replace(line, units=tuple(allocated(units) if units.fulfillment in numbers else units for units in line.units))


def allocated(units: UnitGroup) -> UnitGroup:
    return replace(units, state="ALLOCATED", fulfillment=None) if units.state in NOT_STARTED - {"UNSOURCED"} else units


def sourced(order: Order) -> Order:
    """Return the order without the call for a person to find places, once every unit has one."""
    if any(units.state == "UNSOURCED" and units.quantity for line in order.lines for units in line.units):
        return order
    return no_longer(order, "UNSOURCED")
