"""Events that were taken, in MongoDB, unique by source and event."""

from collections.abc import Collection
from datetime import UTC, datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import UpdateOne

from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.ids import SourceCode

CHUNK = 100
"""Keys asked for at once: the embedded server takes far longer for many."""


class MongoInbox:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None) -> None:
        self._events, self._bounds = database["inbox"], bounds or Bounds()

    async def unseen(self, source: SourceCode, events: Collection[str]) -> frozenset[str]:
        asked = {f"{source}|{event}": event for event in events}
        keys, known = list(asked), set()
        for start in range(0, len(keys), CHUNK):
            known |= await self._known(keys[start : start + CHUNK])
        return frozenset(event for key, event in asked.items() if key not in known)

    async def _known(self, keys: list[str]) -> set[str]:
        found = await repeated(lambda: self._events.find({"_id": {"$in": keys}}, {"_id": 1}).to_list(None), self._bounds)
        return {document["_id"] for document in found}

    async def seen(self, source: SourceCode, events: Collection[str]) -> None:
        at = datetime.now(UTC)
        writes = [UpdateOne({"_id": f"{source}|{event}"}, {"$set": {"at": at}}, upsert=True) for event in events]
        if writes:
            await repeated(lambda: self._events.bulk_write(writes, ordered=False), self._bounds)
