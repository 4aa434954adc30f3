"""The movements that an owner's word makes: named by document and cause, so that a repeat makes the same ones."""

from adapters.memory.stated import Verdict
from adapters.memory.stock_states import moment
from gateway.domain.claims.documents import StockDoc
from gateway.domain.movement import Movement, MovementKind
from gateway.ports.ledger import Difference


def stated(before: StockDoc | None, verdict: Verdict) -> list[Movement]:
    return moved(before, verdict, "SYNC")


def zeroed(before: StockDoc | None, verdict: Verdict) -> list[Movement]:
    return moved(before, verdict, "ZERO")


def adjusted(before: StockDoc | None, verdict: Verdict, difference: Difference) -> list[Movement]:
    """Return the movement of a difference: a dispatch, when it carries out our own claim."""
    carried_out = difference.mid is not None and difference.mid in verdict.lifted
    return moved(before, verdict, "DISPATCH" if carried_out else "ADJUST", difference.mid if carried_out else difference.event)


def moved(before: StockDoc | None, verdict: Verdict, kind: MovementKind, cause: str | None = None) -> list[Movement]:
    """Return nothing where the figure stayed."""
    after = verdict.after
    if after is None or verdict.told != "APPLIED":
        return []
    change = after.q - (before.q if before else 0)
    if change == 0 and before is not None and before.unavailable == after.unavailable:
        return []
    named = cause or f"{after.epoch}:{after.order}:{after.sync_ms}"
    return [Movement(after.key, kind, named, change, after.q, moment(after.changed_ms or after.as_of_ms), after.source)]
