"""The movements that an owner's word makes: named by document and cause, so that a repeat makes the same ones."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from adapters.memory.stated import Verdict
from adapters.memory.stock_states import moment
from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.recording import lifted
from gateway.domain.movement import Movement, MovementKind
from gateway.ports.ledger import Difference


def stated(before: StockDoc | None, verdict: Verdict) -> list[Movement]:
    return moved(before, verdict, "SYNC")


def zeroed(before: StockDoc | None, verdict: Verdict) -> list[Movement]:
    return moved(before, verdict, "ZERO")


def adjusted(before: StockDoc | None, verdict: Verdict, difference: Difference) -> list[Movement]:
    """Return the movement of a difference: a dispatch, when it carries out our own claim."""
    mid, after = difference.mid, verdict.after
    if mid is None or mid not in verdict.lifted or before is None or after is None:
        return moved(before, verdict, "ADJUST", difference.event)
    change = after.q - before.q
    return [replace(one, change=change, quantity=after.q) if one.kind == "DISPATCH" else one for one in counted(before, after, [mid])]


def moved(before: StockDoc | None, verdict: Verdict, kind: MovementKind, cause: str | None = None) -> list[Movement]:
    """Return what became of the figure (nothing where it stayed), and of the claims that it counts now."""
    after = verdict.after
    if after is None or verdict.told != "APPLIED":
        return []
    dispatched = counted(before, after, verdict.lifted) if before else []
    change = after.q - (before.q if before else 0)
    if change == 0 and before is not None and before.unavailable == after.unavailable:
        return dispatched
    named = cause or f"{after.epoch}:{after.order}:{after.sync_ms}"
    return [Movement(after.key, kind, named, change, after.q, moved_at(after), after.source), *dispatched]


def counted(before: StockDoc, after: StockDoc, mids: Iterable[str]) -> list[Movement]:
    """Return the movements of claims that the owner's figure counts from now on."""
    return [replace(one, source=after.source) for one in lifted(before, after, mids, moved_at(after))]


def moved_at(after: StockDoc) -> datetime:
    return moment(after.changed_ms or after.as_of_ms)
