"""Locations in MongoDB; a process reads them again only when they have changed."""

from collections.abc import Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.bulk import put_each
from adapters.mongo.codec import dump, load
from adapters.mongo.versions import Version
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.location import Location


class MongoLocationStore:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None) -> None:
        self._locations, self._bounds = database["locations"], bounds or Bounds()
        self._version = Version(database, "locations", self._bounds)
        self._read: tuple[int, tuple[Location, ...]] = (0, ())

    async def locations(self) -> Sequence[Location]:
        version = await self._version.current()
        if version != self._read[0]:
            documents = await repeated(lambda: self._locations.find().sort("_id").to_list(None), self._bounds)
            self._read = (version, tuple(load(Location, document["location"]) for document in documents))
        return list(self._read[1])

    async def save(self, locations: Sequence[Location]) -> int:
        """Insert or replace; return how many were new or differed."""
        known = {place.code: place for place in await self.locations()}
        changed = [place for place in locations if known.get(place.code) != place]
        if not changed:
            return 0
        try:
            await put_each(self._locations, [{"_id": place.code, "location": dump(place)} for place in changed], known, self._bounds)
        finally:
            await self._version.rise()
        return len(changed)
