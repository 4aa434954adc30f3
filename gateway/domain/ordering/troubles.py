"""What a failing message means for its order: a person is called, once, and is not needed any more when the message gets through."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from gateway.domain.ids import SourceCode
from gateway.domain.order import Actor, Fulfillment, Order
from gateway.domain.ordering import unchanged
from gateway.domain.ordering.history import needing, no_longer
from gateway.domain.ordering.owed import GIVES_WORK
from gateway.domain.ordering.working import LEFT, with_work, without_request
from gateway.domain.outbox import FOR_PEOPLE, OutboxEntry, Resolution

TROUBLES = frozenset({"HAND_OVER_UNKNOWN", "HAND_OVER_DEAD"})


def troubled(order: Order, entry: OutboxEntry, at: datetime) -> Order:
    """Return the order after a message that waits for a person (PARKED) or was given up (DEAD)."""
    work = work_of(order, entry)
    number = work.number if work else None
    if entry.state == "PARKED":
        message = f"It is not known whether {entry.source} has taken {entry.kind.lower()} {entry.n}; ask there, then confirm or resend."
        return needing(order, "HAND_OVER_UNKNOWN", message, at, number)
    message = f"{entry.source} was not told {entry.kind.lower()} {entry.n}: {entry.last_error or 'no answer'}"
    return needing(order, "HAND_OVER_DEAD", message, at, number)


def cured(order: Order, entry: OutboxEntry) -> Order:
    """Return the order once a message about the same work got through; the very same order when nobody was called."""
    work = work_of(order, entry)
    number = work.number if work else None
    kept = tuple(one for one in order.attention if not (one.code in TROUBLES and one.fulfillment == number))
    return order if kept == order.attention else replace(order, attention=kept)


def is_refusal(entry: OutboxEntry) -> bool:
    """Tell whether the source has answered a request to cancel work by a no, or takes no such request."""
    no = entry.state == "DROPPED" or (entry.state == "ACKNOWLEDGED" and entry.last_error is not None)
    return entry.kind == "CANCEL" and no


def answered(order: Order, entry: OutboxEntry, at: datetime) -> Order:
    """Return the order once its source has answered a message: nobody is needed for it any more, unless it was asked and said no."""
    work = work_of(order, entry)
    return not_let_go(order, work, entry, at) if work and is_refusal(entry) else cured(order, entry)


def not_let_go(order: Order, work: Fulfillment, entry: OutboxEntry, at: datetime) -> Order:
    """Return the order whose location goes on with work that it was asked to cancel; of what has left nobody decides."""
    message = f"{entry.source} did not cancel the work of {work.location}: {entry.last_error or 'no answer'}"
    if work.state in LEFT or turned_down(work, entry.source):
        return with_work(order, unasked(work, at))
    return kept_by_place(order, work, message, at)


def kept_by_place(order: Order, work: Fulfillment, message: str, at: datetime) -> Order:
    """Return the order whose work its place does not let go of: nothing is asked of it any more, and a person knows it."""
    order = with_work(order, unasked(work, at))
    if work.state in LEFT:
        return order
    return unchanged.kept_by_place(needing(order, "CANCELLATION_REFUSED", message, at, work.number), work.number, at)


def going_on(order: Order, work: Fulfillment, source: SourceCode, at: datetime) -> Order:
    """Return the order whose source says that it does not let go of work; nothing changes where it was not asked to."""
    if work.cancellation is None and work.asked_back_at is None:
        return order
    return kept_by_place(order, work, f"{source} did not cancel the work of {work.location}.", at)


def unread(order: Order, work: Fulfillment, source: SourceCode, at: datetime) -> Order:
    """Call a person for work of which its source has not even said that it could read it, unless it has answered meanwhile."""
    if work.state != "OFFERED":
        return order
    message = f"{source} has not said that it could read the order for {work.number}; ask there whether it has arrived."
    return needing(order, "HAND_OVER_UNKNOWN", message, at, work.number)


def unasked(work: Fulfillment, at: datetime) -> Fulfillment:
    return replace(without_request(work), lapses_at=None, updated_at=at)


def turned_down(work: Fulfillment, source: SourceCode) -> bool:
    """Tell whether the source itself has said that it does not do this work: whatever it says of letting go of it, it has."""
    return work.state == "REJECTED" and any(rejection.actor == Actor("SOURCE", source) for rejection in work.rejections)


def resolved_by(order: Order, entry: OutboxEntry, word: Resolution, at: datetime) -> Order:
    """Return the order after a person's word on a message: given up, a request to cancel is answered by no, and work is nobody's yet."""
    order = cured(order, entry)
    if word.state != "DROPPED":
        return order
    entry = replace(entry, state="DROPPED", last_error=word.note or entry.last_error)
    work = work_of(order, entry)
    if work and entry.kind in GIVES_WORK and work.state == "OFFERED":
        message = f"{entry.source} will not be told of the work of {work.location}; have it done, or rejected, through the graph."
        return needing(order, "HAND_OVER_DEAD", message, at, work.number)
    return answered(order, entry, at)


def taken_up(order: Order, number: str, outbox: Iterable[OutboxEntry]) -> Order:
    """Return the order once somebody took a step of work that its system will not be told of: no message about it waits for a person."""
    stuck = any(entry.leg.partition(":")[0] == number and entry.state in FOR_PEOPLE for entry in outbox)
    return order if stuck else no_longer(order, "HAND_OVER_DEAD", number)


def work_of(order: Order, entry: OutboxEntry) -> Fulfillment | None:
    number = entry.leg.partition(":")[0]
    return next((work for work in order.fulfillments if work.number == number), None)
