"""Units that come later: their date, and what it does to the window that the customer was promised."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gateway.domain.calendar import zone
from gateway.domain.delivery_group import DeliveryGroup, DeliveryPromise, PromiseRevision
from gateway.domain.order import Fulfillment, FulfillmentLine, Order
from gateway.domain.order_terms import UNDECIDED
from gateway.domain.ordering.history import told
from gateway.domain.ordering.units import AT_WORK, moved
from gateway.domain.ordering.working import Word, with_line, work_named

LEAVING = frozenset({"HAND_TO_CARRIER", "READY_FOR_PICKUP"})
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Later:
    quantity: int
    expected_at: datetime


def postponed(order: Order, work: Fulfillment, line: FulfillmentLine, laters: Sequence[Later]) -> Order:
    """Return the order with units of a line that come later."""
    for later in laters:
        order = moved(order, work, line, later.quantity, "BACKORDERED", AT_WORK - {"BACKORDERED"}, later.expected_at)
        current = next(one for one in work_named(order, work.number).lines if one.id == line.id)
        latest = max(filter(None, (current.expected_at, later.expected_at)))
        order = with_line(order, work, replace(current, backordered=current.backordered + later.quantity, expected_at=latest))
    return order


def with_moved_promise(before: Order, order: Order, number: str, word: Word) -> Order:
    """Return the order with its promise moved by as many days as the work's goods now come later than it was to leave."""
    days = late_days(work_named(order, number)) - late_days(work_named(before, number))
    group = next(group for group in order.groups if group.id == work_named(order, number).group)
    if days <= 0 or group.promise is None or group.promise.state not in UNDECIDED:
        return order
    later = replace(group, promise=moved_by(group.promise, days, word.at))
    order = replace(order, groups=tuple(later if one.id == group.id else one for one in order.groups))
    return told(order, "PROMISE_MOVED", sentence(later), word.at, word.actor, number)


def late_days(work: Fulfillment) -> int:
    """Return how many begun days behind its hour of leaving the last of the work's goods come."""
    leaves_at = next((step.due_at for step in work.milestones if step.step in LEAVING), None)
    expected_at = max((line.expected_at for line in work.lines if line.expected_at), default=None)
    if leaves_at is None or expected_at is None or expected_at <= leaves_at:
        return 0
    return -((leaves_at - expected_at) // DAY)


def moved_by(promise: DeliveryPromise, days: int, now: datetime) -> DeliveryPromise:
    """Return the promise with both ends at the same local hour, days later."""

    def later(at: datetime) -> datetime:
        return (at.astimezone(zone(promise.time_zone)) + days * DAY).astimezone(UTC)

    revision = PromiseRevision(promise.earliest, promise.latest, now, "INBOUND_LATE")
    return replace(promise, earliest=later(promise.earliest), latest=later(promise.latest), earlier=(*promise.earlier, revision))


def sentence(group: DeliveryGroup) -> str:
    if group.promise is None:
        return "The order comes later."
    return f"The order comes later: by {group.promise.latest.astimezone(zone(group.promise.time_zone)).date().isoformat()}."
