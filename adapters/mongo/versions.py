"""Numbers that rise with every change of a projection: what caches in a process are checked against."""

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from adapters.mongo.writes import Bounds, Document, repeated


class Version:
    """One such number, kept in the database."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], name: str, bounds: Bounds) -> None:
        self._versions, self._name, self._bounds = database["versions"], name, bounds

    async def current(self) -> int:
        found = await repeated(lambda: self._versions.find_one({"_id": self._name}), self._bounds)
        return int(found["n"]) if found else 0

    async def rise(self) -> int:
        """Raise and return it; a repeat after a lost answer raises it twice, which costs a reading."""

        async def call() -> Document | None:
            try:
                found: Document | None = await self._versions.find_one_and_update(
                    {"_id": self._name}, {"$inc": {"n": 1}}, upsert=True, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:
                return None
            return found

        raised = None
        while raised is None:  # of those who raise a new number at once, all but one are told nothing, and find it the next time
            raised = await repeated(call, self._bounds)
        return int(raised["n"])
