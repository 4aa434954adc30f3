"""Steps on a marker, with what the marker was before: told by the run itself where it can be, else read first.

The update is bound to what is expected, so that what is recorded of it is what happened. An update that answers with the document before
it would need no reading, but costs the embedded server three times as much.
"""

from dataclasses import dataclass, field

from adapters.mongo.combiner import Combiner
from adapters.mongo.folding import Folding
from adapters.mongo.stock_documents import marker_of
from adapters.mongo.writes import Bounds, Collection, Document, repeated, update
from gateway.domain.claims.documents import Marker, OrderDoc
from gateway.domain.claims.recording import Found, MarkerStep
from gateway.domain.claims.steps import Ack, GiveBack, Take, Withhold
from gateway.domain.errors import Unavailable
from gateway.domain.ids import StockKey

TRIES = 20
"""A marker only falls, and few do anything to it: one that changes twenty times while we look is a database that errs."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A marker as it was seen (None: there is none), and the place of its owner's figure."""

    marker: Marker | None
    order: int = 0
    epoch: str = ""
    past: tuple[str, ...] = ()

    def includes(self, step: MarkerStep) -> bool:
        """Tell whether the owner's figure counts an acknowledged claim already."""
        return isinstance(step, Ack) and step.epoch in {"", self.epoch} and self.order >= step.k


@dataclass
class Expected:
    """What a run knows of markers: of claims that it took, of orders that it read at rest, and of changes that were not begun."""

    by_mid: dict[str, Marker | None] = field(default_factory=dict)

    def hear_take(self, step: Take) -> None:
        self.by_mid[step.claim.mid] = Marker(step.claim.units, step.claim.dl, step.exp)

    def hear_order(self, order: OrderDoc) -> None:
        for claim in order.change.add if order.change else ():
            self.by_mid.setdefault(claim.mid, None)
        if order.st in {"HELD", "PLACED"} and not order.unsettled:
            self.by_mid |= {claim.mid: Marker(claim.units, claim.dl, order.exp, ok=True) for claim in order.claims}

    def sight(self, step: MarkerStep) -> Sight | None:
        """Return what a step will find, as far as can be said; it is said once."""
        if isinstance(step, Ack) or step.claim.mid not in self.by_mid:
            return None
        marker = self.by_mid.pop(step.claim.mid)
        return Sight(marker) if marker or isinstance(step, GiveBack) else None


class MarkerSteps:
    def __init__(self, stock: Collection, combiner: Combiner, folding: Folding, bounds: Bounds) -> None:
        self.stock, self.combiner, self.folding, self.bounds = stock, combiner, folding, bounds

    async def apply(self, step: MarkerStep, write: tuple[Document, list[Document]], sight: Sight | None) -> tuple[bool, Found]:
        """Carry out a step by its update; tell whether it applied, and on what. `sight` is only a guess, to save reading."""
        (where, pipeline), sent = write, 0
        if not isinstance(step, Ack) and sight and may_apply(step, sight):
            met = await self.combiner.apply(step, sight.marker)
            if met and (met.applied or met.marker):
                return met.applied, Found(met.marker if met.applied else None)
            sight, sent = None, int(met is None)

        async def call() -> bool:
            nonlocal sent
            sent += 1
            return (await update(self.stock, where | binding, pipeline, self.bounds)).applied

        for _ in range(TRIES):
            sight = sight or await self.look(step)
            if sight is None or not may_apply(step, sight):
                return False, Found(None)
            binding = bound(step, sight)
            if await repeated(call, self.bounds):
                return True, Found(sight.marker, sight.includes(step), surely=sent == 1)
            sight = None
        raise Unavailable("A claim changes faster than it can be read; repeat with the same key.")

    async def look(self, step: MarkerStep) -> Sight | None:
        key, mid = named(step)
        found = await self.folding.look(key, mid)
        if found is None:
            return None
        marker = found.get("m", {}).get(mid)
        own = found["own"]
        return Sight(marker_of(marker) if marker else None, own["seq"], own["epoch"], tuple(own["past"]))

    async def withhold(self, step: Withhold, write: tuple[Document, list[Document]]) -> bool:
        where, pipeline = write
        for _ in range(TRIES):
            if (await repeated(lambda: update(self.stock, where, pipeline, self.bounds), self.bounds)).applied:
                return True
            found = await self.folding.look(step.claim.key, step.claim.mid)
            marker = found.get("m", {}).get(step.claim.mid) if found else None
            if not found or not marker or not marker["q"] or (step.found and step.epoch in found["own"]["past"]):
                return False
        raise Unavailable("A claim changes faster than it can be read; repeat with the same key.")


def named(step: MarkerStep) -> tuple[StockKey, str]:
    return (step.key, step.mid) if isinstance(step, Ack) else (step.claim.key, step.claim.mid)


def may_apply(step: MarkerStep, sight: Sight) -> bool:
    """Tell whether the step does anything: on units, or (giving back) where there is not even a tombstone."""
    if sight.marker and isinstance(step, Ack) and (sight.marker.lost or step.epoch in sight.past):
        return False
    return bool(sight.marker.q) if sight.marker else isinstance(step, GiveBack)


def bound(step: MarkerStep, sight: Sight) -> Document:
    mid = named(step)[1]
    marker: Document = {f"m.{mid}.q": sight.marker.q} if sight.marker else {f"m.{mid}": {"$exists": False}}
    if isinstance(step, Ack):
        return marker | {"own.epoch": sight.epoch, "own.seq": {"$gte": step.k} if sight.order >= step.k else {"$lt": step.k}}
    return marker
