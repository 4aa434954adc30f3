"""Published sourcing profiles in MongoDB: a document for each version of a name, and one for each that a network file had."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from adapters.memory.stated import milliseconds
from adapters.mongo.codec import dump, load
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.published import PublishedProfile


class MongoProfiles:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None) -> None:
        self._profiles, self._bounds = database["profiles"], bounds or Bounds()
        self._of_files = database["profile_files"]

    async def profiles(self) -> Sequence[PublishedProfile]:
        async def call() -> list[Document]:
            return await self._profiles.find().sort([("at", ASCENDING), ("version", ASCENDING)]).to_list(None)

        return [load(PublishedProfile, one["data"]) for one in await repeated(call, self._bounds)]

    async def add(self, profile: PublishedProfile) -> bool:
        """One that is repeated after a lost answer is told False; the version that stands names its request."""
        document = {
            "_id": profile.key,
            "at": milliseconds(profile.created_at),
            "version": profile.profile.version,
            "data": dump(profile),
        }

        async def call() -> bool:
            try:
                await self._profiles.insert_one(document)
            except DuplicateKeyError:
                return False
            return True

        return await repeated(call, self._bounds)

    async def loaded(self, keys: Collection[str], at: datetime) -> Mapping[str, datetime]:
        asked = {"_id": {"$in": list(keys)}}
        known = {one["_id"] for one in await repeated(lambda: self._of_files.find(asked).to_list(None), self._bounds)}
        for key in sorted(set(keys) - known):
            await repeated(lambda key=key: self._note(key, at), self._bounds)  # type: ignore[misc]
        return {one["_id"]: one["at"] for one in await repeated(lambda: self._of_files.find(asked).to_list(None), self._bounds)}

    async def _note(self, key: str, at: datetime) -> None:
        """Leave what another process has noted meanwhile."""
        with suppress(DuplicateKeyError):
            await self._of_files.insert_one({"_id": key, "at": at})
