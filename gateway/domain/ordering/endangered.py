"""Promises at risk: as long as units of a delivery group have no place, and nobody knows yet whether another one has them in time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from gateway.domain.catalogue import Attribute
from gateway.domain.delivery_group import DeliveryGroup
from gateway.domain.order import Fulfillment, Order
from gateway.domain.order_terms import UNDECIDED, PromiseCause, PromiseState
from gateway.domain.ordering.history import told

NOT_THERE = frozenset({"STOCK_NOT_FOUND", "DAMAGED"})
WHY: Mapping[PromiseCause, str] = {
    "STOCK_NOT_FOUND": "what was to be sent is not there",
    "NOT_ACCEPTED_IN_TIME": "nobody accepted it in time",
    "LOCATION_REJECTED": "the place that was to send it does not",
    "CUSTOMER_CHANGE": "they were to go elsewhere",
}


def weighed(order: Order, at: datetime) -> Order:
    """Return the order with every undecided promise AT_RISK of which units have no place, else ON_TRACK; told where one gets at risk."""
    for group in order.groups:
        state: PromiseState = "AT_RISK" if homeless_units(order, group.id) else "ON_TRACK"
        if group.promise is None or group.promise.state not in UNDECIDED or group.promise.state == state:
            continue
        weighed_group = replace(group, promise=replace(group.promise, state=state))
        order = replace(order, groups=tuple(weighed_group if one.id == group.id else one for one in order.groups))
        order = endangered(order, group, at) if state == "AT_RISK" else order
    return order


def homeless_units(order: Order, group: str) -> int:
    """Return the units without a place, of a group that is not about to change."""
    if any(one.id == group and one.change for one in order.groups):
        return 0
    return sum(units.quantity for line in order.lines if line.group == group for units in line.units if units.state == "UNSOURCED")


def endangered(order: Order, group: DeliveryGroup, at: datetime) -> Order:
    units, cause = homeless_units(order, group.id), cause_of(order, group.id)
    what = "1 unit" if units == 1 else f"{units} units"
    summary = f"Delivery {group.id} is at risk: {what} look for another place, since {WHY[cause]}."
    return told(order, "PROMISE_AT_RISK", summary, at, attributes=(Attribute("cause", cause),))


def cause_of(order: Order, group: str) -> PromiseCause:
    """Return why units of a group had to look for another place, by what a place has said last."""
    given_up = [work for work in order.fulfillments if work.group == group and is_given_up(work)]
    last = max(given_up, key=lambda work: work.updated_at, default=None)
    if last is None or (last.rejections and last.rejections[-1].reason in NOT_THERE):
        return "STOCK_NOT_FOUND"
    if last.state == "CANCELED" and last.is_redirected:
        return "CUSTOMER_CHANGE"
    return "NOT_ACCEPTED_IN_TIME" if last.state == "LAPSED" else "LOCATION_REJECTED"


def is_given_up(work: Fulfillment) -> bool:
    return bool(work.rejections) or work.state == "LAPSED" or ((work.is_moved or work.is_redirected) and work.state == "CANCELED")
