"""What a program's steps move: collected while it runs, recorded before its journal forgets them, so that a crash loses nothing.

A step that finds its work done may stand for one that died before its movement was written: what is missing is then told by the record.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from gateway.domain.claims.documents import Marker, StockDoc, rid_of_mid
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.readings import Record
from gateway.domain.claims.steps import (
    Ack,
    Create,
    GiveBack,
    Open,
    OrderStep,
    Outdate,
    PullTaken,
    PullUndo,
    Reopen,
    Replan,
    Settle,
    Settled,
    Step,
    Take,
)
from gateway.domain.ids import Rid, StockKey
from gateway.domain.movement import Movement, MovementKind

MarkerStep: TypeAlias = GiveBack | Settle | Ack


@dataclass(frozen=True, slots=True)
class Found:
    """What a step on a marker met: the marker with units before it (None: there was none).

    `covered`: the owner's figure counts the claim of an Ack already. `surely` False: the step was sent more than once, so that this
    may be its own work.
    """

    marker: Marker | None
    covered: bool = False
    surely: bool = True


@dataclass(frozen=True, slots=True)
class Doubt:
    """A movement that may be missing: of that kind, with `left` units left to the claim after it."""

    key: StockKey
    mid: str
    kind: MovementKind
    left: int = 0


@dataclass
class Recording:
    """The movements of one run of a program.

    Only a scrub of the whole ledger could write these: the HOLD of a claim that was taken and given back by two callers that both died
    before they recorded it (net nothing), and a lifting by an owner's figure whose caller died then, if no word on the claim comes
    after it.
    """

    noted: dict[str, Movement] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    """Claims that this run made up: nobody else has recorded anything of them that it would have to look up."""
    took: set[str] = field(default_factory=set)
    decided: set[Rid] = field(default_factory=set)
    """Orders of which this run made a decision: what it carries out of them is nobody else's unfinished work."""

    def hear_decision(self, step: OrderStep) -> None:
        if not isinstance(step, Outdate | PullUndo | PullTaken | Settled):
            self.decided.add(step.rid)
            if isinstance(step, Create | Reopen | Open | Replan):
                self.own |= {claim.mid for claim in step.add}

    def hear_take(self, step: Take, at: datetime) -> None:
        self.took.add(step.claim.mid)
        self.note([taken(step.claim.key, step.claim.mid, Marker(step.claim.units, 0, step.exp), at)])

    def hear(self, step: MarkerStep, found: Found, at: datetime) -> None:
        key, mid = (step.key, step.mid) if isinstance(step, Ack) else (step.claim.key, step.claim.mid)
        marker = found.marker
        if marker:
            self.note([taken(key, mid, marker, at), *moved(step, key, marker, found, at)])
        if isinstance(step, Settle):
            if marker and not (found.surely and rid_of_mid(mid) in self.decided):
                self.doubts.append(Doubt(key, mid, "RELEASE", min(marker.q, step.claim.units)))
        elif not marker and (mid in self.took or mid not in self.own):
            self.doubts.append(Doubt(key, mid, "DISPATCH" if isinstance(step, Ack) else "RELEASE"))

    def hear_left_out(self, step: Record, at: datetime) -> None:
        self.note([of_claim(step.key, step.mid, step.kind, step.units, at, left=step.left)])

    def note(self, movements: Iterable[Movement]) -> None:
        for movement in movements:
            self.noted.setdefault(movement.id, movement)

    def is_due(self, step: Step) -> bool:
        """Tell whether the journal is about to forget what would make a repeat or recovery write these movements."""
        return isinstance(step, Settled | PullUndo | PullTaken) and bool(self.noted or self.doubts)

    def clear(self, doubt: Doubt, recorded: Iterable[Movement], at: datetime) -> None:
        """Note what is missing of a claim by what is recorded of it."""
        known = {one.id: one for one in (*self.noted.values(), *recorded) if (one.key, one.cause) == (doubt.key, doubt.mid)}
        units = outstanding(known.values()) - doubt.left
        if units > 0:
            self.note([of_claim(doubt.key, doubt.mid, doubt.kind, units, at, left=doubt.left)])

    def drained(self) -> list[Movement]:
        movements = list(self.noted.values())
        self.noted.clear()
        return movements


