"""Whose turn it is among the messages of an order, and what the steps of a relay or a person make of one.

In sequence per order and source: a message waits for those before it that are still owed, and for a dead one about the same work.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from gateway.domain.claims.documents import OrderDoc
from gateway.domain.ids import SourceCode
from gateway.domain.network import HandOverClass
from gateway.domain.order import Order
from gateway.domain.order_facts import sortable
from gateway.domain.ordering.done import with_done
from gateway.domain.ordering.troubles import answered, cured, is_refusal, resolved_by, troubled
from gateway.domain.outbox import FOR_PEOPLE, OWED, HandOverState, OutboxEntry, Resolution

AT_ONCE = ""
"""Sorts before every moment."""
PAUSE_S = 1.0
"""How long a message waits for a change of its order to come to its end."""
OPEN: frozenset[HandOverState] = OWED | {"DEAD"}
"""States that somebody still has to do something about; what is through is not counted."""


def next_in_line(entries: Sequence[OutboxEntry]) -> list[tuple[OutboxEntry, str]]:
    """Return each source's message whose turn it is, with the moment from which a relay may take it, as text that sorts."""
    turns: dict[SourceCode, OutboxEntry | None] = {}
    dead: set[tuple[SourceCode, str]] = set()
    for entry in sorted(entries, key=lambda entry: entry.n):
        work = (entry.source, entry.leg.partition(":")[0])
        if entry.state == "DEAD":
            dead.add(work)
        elif entry.state == "PARKED":
            turns.setdefault(entry.source, None)
        elif entry.state in {"WAITING", "SENDING"} and work not in dead:
            turns.setdefault(entry.source, entry)
    return [(entry, due_from(entry)) for entry in turns.values() if entry]


def due_from(entry: OutboxEntry) -> str:
    times = [at for at in (entry.next_at, entry.lease_until) if at]
    return sortable(max(times)) if times else AT_ONCE


def due(entries: Sequence[OutboxEntry], sources: Collection[SourceCode], now: datetime) -> OutboxEntry | None:
    """Return a message that may be taken now, the one that waits longest."""
    turns = [(at, entry.n, entry) for entry, at in next_in_line(entries) if entry.source in sources and at <= sortable(now)]
    return min(turns, key=lambda turn: turn[:2])[2] if turns else None


@dataclass(frozen=True, slots=True)
class Relay:
    """One holder of a lease: its name and when it takes or extends it."""

    name: str
    now: datetime
    lease_s: float

    @property
    def until(self) -> datetime:
        return self.now + timedelta(seconds=self.lease_s)


def leased(entry: OutboxEntry, relay: Relay) -> OutboxEntry:
    """Return the entry in the hands of a relay. One that another relay was sending when it died: what that came to is unknown."""
    doubtful = entry.ambiguous_at or (entry.lease_until if entry.state == "SENDING" else None)
    since = entry.tried_since or relay.now
    return replace(entry, state="WAITING", lease=relay.name, lease_until=relay.until, ambiguous_at=doubtful, tried_since=since)


def announced(doc: OrderDoc, v: int, entry: OutboxEntry, relay: Relay) -> OrderDoc | None:
    """Return the document with an attempt in flight and its claims announced; None: stop.

    The lease must be this one's still, the content the one that the message was made from, and no open change may drop a claim.
    """
    current = of_number(doc, entry.n)
    if current is None or not holds(current, entry, relay.now) or doc.v != v:
        return None
    standing = {claim.mid for claim in doc.claims} & set(entry.mids)
    dropped = doc.change is not None and standing & {*doc.change.drop, *(mid for mid, _ in doc.change.cut)}
    if dropped or is_over(doc, entry):
        return None
    flying = replace(current, state="SENDING", attempts=current.attempts + 1, lease_until=relay.until, told=entry.told)
    return replace(with_message(doc, flying), sent=doc.sent | standing)


def let_go(doc: OrderDoc, v: int, entry: OutboxEntry, now: datetime) -> OrderDoc | None:
    """Return the document with a message that may not be sent now back in line: at once where it must only be made anew.

    One about work that nobody is to do any more leaves the line.
    """
    current = of_number(doc, entry.n)
    if current is None or not holds(current, entry, now) or current.state != "WAITING":
        return None
    free = replace(current, lease=None, lease_until=None)
    if doc.v != v:
        return with_message(doc, free)
    if not is_over(doc, entry):
        return with_message(doc, replace(free, next_at=now + timedelta(seconds=PAUSE_S)))
    left = replace(free, state="DROPPED", next_at=None, last_error="nobody is to do this work any more")
    if current.ambiguous_at and not is_told_off(doc, current):
        left = replace(left, state="PARKED")
    return with_message(with_trouble(doc, left, now), left)


