"""A delivery that was to change and stays as it was: its place goes on with the work, or the new way cannot be had any more."""

from dataclasses import replace
from datetime import datetime

from gateway.domain.errors import RefusalCode
from gateway.domain.order import Order
from gateway.domain.ordering.endangered import weighed
from gateway.domain.ordering.history import told


def unchanged(order: Order, group: str, why: str, code: RefusalCode, at: datetime) -> Order:
    """Return the order whose delivery keeps what was promised: its request is refused, and the router looks after what was given back."""
    change = next(one.change for one in order.groups if one.id == group)
    if change is None:
        return order
    message = f"Delivery {group} stays as it was: {why}"
    groups = tuple(replace(one, change=None) if one.id == group else one for one in order.groups)
    done = tuple(replace(one, refused=(code, message)) if one.by == change.by else one for one in order.done)
    return weighed(told(replace(order, groups=groups, done=done, routed=False), "ORDER_CHANGED", message, at), at)


def kept_by_place(order: Order, number: str, at: datetime) -> Order:
    """Return the order whose place goes on with work, so that a delivery stays as it was which was to change with it."""
    work = next(one for one in order.fulfillments if one.number == number)
    return unchanged(order, work.group, f"{work.location} goes on with its work.", "ILLEGAL_TRANSITION", at)
