"""What places can prepare in a shift, in a collection of its own: documents like those of stock, claimed by the same updates."""

import contextlib
from collections.abc import Callable
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from adapters.mongo.combiner import Combiner
from adapters.mongo.combining import Combining
from adapters.mongo.folding import Folding
from adapters.mongo.marker_steps import Expected, MarkerSteps
from adapters.mongo.moment import NOW_MS
from adapters.mongo.stock_documents import marker_of, stock_document
from adapters.mongo.stock_steps import give_back, settle, take
from adapters.mongo.writes import Bounds, Document, repeated, update
from gateway.domain.claims.documents import Seen, StockDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.steps import Ensure, GiveBack, ReadStock, Settle, Take
from gateway.domain.claims.stock_meaning import seen
from gateway.domain.ids import SourceCode, StockKey, capacity_named

CapacityStep = Ensure | Take | GiveBack | Settle | ReadStock
MARKER_WRITES: dict[type[Any], Callable[[Any, Times], tuple[Document, list[Document]]]] = {GiveBack: give_back, Settle: settle}
NOBODY = SourceCode("")


def room_document(key: StockKey, units: int) -> Document:
    """Return a shift of which nothing is booked; `day` is what it is found by."""
    _, day, _ = capacity_named(key)
    return {**stock_document(StockDoc(key, NOBODY, units, units)), "day": day.isoformat()}


def nobody_hears(_key: StockKey) -> None:
    return


class CapacitySteps:
    """No movements: what is claimed here is no goods. A place's day is as hot as its orders are many, so they are combined, and folded."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], times: Times, bounds: Bounds, combining: Combining) -> None:
        self.capacity = database.get_collection("capacity", read_concern=ReadConcern("majority"))
        self.times, self.bounds = times, bounds
        self.folding = Folding(self.capacity, times, bounds, combining, at_first=True)
        self.combiner = Combiner(self.capacity, times, bounds, combining, nobody_hears, self.folding.fold_noted)
        self.markers = MarkerSteps(self.capacity, self.combiner, self.folding, bounds)

    async def outcome(self, step: CapacityStep, expected: Expected) -> object:
        if isinstance(step, Ensure):
            return await self.ensure(step)
        if isinstance(step, ReadStock):
            return await self.read(step)
        if isinstance(step, Take):
            return await self.take(step, expected)
        applied, _ = await self.markers.apply(step, MARKER_WRITES[type(step)](step, self.times), expected.sight(step))
        return applied

    async def take(self, step: Take, expected: Expected) -> bool:
        """Claim together with others, else alone."""
        met = await self.combiner.apply(step, None)
        if met is None:
            where, pipeline = take(step, self.times)
            applied = (await repeated(lambda: update(self.capacity, where, pipeline, self.bounds), self.bounds)).applied
        else:
            applied = met.applied
        if applied:
            self.folding.hear_take(step.claim.key)
            expected.hear_take(step)
        return applied

    async def ensure(self, step: Ensure) -> bool:
        """Insert it unless it stands; a twin that was first did the same."""
        fresh = room_document(step.key, step.units)

        async def call() -> bool:
            pipeline = [{"$replaceWith": {"$cond": [{"$eq": [{"$type": "$q"}, "missing"]}, {"$literal": fresh}, "$$ROOT"]}}]
            with contextlib.suppress(DuplicateKeyError):
                return (await update(self.capacity, {"_id": step.key}, pipeline, self.bounds, upsert=True)).applied
            return False

        return await repeated(call, self.bounds)

    async def read(self, step: ReadStock) -> Seen:
        pipeline: list[Document] = [{"$match": {"_id": step.claim.key}}, {"$project": {"free": 1, "m": 1, "now": NOW_MS}}]

        async def call() -> list[Document]:
            return await self.capacity.aggregate(pipeline, maxTimeMS=self.bounds.command_ms).to_list(1)

        found = await repeated(call, self.bounds)
        if not found:
            return Seen(None, 0)
        markers = {mid: marker_of(marker) for mid, marker in found[0]["m"].items()}
        self.folding.weigh(step.claim.key, len(markers))
        return seen(markers, found[0]["free"], 0, step.claim.mid, found[0]["now"], self.times)
