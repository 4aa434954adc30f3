"""Events that were taken, in MongoDB, unique by source and event."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.bulk import CHUNK, insert_new, parts
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.ids import SourceCode


class MongoInbox:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None) -> None:
        self._events, self._bounds = database["inbox"], bounds or Bounds()

    async def unseen(self, source: SourceCode, events: Collection[str]) -> frozenset[str]:
        asked = {f"{source}|{event}": event for event in events}
        known = set[str]()
        for keys in parts(list(asked), CHUNK):
            known |= await self._known(keys)
        return frozenset(event for key, event in asked.items() if key not in known)

    async def _known(self, keys: Sequence[str]) -> set[str]:
        found = await repeated(lambda: self._events.find({"_id": {"$in": list(keys)}}, {"_id": 1}).to_list(None), self._bounds)
        return {document["_id"] for document in found}

    async def seen(self, source: SourceCode, events: Collection[str]) -> None:
        at = datetime.now(UTC)
        await insert_new(self._events, [{"_id": f"{source}|{event}", "at": at} for event in sorted(set(events))], self._bounds)
