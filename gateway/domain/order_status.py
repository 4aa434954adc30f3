"""How far an order is: a status that follows from the states of its units."""

from gateway.domain.lifecycle import IN_WORK, WITH_CUSTOMER, OrderStatus, UnitState
from gateway.domain.order import Order

UNROUTED: frozenset[UnitState] = frozenset({"ALLOCATED", "UNSOURCED"})


def order_status(order: Order) -> OrderStatus:
    """Return the status; an order without units left is CANCELED."""
    states = {units.state for line in order.lines for units in line.units if units.quantity and units.state != "CANCELED"}
    if not states:
        return "CANCELED"
    if states <= WITH_CUSTOMER:
        return "FULFILLED"
    if states & WITH_CUSTOMER:
        return "PARTIALLY_FULFILLED"
    if states & IN_WORK:
        return "IN_FULFILLMENT"
    return "PLACED" if order.hold or states & UNROUTED else "ROUTED"
