"""Locations in MongoDB; a process decodes them again only when a document has changed."""

from collections.abc import Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReplaceOne

from adapters.mongo.codec import dump, load
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.location import Location


class MongoLocationStore:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None) -> None:
        self._locations, self._bounds = database["locations"], bounds or Bounds()
        self._decoded: tuple[list[Document], list[Location]] = ([], [])

    async def locations(self) -> Sequence[Location]:
        documents = await repeated(lambda: self._locations.find().sort("_id").to_list(None), self._bounds)
        if documents != self._decoded[0]:
            self._decoded = (documents, [load(Location, document["location"]) for document in documents])
        return list(self._decoded[1])

    async def save(self, locations: Sequence[Location]) -> int:
        """Insert or replace; return how many were new or differed."""
        known = {place.code: place for place in await self.locations()}
        changed = [place for place in locations if known.get(place.code) != place]
        if changed:
            writes = [ReplaceOne({"_id": place.code}, {"_id": place.code, "location": dump(place)}, upsert=True) for place in changed]
            await repeated(lambda: self._locations.bulk_write(writes, ordered=False), self._bounds)
        return len(changed)
