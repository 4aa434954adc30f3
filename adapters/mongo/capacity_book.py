"""What places can prepare, told to readers and set by people: the documents that claims of capacity are steps on."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from adapters.mongo.capacity_steps import room_document
from adapters.mongo.stock_documents import markers_of, stock_of
from adapters.mongo.writes import Bounds, Document, repeated, update
from gateway.domain.capacity import Room, Rooms, Shift
from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.supply import on_shelf
from gateway.domain.ids import LocationCode, StockKey, capacity_named


class MongoCapacityBook:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None) -> None:
        self._capacity = database.get_collection("capacity", read_concern=ReadConcern("majority"))
        self._bounds, self._indexed = bounds or Bounds(), False

    async def rooms(self, since: date) -> Mapping[LocationCode, Rooms]:
        found: dict[LocationCode, dict[Shift, Room]] = defaultdict(dict)
        for document in await repeated(lambda: self._read(since), self._bounds):
            location, day, shift = capacity_named(StockKey(document["_id"]))
            found[location][day, shift] = Room(document["q"], document["free"])
        return found

    async def documents(self, keys: Collection[StockKey]) -> dict[StockKey, StockDoc]:
        return {StockKey(found["_id"]): stock_of(found) for found in await repeated(lambda: self._whole(keys), self._bounds)}

    async def add_up(self, key: StockKey) -> bool:
        found = await repeated(lambda: self._whole([key]), self._bounds)
        if not found:
            return False
        free = found[0]["q"] - on_shelf(markers_of(found[0]))
        where, written = {"_id": key, "rev": found[0]["rev"]}, {"free": free, "rev": {"$add": ["$rev", 1]}}
        return (await repeated(lambda: update(self._capacity, where, [{"$set": written}], self._bounds), self._bounds)).applied

    async def _whole(self, keys: Collection[StockKey]) -> list[Document]:
        return await self._capacity.find({"_id": {"$in": list(keys)}}).max_time_ms(self._bounds.command_ms).to_list(None)

    async def purge(self, before: date, limit: int) -> int:
        past = {"day": {"$lt": before.isoformat()}}

        async def call() -> int:
            await self._index()
            found = await self._capacity.find(past, {"_id": 1}).limit(limit).max_time_ms(self._bounds.command_ms).to_list(limit)
            await self._capacity.delete_many({"_id": {"$in": [one["_id"] for one in found]}})
            return len(found)

        return await repeated(call, self._bounds)

    async def _index(self) -> None:
        if not self._indexed:
            await self._capacity.create_index([("day", ASCENDING)])
            self._indexed = True

    async def _read(self, since: date) -> list[Document]:
        await self._index()
        cursor = self._capacity.find({"day": {"$gte": since.isoformat()}}, {"q": 1, "free": 1})
        return await cursor.max_time_ms(self._bounds.command_ms).to_list(None)

    async def set_room(self, key: StockKey, units: int) -> None:
        changed = {"q": units, "free": {"$add": ["$free", {"$subtract": [units, "$q"]}]}, "rev": {"$add": ["$rev", 1]}}
        fresh = {"$literal": room_document(key, units)}
        is_new = {"$eq": [{"$type": "$q"}, "missing"]}
        pipeline: list[Document] = [{"$replaceWith": {"$cond": [is_new, fresh, {"$mergeObjects": ["$$ROOT", changed]}]}}]
        await repeated(lambda: self._set(key, pipeline), self._bounds)

    async def _set(self, key: StockKey, pipeline: list[Document]) -> None:
        """Write it; who inserts it at the same moment as another finds it there."""
        try:
            await update(self._capacity, {"_id": key}, pipeline, self._bounds, upsert=True)
        except DuplicateKeyError:
            await update(self._capacity, {"_id": key}, pipeline, self._bounds)
