"""The work of one location: found, brought to its next state, and what that means for milestones, promise and order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from gateway.domain.delivery_group import DeliveryGroup, DeliveryPromise
from gateway.domain.errors import NotFound
from gateway.domain.lifecycle import EXITS, UNIT_STATE_BY_FULFILLMENT, FulfillmentState
from gateway.domain.order import SYSTEM, Actor, Fulfillment, FulfillmentLine, Order
from gateway.domain.order_amounts import CANCELED, units_in
from gateway.domain.order_status import order_status
from gateway.domain.order_terms import UNDECIDED, MilestoneStep, PromiseState
from gateway.domain.ordering.history import no_longer, told
from gateway.domain.ordering.refunding import with_refund
from gateway.domain.ordering.unchanged import kept_by_place
from gateway.domain.ordering.units import all_moved, changing_groups, open_in_group, reaches_customer

STEPS_DONE: Mapping[FulfillmentState, frozenset[MilestoneStep]] = MappingProxyType(
    {
        "ACCEPTED": frozenset({"ACCEPT"}),
        "PICKED": frozenset({"ACCEPT", "PICK"}),
        "PACKED": frozenset({"ACCEPT", "PICK", "PACK"}),
        "SHIPPED": frozenset({"ACCEPT", "PICK", "PACK", "HAND_TO_CARRIER"}),
        "READY_FOR_PICKUP": frozenset({"ACCEPT", "PICK", "PACK", "RECEIVE", "READY_FOR_PICKUP"}),
        "COLLECTED": frozenset({"ACCEPT", "PICK", "PACK", "RECEIVE", "READY_FOR_PICKUP"}),
        "DELIVERED": frozenset({"ACCEPT", "PICK", "PACK", "HAND_TO_CARRIER", "RECEIVE", "DELIVER"}),
    }
)
"""What is surely done once a state is reached, also when its source skipped steps."""

DECIDED_BY_DELIVERY = frozenset({"CANCELLATION_REFUSED", "PROMISE_LOST"})
"""Calls for a person that have no object any more once the customer has everything."""
LEFT: frozenset[FulfillmentState] = frozenset({"SHIPPED", "DELIVERED", "UNDELIVERABLE", "COLLECTED", "NOT_COLLECTED"})
"""Work whose goods its place does not have any more, or need not keep: nothing of it can be canceled."""


@dataclass(frozen=True, slots=True)
class Word:
    """Who says that something was done, and when it was."""

    at: datetime
    actor: Actor = SYSTEM


def work_named(order: Order, number: str) -> Fulfillment:
    """Return a fulfillment of the order; raises NotFound."""
    found = next((work for work in order.fulfillments if work.number == number), None)
    if found is None:
        raise NotFound("fulfillment", number, field=("fulfillmentId",))
    return found


def with_work(order: Order, work: Fulfillment) -> Order:
    return replace(order, fulfillments=tuple(work if one.number == work.number else one for one in order.fulfillments))


def with_line(order: Order, work: Fulfillment, line: FulfillmentLine) -> Order:
    """Return the order with another version of one line of a fulfillment."""
    current = work_named(order, work.number)
    return with_work(order, replace(current, lines=tuple(line if one.id == line.id else one for one in current.lines)))


def in_state(order: Order, number: str, to: FulfillmentState, word: Word) -> Order:
    """Return the order with a fulfillment in its next state; its units stay where they are."""
    work = work_named(order, number)
    done = STEPS_DONE.get(to, frozenset())
    milestones = tuple(replace(one, done_at=word.at) if one.step in done and one.done_at is None else one for one in work.milestones)
    order = with_work(order, replace(work, state=to, milestones=milestones, updated_at=max(work.updated_at, word.at)))
    order = no_longer(order, "UNSOURCED", number)
    return past_canceling(order, number, word) if to in LEFT or to in EXITS else order


def past_canceling(order: Order, number: str, word: Word) -> Order:
    """Return the order with the answer that its end gives to a request to cancel; one that was refused before is nobody's to decide."""
    work = work_named(order, number)
    order = with_work(no_longer(order, "CANCELLATION_REFUSED", number), without_request(work))
    order = replace(order, routed=order.routed and work.group not in changing_groups(order))
    if work.cancellation is None or work.state not in LEFT:
        return order
    order = told(order, "ORDER_CHANGED", "It could not be canceled any more.", word.at, word.actor, number)
    return kept_by_place(order, number, word.at)


def without_request(work: Fulfillment) -> Fulfillment:
    """Return the work without what it was asked to cancel: it was answered."""
    return replace(work, cancellation=None, asked_back_at=None, lines=tuple(replace(line, cancel_requested=0) for line in work.lines))


def advanced(order: Order, number: str, to: FulfillmentState, word: Word) -> Order:
    """Return the order with a fulfillment and all its units in their next state."""
    order = in_state(order, number, to, word)
    return all_moved(order, work_named(order, number), UNIT_STATE_BY_FULFILLMENT[to])


def concluded(before: Order, order: Order, group: str, word: Word) -> Order:
    """Return the order with what its last step ended: the promise of a delivery group, the order, and what is owed back."""
    lost = newly_canceled(before, order)
    order = with_refund(before, order, lost, word.at) if lost else order
    order = replace(order, groups=tuple(ended(order, one, word) if one.id == group else one for one in order.groups))
    return fulfilled(order, word) if order_status(order) == "FULFILLED" and order_status(before) != "FULFILLED" else order


def fulfilled(order: Order, word: Word) -> Order:
    """Return the order as one of which the customer has all that was not canceled."""
    kept = tuple(one for one in order.attention if one.code not in DECIDED_BY_DELIVERY)
    return told(replace(order, attention=kept), "ORDER_FULFILLED", "The customer has everything.", word.at, word.actor)


def newly_canceled(before: Order, order: Order) -> tuple[tuple[str, int], ...]:
    """Return units by order line."""
    was = {line.id: units_in(line, CANCELED) for line in before.lines}
    return tuple((line.id, units) for line in order.lines if (units := units_in(line, CANCELED) - was[line.id]) > 0)


def ended(order: Order, group: DeliveryGroup, word: Word) -> DeliveryGroup:
    """Return the group with what came of its promise once nothing of it is open; nor is it to change then."""
    promise = group.promise
    if promise is None or promise.state not in UNDECIDED or open_in_group(order, group.id):
        return group
    if not reaches_customer(order, group.id):
        return replace(group, change=None, promise=replace(promise, state="CANCELED"))
    return replace(group, change=None, promise=judged(order, group.id, promise, word))


def judged(order: Order, group: str, promise: DeliveryPromise, word: Word) -> DeliveryPromise:
    """Judge a promise: delivered work by its arrival, collected work by when it was ready, since the customer comes when they like."""
    state: PromiseState = "KEPT" if reached_at(order, group, word.at) <= promise.latest else "LATE"
    return replace(promise, state=state, fulfilled_at=word.at)


def reached_at(order: Order, group: str, last_at: datetime) -> datetime:
    """Return when the last of a group's goods arrived, or were ready; `last_at`: when its last work ended."""
    works = [work for work in order.fulfillments if work.group == group]
    ready = [work.ready_at for work in works if work.state == "COLLECTED" and work.ready_at]
    delivered = [last_at] if any(work.state == "DELIVERED" and work.task == "SHIP" for work in works) or not ready else []
    return max(ready + delivered)