def is_over(doc: OrderDoc, entry: OutboxEntry) -> bool:
    """Tell whether all that a message would give is taken back: claims are never named twice, so they do not come again."""
    return doc.st != "PLACED" or (bool(entry.mids) and not {claim.mid for claim in doc.claims} & set(entry.mids))


def is_told_off(doc: OrderDoc, entry: OutboxEntry) -> bool:
    """Tell whether the source is told later that this work is not to be done, should it have arrived."""
    work = entry.leg.partition(":")[0]
    later = (one for one in doc.outbox if one.n > entry.n and one.source == entry.source and one.leg.partition(":")[0] == work)
    return any(one.kind in {"CANCEL", "STEP"} and one.state in OPEN for one in later)


def holds(current: OutboxEntry, entry: OutboxEntry, now: datetime) -> bool:
    mine = current.lease is not None and current.lease == entry.lease and current.state in {"WAITING", "SENDING"}
    return mine and current.lease_until is not None and current.lease_until > now


def settled(doc: OrderDoc, entry: OutboxEntry, at: datetime) -> OrderDoc | None:
    """Return the document with what became of an attempt, and its order with it; None when the lease is not this one's any more."""
    current = of_number(doc, entry.n)
    if current is None or current.lease is None or current.lease != entry.lease:
        return None
    return with_message(with_trouble(doc, entry, at), replace(entry, lease=None, lease_until=None))


def with_trouble(doc: OrderDoc, entry: OutboxEntry, at: datetime) -> OrderDoc:
    """Return the document whose order calls a person for a message that waits for one, and no longer for one that got through."""
    order = doc.order
    if order and entry.state in FOR_PEOPLE:
        order = troubled(order, entry, at)
    elif order and (entry.state == "ACKNOWLEDGED" or is_refusal(entry)):
        order = answered(order, entry, at)
    return with_order(doc, order)


def with_order(doc: OrderDoc, order: Order | None) -> OrderDoc:
    return doc if order is doc.order else replace(doc, order=order, v=doc.v + 1)


def resolved(doc: OrderDoc, n: int, word: Resolution, now: datetime) -> OrderDoc | None:
    """Return the document after a person's word on a message that is PARKED or DEAD; None for any other.

    One that was PARKED and is sent again is known not to have arrived; of a DEAD one that is still to be asked, if it was unknown.
    """
    current = of_number(doc, n)
    if current is None or current.state not in FOR_PEOPLE:
        return None
    order = resolved_by(doc.order, current, word, now) if doc.order else None
    doc = with_order(doc, with_done(order, word.done) if order and word.done else order)
    doubtful = current.ambiguous_at if (current.state, word.state) == ("DEAD", "WAITING") else None
    fresh = replace(current, state=word.state, ambiguous_at=doubtful, next_at=None, lease=None, lease_until=None)
    fresh = replace(fresh, reference=word.reference or current.reference, last_error=word.note or current.last_error)
    if word.state == "WAITING":
        return with_message(doc, replace(fresh, attempts=0, tried_since=None))
    return with_message(doc, replace(fresh, acknowledged_at=now if word.state == "ACKNOWLEDGED" else None))


def vouched(doc: OrderDoc, n: int, reference: str | None, now: datetime) -> OrderDoc | None:
    """Return the document with a message whose source speaks of it: it has arrived, whatever its relay learned. None: nothing to learn."""
    current = of_number(doc, n)
    if current is None or current.state not in OPEN or not current.attempts:
        return None
    doc = with_order(doc, cured(doc.order, current) if doc.order else None)
    came = replace(current, state="ACKNOWLEDGED", acknowledged_at=now, ambiguous_at=None, next_at=None, lease=None, lease_until=None)
    return with_message(doc, replace(came, reference=reference or current.reference, last_error=None))


def doubted(doc: OrderDoc, n: int, hand_over: HandOverClass | None, now: datetime) -> OrderDoc | None:
    """Return the document with a message back in line whose source may have forgotten it; None for one that it did not acknowledge.

    Sent again under its key (A), asked after (B), or left to a person (C).
    """
    current = of_number(doc, n)
    if current is None or current.state != "ACKNOWLEDGED":
        return None
    again = replace(current, state="WAITING", reference=None, tried_since=None, next_at=None, acknowledged_at=None)
    if hand_over == "B":
        again = replace(again, ambiguous_at=now)
    elif hand_over != "A":
        again = replace(again, state="PARKED", last_error=f"{current.source} was restored; it may have forgotten this")
    return with_message(with_trouble(doc, again, now), again)


class HasMessages(Protocol):
    """An order document, or what readers see of it."""

    @property
    def outbox(self) -> tuple[OutboxEntry, ...]: ...


def of_number(doc: HasMessages, n: int) -> OutboxEntry | None:
    return next((entry for entry in doc.outbox if entry.n == n), None)


def with_message(doc: OrderDoc, entry: OutboxEntry) -> OrderDoc:
    return replace(doc, outbox=tuple(entry if entry.n == one.n else one for one in doc.outbox))
