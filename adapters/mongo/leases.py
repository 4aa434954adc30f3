"""Leases in MongoDB, judged by the server's own clock."""

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from adapters.mongo.moment import NOW_MS
from adapters.mongo.writes import Bounds, Document, repeated

FIRST_TAKERS = 3
"""Tries of a lease that nobody had: of those who insert it at once, all but one are told nothing, or of a duplicate."""


class MongoLeases:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None) -> None:
        self._leases, self._bounds = database["leases"], bounds or Bounds()

    async def acquire(self, name: str, holder: str, seconds: float) -> bool:
        free = {"$or": [{"$eq": ["$holder", {"$literal": holder}]}, {"$lte": [{"$ifNull": ["$until", 0]}, NOW_MS]}]}
        taken = {"holder": {"$literal": holder}, "until": {"$add": [NOW_MS, round(seconds * 1000)]}}
        written = [{"$set": {field: {"$cond": [free, value, f"${field}"]} for field, value in taken.items()}}]

        async def call() -> Document | None:
            try:
                found: Document | None = await self._leases.find_one_and_update(
                    {"_id": name}, written, upsert=True, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:
                return None
            return found

        for _ in range(FIRST_TAKERS):
            found = await repeated(call, self._bounds)
            if found is not None:
                return bool(found["holder"] == holder)
        return False

    async def release(self, name: str, holder: str) -> None:
        await repeated(lambda: self._leases.delete_one({"_id": name, "holder": holder}), self._bounds)
