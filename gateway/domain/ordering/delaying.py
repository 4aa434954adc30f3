"""A promise that no place can keep any more: moved as far as the channel tolerates it, with its cause, and a person is called."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from gateway.domain.delivery_group import DeliveryGroup, GroupPlan, PromiseRevision
from gateway.domain.order import Order
from gateway.domain.ordering.endangered import cause_of
from gateway.domain.ordering.history import needing, told
from gateway.domain.ordering.postponing import sentence


def delayed(order: Order, targets: Iterable[GroupPlan], at: datetime) -> Order:
    """Return the order with the windows of its new plans where they are later than what was promised."""
    for target in targets:
        group = next(group for group in order.groups if group.id == target.group)
        if target.window is None or group.promise is None or target.window[1] <= group.promise.latest:
            continue
        later = moved(order, group, target.window, at)
        order = replace(order, groups=tuple(later if one.id == group.id else one for one in order.groups))
        order = told(order, "PROMISE_MOVED", sentence(later), at)
        order = needing(order, "PROMISE_LOST", f"No place can keep what was promised. {sentence(later)}", at)
    return order


def moved(order: Order, group: DeliveryGroup, window: tuple[datetime, datetime], at: datetime) -> DeliveryGroup:
    if group.promise is None:
        return group
    revision = PromiseRevision(group.promise.earliest, group.promise.latest, at, cause_of(order, group.id))
    earliest, latest = window
    return replace(group, promise=replace(group.promise, earliest=earliest, latest=latest, earlier=(*group.promise.earlier, revision)))
