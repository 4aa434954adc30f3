"""Positions that owners' figures have left below zero, and the orders that a person was called to for them.

Noted before the figure is written, so that none is missed. An index on the stock documents would halve the speed of a first load.
"""

from collections.abc import Collection, Iterable

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import UpdateOne

from adapters.mongo.bulk import write_each
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.ids import Rid, StockKey


class OverdrawnKeys:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds) -> None:
        self._keys, self._bounds = database["overdrawn"], bounds

    async def note(self, keys: Iterable[StockKey]) -> None:
        writes = [UpdateOne({"_id": key}, {"$setOnInsert": {"opened": False, "called": []}}, upsert=True) for key in keys]
        if writes:
            await write_each(self._keys, writes, self._bounds)

    async def noted(self) -> dict[StockKey, tuple[frozenset[Rid], bool]]:
        found = await repeated(lambda: self._keys.find().to_list(None), self._bounds)
        return {StockKey(one["_id"]): (frozenset(Rid(rid) for rid in one["called"]), one["opened"]) for one in found}

    async def call(self, key: StockKey, rids: Collection[Rid]) -> None:
        change = {"$set": {"opened": True, "called": sorted(rids)}}
        await repeated(lambda: self._keys.update_one({"_id": key}, change, upsert=True), self._bounds)

    async def forget(self, key: StockKey) -> None:
        await repeated(lambda: self._keys.delete_one({"_id": key}), self._bounds)
