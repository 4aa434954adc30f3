"""What places can prepare in a shift, in a collection of its own: documents like those of stock, claimed by the same updates."""

import contextlib
from collections.abc import Callable
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from adapters.mongo.combiner import Combiner
from adapters.mongo.combining import Combining
from adapters.mongo.marker_steps import Expected, may_apply
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
WRITES: dict[type[Any], Callable[[Any, Times], tuple[Document, list[Document]]]] = {Take: take, GiveBack: give_back, Settle: settle}
NOBODY = SourceCode("")


def room_document(key: StockKey, units: int) -> Document:
    """Return a shift of which nothing is booked; `day` is what it is found by."""
    _, day, _ = capacity_named(key)
    return {**stock_document(StockDoc(key, NOBODY, units, units)), "day": day.isoformat()}


def nobody_hears(_key: StockKey) -> None:
    return


async def as_it_is(_key: StockKey) -> None:
    return


class CapacitySteps:
    """No movements: what is claimed here is no goods. A place's day is as hot as its orders are many, so claims of it are combined."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], times: Times, bounds: Bounds, combining: Combining) -> None:
        self.capacity = database.get_collection("capacity", read_concern=ReadConcern("majority"))
        self.times, self.bounds = times, bounds
        self.combiner = Combiner(self.capacity, times, bounds, combining, nobody_hears, as_it_is)

    async def outcome(self, step: CapacityStep, expected: Expected) -> object:
        if isinstance(step, Ensure):
            return await self.ensure(step)
        if isinstance(step, ReadStock):
            return await self.read(step)
        met = await self.combined(step, expected)
        if met is not None:
            return met
        where, pipeline = WRITES[type(step)](step, self.times)
        return (await repeated(lambda: update(self.capacity, where, pipeline, self.bounds), self.bounds)).applied

    async def combined(self, step: Take | GiveBack | Settle, expected: Expected) -> bool | None:
        """Carry out a step together with others' where its marker is known; None: it is for its caller alone."""
        if isinstance(step, Take):
            met = await self.combiner.apply(step, None)
            if met and met.applied:
                expected.hear_take(step)
            return met.applied if met else None
        sight = expected.sight(step) if isinstance(step, Settle) else None
        if sight is None or isinstance(step, GiveBack) or not may_apply(step, sight):
            return None
        met = await self.combiner.apply(step, sight.marker)
        return met.applied if met and (met.applied or met.marker) else None

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
        return seen(markers, found[0]["free"], 0, step.claim.mid, found[0]["now"], self.times)