def of_claim(key: StockKey, mid: str, kind: MovementKind, units: int, at: datetime, *, left: int = 0) -> Movement:
    return Movement(key, kind, mid, 0, None, at, units=units, rid=rid_of_mid(mid), left=left)


def taken(key: StockKey, mid: str, marker: Marker, at: datetime) -> Movement:
    return of_claim(key, mid, "ORDER" if marker.exp is None else "HOLD", marker.q, at)


def moved(step: MarkerStep, key: StockKey, marker: Marker, found: Found, at: datetime) -> list[Movement]:
    """Return what the step did to a marker with units."""
    if isinstance(step, Ack):
        return [of_claim(key, step.mid, "DISPATCH", marker.q, at)] if found.covered else []
    mid, left = step.claim.mid, min(marker.q, step.claim.units) if isinstance(step, Settle) else 0
    released = [of_claim(key, mid, "RELEASE", marker.q - left, at, left=left)] if marker.q > left else []
    placed = isinstance(step, Settle) and step.exp is None and marker.exp is not None and left
    return [*released, of_claim(key, mid, "ORDER", left, at)] if placed else released


def lifted(before: StockDoc, after: StockDoc, mids: Iterable[str], at: datetime) -> list[Movement]:
    """Return the movements of claims that an owner's figure counts from now on, whole or in part.

    That they were taken is told again: who took or settled one may have died before it wrote that down.
    """
    return [movement for mid in sorted(mids) for movement in dispatched(before.key, mid, before.markers[mid], after.units_of(mid), at)]


def dispatched(key: StockKey, mid: str, marker: Marker, left: int, at: datetime) -> list[Movement]:
    return [taken(key, mid, marker, at), of_claim(key, mid, "DISPATCH", marker.q - left, at, left=left)]


RECORDED_WITHIN = 3
"""Lives of a change that a step's movement may be on its way."""


def open_claims(movements: Iterable[Movement], now: datetime, times: Times) -> dict[str, int]:
    """Return the units that movements leave to claims, without those of which one came lately."""
    before = now - timedelta(milliseconds=RECORDED_WITHIN * (times.deadline_ms + times.skew_ms))
    by_claim: dict[str, list[Movement]] = {}
    for movement in movements:
        if movement.rid:
            by_claim.setdefault(movement.cause, []).append(movement)
    left = {mid: outstanding(known) for mid, known in by_claim.items() if max(one.at for one in known) < before}
    return {mid: units for mid, units in left.items() if units > 0}


def left_by_figures(movements: Iterable[Movement]) -> dict[str, int]:
    """Return, of claims that figures of their owner count, what those leave to them."""
    left: dict[str, int] = {}
    for one in movements:
        if one.kind == "DISPATCH" and one.rid:
            left[one.cause] = min(one.left, left.get(one.cause, one.left))
    return left


def outstanding(movements: Iterable[Movement]) -> int:
    """Return the units of one claim that are still subtracted, by its movements.

    Who comes after a release (or dispatch) in part and records first that the claim was taken, knows only what was left of it: that part
    tells more. Who records the end of a claim before such a part is recorded, takes the part's units for its own: it ended what was left.
    """
    known = list(movements)
    held, ordered = (max((one.units for one in known if one.kind == kind), default=0) for kind in ("HOLD", "ORDER"))
    ended = [one for one in known if one.kind in {"RELEASE", "DISPATCH"}]
    before = max((one.units + one.left for one in ended), default=0)
    total = max(held or ordered, before)
    stood = {total, *(one.left for one in ended)}
    return total - sum(min(one.units, min(left for left in stood if left > one.left) - one.left) for one in ended)
