"""What a location does not have or will not do: its units wait for the router to find another place, or to call a person.

Units that it was asked to cancel end with its refusal: nobody waits for them any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gateway.domain.ids import LocationCode, Sku
from gateway.domain.lifecycle import check_step
from gateway.domain.order import Fulfillment, FulfillmentLine, Order, Rejection
from gateway.domain.order_terms import RejectionReason
from gateway.domain.ordering.canceling import Wish, concluded, requested_goods
from gateway.domain.ordering.endangered import weighed
from gateway.domain.ordering.history import told
from gateway.domain.ordering.refunding import with_refund
from gateway.domain.ordering.units import AT_WORK, moved, units_of
from gateway.domain.ordering.working import Word, in_state, newly_canceled, with_line, with_work, work_named
from gateway.domain.quantities import SkuQuantity

GIVING_BACK: frozenset[RejectionReason] = frozenset({"CLOSED", "NO_CAPACITY"})
"""Reasons that say nothing against the stock: it can be sold again at once."""
SENTENCE: Mapping[RejectionReason, str] = {
    "STOCK_NOT_FOUND": "did not find",
    "DAMAGED": "found damaged",
    "NO_CAPACITY": "has no time for",
    "CLOSED": "is closed for",
    "OTHER": "does not send",
}
Count = Literal["rejected", "missing"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Units of one line of a fulfillment that its place refuses."""

    line: FulfillmentLine
    quantity: int
    reason: RejectionReason


def rejected(order: Order, number: str, reason: RejectionReason, word: Word, note: str | None = None) -> Order:
    """Refuse all that a fulfillment still has; raises IllegalTransition."""
    work = work_named(order, number)
    check_step(work.task, work.state, "REJECTED")
    return refused(order, work, whole(order, work, reason), word, "rejected", note)


def whole(order: Order, work: Fulfillment, reason: RejectionReason) -> list[Refusal]:
    return [Refusal(line, units_of(order, work, line), reason) for line in work.lines]


def refused(
    order: Order, work: Fulfillment, refusals: Sequence[Refusal], word: Word, count: Count = "rejected", note: str | None = None
) -> Order:
    """Return the order with these units unsourced, to be routed again; a fulfillment of which nothing is left becomes REJECTED."""
    before, refusals = order, [refusal for refusal in refusals if refusal.quantity]
    for refusal in refusals:
        order = let_go(order, work, refusal, count)
    for reason in dict.fromkeys(refusal.reason for refusal in refusals):
        order = rejection_noted(order, work, [refusal for refusal in refusals if refusal.reason == reason], word, note)
    if not refusals:
        return order
    order = canceled_with(before, order, work.number, word)
    if not any(units_of(order, work, line, AT_WORK) for line in work.lines):
        order = in_state(order, work.number, "REJECTED", word)
    return weighed(waiting_for_a_place(order), word.at)


def let_go_whole(order: Order, work: Fulfillment, word: Word) -> Order:
    """Return the order with all that the work still has taken from it; its lines tell what it was asked for."""
    before = order
    for line in work.lines:
        order = let_go(order, work, Refusal(line, units_of(order, work, line), "OTHER"))
    return waiting_for_a_place(canceled_with(before, order, work.number, word))


def waiting_for_a_place(order: Order) -> Order:
    """Return the order on the router's list, if any of its units has no place."""
    homeless = any(units.state == "UNSOURCED" for line in order.lines for units in line.units)
    return replace(order, routed=False) if homeless else order


def let_go(order: Order, work: Fulfillment, refusal: Refusal, count: Count | None = None) -> Order:
    """Return the order with these units taken from the work: first those that it was asked to cancel, the others look for a place."""
    line = next(line for line in work_named(order, work.number).lines if line.id == refusal.line.id)
    asked_back = min(refusal.quantity, line.cancel_requested)
    order = moved(order, work, line, asked_back, "CANCELED")
    order = moved(order, work, line, refusal.quantity - asked_back, "UNSOURCED")
    counted = {count: getattr(line, count) + refusal.quantity} if count else {}
    return with_line(order, work, replace(line, cancel_requested=line.cancel_requested - asked_back, **counted))


def canceled_with(before: Order, order: Order, number: str, word: Word) -> Order:
    """Return the order with what its units ended that a place was asked for and has refused to send; the others are asked for still."""
    work, lost = work_named(order, number), newly_canceled(before, order)
    if work.cancellation is None or not lost:
        return order
    left = requested_goods(work.lines)
    order = with_work(order, replace(work, cancellation=replace(work.cancellation, lines=left) if left else None))
    order = concluded(order, Wish(work.cancellation.reason, word.at, word.actor))
    return with_refund(before, order, lost, word.at)


def rejection_noted(order: Order, work: Fulfillment, refusals: Sequence[Refusal], word: Word, note: str | None) -> Order:
    reason = refusals[0].reason
    units_by_sku: dict[Sku, int] = {}
    for refusal in refusals:
        units_by_sku[refusal.line.sku] = units_by_sku.get(refusal.line.sku, 0) + refusal.quantity
    lines = tuple(SkuQuantity(sku, quantity) for sku, quantity in units_by_sku.items())
    current = work_named(order, work.number)
    noted = replace(
        current,
        rejections=(*current.rejections, Rejection(reason, lines, word.at, word.actor, note)),
        updated_at=max(current.updated_at, word.at),
    )
    what = ", ".join(f"{line.quantity} x {line.sku}" for line in lines)
    sentence = f"{work.location} {SENTENCE[reason]} {what}."
    return told(with_work(order, noted), "FULFILLMENT_REJECTED", sentence, word.at, word.actor, work.number)


def refusers(order: Order, group: str | None = None) -> frozenset[LocationCode]:
    """Return the places that refused or missed work of this order, or gave it back to be done elsewhere."""
    return frozenset(
        work.location
        for work in order.fulfillments
        if group in {None, work.group} and (work.rejections or work.state in {"REJECTED", "LAPSED"} or was_moved(work))
    )


def was_moved(work: Fulfillment) -> bool:
    """Tell whether a place has given work back that others are to do."""
    return work.is_moved and work.state == "CANCELED"
