"""Steps of many callers on one stock document as one conditional update: all of them apply in the order of arrival, or none does.

What a step makes of its marker is the protocol's own meaning; the update carries it out where every marker is as expected, so much is
free that each claim finds its units and its safety in its turn, and no claim's deadline has come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from adapters.mongo.folds import is_not_folded
from adapters.mongo.moment import NOW_MS
from adapters.mongo.stock_documents import Document, marker_document, marker_of
from adapters.mongo.stock_steps import purged
from gateway.domain.claims.documents import Marker, StockDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.steps import GiveBack, Settle, Take
from gateway.domain.claims.stock_meaning import after_stock_step
from gateway.domain.ids import SourceCode, StockKey

CombinedStep: TypeAlias = Take | Settle | GiveBack
NOBODY = SourceCode("")
BEFORE_ALL = 0
"""A time before every deadline: the server judges them, and purges what they make needless."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A step, and its marker as it is expected to stand (None: there is none)."""

    step: CombinedStep
    marker: Document | None

    @property
    def mid(self) -> str:
        return self.step.claim.mid


@dataclass
class Combined:
    """What a batch comes to: units that leave `free` in all and at most, the markers that it leaves, and until when it may be written."""

    taken: int = 0
    needed: int | None = None
    until: int | None = None
    markers: dict[str, Document] | None = None


def after_wish(wish: Wish, free: int, now: int, times: Times) -> StockDoc | None:
    """Return what the step makes of a position that holds nothing but its marker."""
    markers: dict[str, Marker] = {wish.mid: marker_of(wish.marker)} if wish.marker else {}
    return after_stock_step(StockDoc(wish.step.claim.key, NOBODY, 0, free, markers=markers), wish.step, now, times)


def combined(wishes: Sequence[Wish], times: Times) -> Combined:
    """Sum up steps that each apply to their markers."""
    whole, left = Combined(), {}
    for wish in wishes:
        claim = wish.step.claim
        enough = claim.units + claim.safety
        after = after_wish(wish, enough, BEFORE_ALL, times)
        if after is None:
            raise ValueError(f"a step on {wish.mid} does not apply to its marker")
        if isinstance(wish.step, Take):
            whole.needed = max(whole.needed or 0, whole.taken + enough)
            whole.until = min(whole.until or claim.dl, claim.dl)
        whole.taken += enough - after.free
        left[wish.mid] = marker_document(after.markers[wish.mid])
    whole.markers = left
    return whole


def written(key: StockKey, wishes: Sequence[Wish], times: Times) -> tuple[Document, list[Document]]:
    """Return the update of a batch."""
    whole = combined(wishes, times)
    holds = [one for wish in wishes for one in expectations(wish)]
    if whole.needed is not None:
        holds += [{"$gte": ["$free", whole.needed]}, {"$lt": [NOW_MS, whole.until]}]
    after: Document = {
        "free": {"$subtract": ["$free", whole.taken]},
        "m": {"$mergeObjects": [purged(times), {"$literal": whole.markers}]},
        "rev": {"$add": ["$rev", 1]},
    }
    return {"_id": key}, [{"$replaceWith": {"$cond": [{"$and": holds}, {"$mergeObjects": ["$$ROOT", after]}, "$$ROOT"]}}]


def expectations(wish: Wish) -> list[Document]:
    """Return what must hold for a step; what an undo finds absent must not be folded either."""
    absent_undo = wish.marker is None and isinstance(wish.step, GiveBack)
    return [expectation(wish), *([is_not_folded(wish.mid)] if absent_undo else [])]


def expectation(wish: Wish) -> Document:
    if wish.marker is None:
        return {"$eq": [{"$type": f"$m.{wish.mid}"}, "missing"]}
    return {"$eq": [f"$m.{wish.mid}", {"$literal": wish.marker}]}
