"""What becomes of a message after an attempt: by what the source answered and by what its class allows.

Backoff with full jitter. Class A: send again. B: ask first, after the quiet period. C: never again, a person decides.
"""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.domain.errors import SourceError, SourceRejected
from gateway.domain.feeds import Receipt
from gateway.domain.network import Source
from gateway.domain.outbox import OutboxEntry


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a relay holds a message, how its pauses between tries grow, and when it gives up; the settings say it."""

    lease_s: float = 30.0
    """Every call ends before its lease does."""
    first_pause_s: float = 1.0
    longest_pause_s: float = 900.0
    give_up_s: float = 86_400.0


@dataclass(frozen=True, slots=True)
class Moment:
    """When the attempt ended, and this relay's pace and randomness."""

    now: datetime
    random: random.Random
    pace: Pace = Pace()


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


def given_up(entry: OutboxEntry, source: Source) -> OutboxEntry | None:
    """Return a message that was tried as often as it may be, whoever gave no verdict on the last try: relays may die of it."""
    if entry.attempts < source.max_attempts:
        return None
    return replace(entry, state="DEAD", next_at=None, last_error=entry.last_error or "no relay has lived to tell what came of it")


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


def not_understood(entry: OutboxEntry, receipt: Receipt) -> OutboxEntry:
    """The source has it, and what its answer means for order and stock could not be written: for a person, never to be sent again."""
    return replace(
        entry, state="PARKED", next_at=None, reference=receipt.reference, last_error="it has arrived; its answer could not be used"
    )


def failed(entry: OutboxEntry, source: Source, error: SourceError, moment: Moment) -> OutboxEntry:
    """Return the entry after a failed attempt (or question)."""
    doubtful = entry.ambiguous_at or (moment.now if error.unknown_effect else None)
    # What we never sent was no try of the message: it waits until its source may be asked again, however often that is looked at.
    attempts = entry.attempts - 1 if error.unsent else entry.attempts
    noted = replace(entry, last_error=error.message, ambiguous_at=doubtful, attempts=attempts)
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
    long_tried = entry.tried_since is not None and moment.now - entry.tried_since > timedelta(seconds=moment.pace.give_up_s)
    return long_tried or entry.attempts >= source.max_attempts


def pause(entry: OutboxEntry, error: SourceError, moment: Moment) -> timedelta:
    """Return how long to wait: full jitter, or what the source asked for, within bounds."""
    pace = moment.pace
    if error.retry_after_ms is not None:
        return timedelta(seconds=min(pace.longest_pause_s, max(0, error.retry_after_ms) / 1000))
    ceiling = min(pace.longest_pause_s, pace.first_pause_s * 2 ** min(max(0, entry.attempts - 1), 20))
    return timedelta(seconds=moment.random.uniform(0, ceiling))
