"""Positions with a claim that their source has told its place of: what a complete pass must look at.

Noted before that word is written, so that none is missed. An index on the stock documents themselves would halve the speed of a first load.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.bulk import CHUNK, parts
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.ids import StockKey

UNDER_WAY = timedelta(hours=1)
"""Longer than any word that was noted may take to be written."""


class Acknowledged:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds) -> None:
        self._noted, self._bounds = database["acknowledged"], bounds

    async def note(self, key: StockKey) -> None:
        change = {"$set": {"at": datetime.now(UTC)}}
        await repeated(lambda: self._noted.update_one({"_id": key}, change, upsert=True), self._bounds)

    async def noted(self) -> dict[StockKey, datetime]:
        found = await repeated(lambda: self._noted.find().to_list(None), self._bounds)
        return {StockKey(one["_id"]): one["at"] for one in found}

    async def forget(self, keys: Collection[StockKey]) -> None:
        """Forget positions without such a claim; not those that were noted lately, whose word may be under way."""
        before = {"$lt": datetime.now(UTC) - UNDER_WAY}
        for part in parts(sorted(keys), CHUNK):
            await repeated(lambda part=part: self._noted.delete_many({"_id": {"$in": part}, "at": before}), self._bounds)  # type: ignore[misc]
