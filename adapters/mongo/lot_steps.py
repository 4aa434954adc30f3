"""Steps of claims that wait for supply to come: judged here by their pure meaning, and written where nobody has written since.

What a lot can promise follows from all lots and claims of a position; such claims are few, so that nobody has to try often.
"""

from dataclasses import dataclass

from adapters.mongo.moment import NOW_MS
from adapters.mongo.stock_documents import stock_document, stock_of
from adapters.mongo.stock_steps import NOW
from adapters.mongo.writes import Bounds, Collection, Document, repeated, update
from gateway.domain.claims.documents import Claim, Marker, Seen, StockDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.recording import Found
from gateway.domain.claims.steps import GiveBack, ReadStock, Settle, Take, Withhold
from gateway.domain.claims.stock_meaning import after_stock_step, seen, to_be_had
from gateway.domain.errors import Unavailable
from gateway.domain.ids import StockKey

LotStep = Take | GiveBack | Settle | Withhold
TRIES = 20
"""A position that changes twenty times while we look is under fire: the step is repeated later."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A position as it was seen, and the server's time then."""

    doc: StockDoc
    rev: int
    now: int


class LotSteps:
    def __init__(self, stock: Collection, times: Times, bounds: Bounds) -> None:
        self.stock, self.times, self.bounds = stock, times, bounds

    async def apply(self, step: LotStep) -> tuple[bool, Found]:
        """Carry out a step; tell whether it applied, and on what."""
        for _ in range(TRIES):
            sight = await self.look(step.claim.key)
            after = after_stock_step(sight.doc, step, sight.now, self.times) if sight else None
            if sight is None or after is None:
                return False, Found(None)
            told = await self.write(step, after, sight)
            if told is not None:
                return told, Found(standing(sight.doc, step.claim))
        raise Unavailable("A position changes faster than it can be read; repeat with the same key.")

    async def write(self, step: LotStep, after: StockDoc, sight: Sight) -> bool | None:
        """Tell whether it was written, None: another was first, or it was written and that was not heard."""
        written: Document = {"$cond": [fence(step), {"$literal": stock_document(after, sight.rev + 1)}, "$$ROOT"]}
        where = {"_id": step.claim.key, "rev": sight.rev}
        told = await repeated(lambda: update(self.stock, where, [{"$replaceWith": written}], self.bounds), self.bounds)
        return told.applied if told.matched else None

    async def read(self, step: ReadStock) -> Seen:
        sight = await self.look(step.claim.key)
        if sight is None:
            return Seen(None, 0)
        doc, claim = sight.doc, step.claim
        return seen(doc.markers, to_be_had(doc, claim, sight.now), doc.order, claim.mid, sight.now, self.times)

    async def look(self, key: StockKey) -> Sight | None:
        pipeline: list[Document] = [{"$match": {"_id": key}}, {"$addFields": {"now": NOW_MS}}]

        async def call() -> list[Document]:
            return await self.stock.aggregate(pipeline, maxTimeMS=self.bounds.command_ms).to_list(1)

        found = await repeated(call, self.bounds)
        return Sight(stock_of(found[0]), found[0]["rev"], found[0]["now"]) if found else None


def fence(step: LotStep) -> Document | bool:
    """A take is judged by the server's own clock: before its deadline, and before its lot is due."""
    if not isinstance(step, Take) or step.claim.peg is None:
        return True
    return {"$lt": [NOW, min(step.claim.dl, step.claim.peg.at_ms)]}


def standing(doc: StockDoc, claim: Claim) -> Marker | None:
    marker = doc.markers.get(claim.mid)
    return marker if marker and marker.q else None
