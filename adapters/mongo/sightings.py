"""What processes see of the sources, in MongoDB: a document for each, alive by the server's own clock."""

from collections.abc import Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.codec import dump, load
from adapters.mongo.moment import NOW_MS
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.circuits import Circuit

KEPT_MS = 3_600_000
"""Documents of processes that ended without a word are taken away after so long."""


class MongoSightings:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None, lives_s: float = 10.0) -> None:
        self._told, self._bounds, self._lives_ms = database["sightings"], bounds or Bounds(), round(lives_s * 1000)
        self._swept = False

    async def tell(self, process: str, circuits: Sequence[Circuit]) -> None:
        said = {"$set": {"at": NOW_MS, "circuits": {"$literal": [dump(circuit) for circuit in circuits]}}}
        await repeated(lambda: self._told.update_one({"_id": process}, [said], upsert=True), self._bounds)
        if not self._swept:
            await repeated(lambda: self._told.delete_many(older_than(KEPT_MS)), self._bounds)
            self._swept = True

    async def seen(self) -> Sequence[Circuit]:
        living = {"$nor": [older_than(self._lives_ms)]}
        documents = await repeated(lambda: self._told.find(living).to_list(None), self._bounds)
        return [load(Circuit, circuit) for document in documents for circuit in document["circuits"]]

    async def forget(self, process: str) -> None:
        await repeated(lambda: self._told.delete_one({"_id": process}), self._bounds)


def older_than(span_ms: int) -> dict[str, Any]:
    return {"$expr": {"$lte": ["$at", {"$subtract": [NOW_MS, span_ms]}]}}
