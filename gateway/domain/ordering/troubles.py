"""What a failing message means for its order: a person is called, once, and is not needed any more when the message gets through."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from gateway.domain.ids import SourceCode
from gateway.domain.order import Actor, Fulfillment, Order
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
    order = with_work(order, replace(without_request(work), lapses_at=None, updated_at=at))
    if work.state in LEFT or turned_down(work, entry.source):
        return order
    message = f"{entry.source} did not cancel the work of {work.location}: {entry.last_error or 'no answer'}"
    return needing(order, "CANCELLATION_REFUSED", message, at, work.number)


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
