"""Messages owed to the systems behind the gateway; they live in the order document until they are acknowledged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.domain.done import Done
from gateway.domain.feeds import MessageKind
from gateway.domain.ids import SourceCode

HandOverState = Literal["WAITING", "SENDING", "ACKNOWLEDGED", "PARKED", "DEAD", "DROPPED"]
OWED: frozenset[HandOverState] = frozenset({"WAITING", "SENDING", "PARKED"})
FOR_PEOPLE: frozenset[HandOverState] = frozenset({"PARKED", "DEAD"})
"""States that only a person's word, or the source's own, ends."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One message. `leg` is what it is about (a fulfillment's number, or "order"); `n` its place in the order's sequence, from 1.

    `key` = rid:leg:generation is the same at every attempt. `mids` are the claims that it announces to their owner.
    """

    n: int
    leg: str
    kind: MessageKind
    source: SourceCode
    key: str
    state: HandOverState = "WAITING"
    mids: tuple[str, ...] = ()
    step: str | None = None
    """For STEP: the step that is told."""
    told: tuple[tuple[str, int], ...] = ()
    """Units by line, as it was owed with them or the last attempt told them: one that may have arrived is told again word for word."""
    attempts: int = 0
    tried_since: datetime | None = None
    """When the first of these attempts was begun."""
    ambiguous_at: datetime | None = None
    """Since when an attempt of unknown outcome must be asked after (class B) or is parked (class C)."""
    next_at: datetime | None = None
    lease: str | None = None
    lease_until: datetime | None = None
    created_at: datetime | None = None
    reference: str | None = None
    """The source's own number for it."""
    acknowledged_at: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """A person's word on a message that waits for one: to be sent again (WAITING), has arrived (ACKNOWLEDGED), is given up (DROPPED)."""

    state: Literal["WAITING", "ACKNOWLEDGED", "DROPPED"]
    reference: str | None = None
    """For ACKNOWLEDGED: the source's own number, if it gave one."""
    note: str | None = None
    done: Done | None = None
    """The request that it came by, written with it."""
