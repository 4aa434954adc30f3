"""What becomes of a message after an attempt: by what the source answered and by what its class allows.

Backoff with full jitter, 1 s doubling to 15 min. Class A: send again. B: ask first, after the quiet period. C: never again, a person
decides.
"""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.domain.errors import SourceError, SourceRejected
from gateway.domain.feeds import Receipt
from gateway.domain.network import Source
from gateway.domain.outbox import OutboxEntry

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 900.0
LONGEST_TRY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Moment:
    """When the attempt ended, and this relay's randomness for its pauses."""

    now: datetime
    random: random.Random


def must_ask(entry: OutboxEntry, source: Source) -> bool:
    """Tell whether an earlier attempt may have arrived, so that the source is asked before anything is sent."""
    return entry.ambiguous_at is not None and source.hand_over == "B"


def postponed(entry: OutboxEntry, source: Source, now: datetime) -> OutboxEntry | None:
    """Return what becomes of a doubtful message before anything is done: parked (C), or asked after the quiet period (B).

    A relay that died while sending leaves one that no verdict was given on.
    """
    if entry.ambiguous_at is None or source.hand_over == "A":
        return None
    if source.hand_over != "B":
        return replace(entry, state="PARKED", next_at=None, last_error=entry.last_error or "it was not learned whether it arrived")
    quiet_until = entry.ambiguous_at + source.quiet_period
    return replace(entry, state="WAITING", next_at=quiet_until) if now < quiet_until else None


def acknowledged(entry: OutboxEntry, receipt: Receipt) -> OutboxEntry:
    return replace(
        entry,
        state="ACKNOWLEDGED",
        reference=receipt.reference,
        acknowledged_at=receipt.acknowledged_at,
        ambiguous_at=None,
        next_at=None,
        last_error=None,
    )


def absent(entry: OutboxEntry, moment: Moment) -> OutboxEntry:
    """The source surely has no such message: it may be sent again, at once."""
    return replace(entry, state="WAITING", ambiguous_at=None, next_at=moment.now)


def failed(entry: OutboxEntry, source: Source, error: SourceError, moment: Moment) -> OutboxEntry:
    """Return the entry after a failed attempt (or question)."""
    doubtful = entry.ambiguous_at or (moment.now if error.unknown_effect else None)
    noted = replace(entry, last_error=error.message, ambiguous_at=doubtful)
    if isinstance(error, SourceRejected):
        return refused(noted, moment) if is_request(entry) else replace(noted, state="DEAD", next_at=None)
    if doubtful and source.hand_over not in {"A", "B"}:
        return replace(noted, state="PARKED", next_at=None)
    if spent(noted, source, moment):
        return replace(noted, state="DEAD", next_at=None)
    wait = source.quiet_period if error.unknown_effect and source.hand_over == "B" else pause(entry, error, moment)
    return replace(noted, state="WAITING", next_at=moment.now + wait)


def is_request(entry: OutboxEntry) -> bool:
    """Tell whether a message asks for what its source may turn down: to let go of work. That an order has ended is only told."""
    return entry.kind == "CANCEL" and entry.leg != "order"


def refused(entry: OutboxEntry, moment: Moment) -> OutboxEntry:
    """The source said no, which is an answer; its words stay with the message."""
    return replace(entry, state="ACKNOWLEDGED", acknowledged_at=moment.now, ambiguous_at=None, next_at=None)


def spent(entry: OutboxEntry, source: Source, moment: Moment) -> bool:
    old = entry.created_at is not None and moment.now - entry.created_at > LONGEST_TRY
    return old or entry.attempts >= source.max_attempts


def pause(entry: OutboxEntry, error: SourceError, moment: Moment) -> timedelta:
    """Return how long to wait: full jitter, or what the source asked for, within bounds."""
    if error.retry_after_ms is not None:
        return timedelta(seconds=min(LONGEST_PAUSE_S, max(0, error.retry_after_ms) / 1000))
    ceiling = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(entry.attempts, 16))
    return timedelta(seconds=moment.random.uniform(0, ceiling))
