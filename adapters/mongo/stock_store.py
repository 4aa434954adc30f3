"""Stock documents read and written in bulk: inserted when new, else replaced only where nobody else has written since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReplaceOne
from pymongo.read_concern import ReadConcern

from adapters.mongo.acknowledged import Acknowledged
from adapters.mongo.bulk import CHUNK, insert_new, parts, write_each
from adapters.mongo.overdrawn import OverdrawnKeys
from adapters.mongo.rosters import Rosters
from adapters.mongo.stock_documents import stock_document, stock_of
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.claims.documents import StockDoc
from gateway.domain.ids import SourceCode, StockKey

PROBED = 10
"""Keys that speak for a batch that may be all new; if they err, the insert tells."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as it was read; `rev` None: there is none."""

    doc: StockDoc | None = None
    rev: int | None = None


ABSENT = Reading()


class StockStore:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds) -> None:
        self.collection = database.get_collection("stock", read_concern=ReadConcern("majority"))
        self.bounds = bounds
        self.acknowledged = Acknowledged(database, bounds)
        self.rosters, self.overdrawn = Rosters(database, bounds), OverdrawnKeys(database, bounds)

    async def read(self, keys: Sequence[StockKey], *, maybe_all_new: bool = False) -> dict[StockKey, Reading]:
        """Return what there is. `maybe_all_new`: look at some first, and trust them if none of them is there."""
        if maybe_all_new and len(keys) > CHUNK and not await self._read(keys[:: len(keys) // PROBED]):
            return {}
        found: dict[StockKey, Reading] = {}
        for part in parts(keys, CHUNK):
            found |= await self._read(part)
        return found

    async def _read(self, keys: Sequence[StockKey]) -> dict[StockKey, Reading]:
        documents = await repeated(lambda: self.collection.find({"_id": {"$in": list(keys)}}).to_list(None), self.bounds)
        return {document["_id"]: Reading(stock_of(document), document["rev"]) for document in documents}

    async def acked(self, source: SourceCode) -> list[StockDoc]:
        """Return the source's documents with claims that it has told its place of."""
        noted = await self.acknowledged.noted()
        docs = [reading.doc for reading in (await self.read(list(noted))).values() if reading.doc]
        acked = [doc for doc in docs if any(marker.q and marker.waits for marker in doc.markers.values())]
        await self.acknowledged.forget(noted.keys() - {doc.key for doc in acked})
        return [doc for doc in acked if doc.source == source]

    async def write(self, after: Mapping[StockKey, StockDoc], readings: Mapping[StockKey, Reading]) -> bool:
        """Insert or replace; False when some of them changed since they were read: read again which."""
        known = {key: reading.rev for key, reading in readings.items() if reading.rev is not None}
        fresh = [doc for key, doc in after.items() if key not in known]
        changed = [(doc, known[key]) for key, doc in after.items() if key in known]
        await self.rosters.add(doc.key for doc in fresh)
        await self.overdrawn.note(doc.key for doc in after.values() if doc.free < 0)
        inserted = await insert_new(self.collection, [stock_document(doc) for doc in fresh], self.bounds)
        return await self._replace(changed) and inserted

    async def _replace(self, docs: Sequence[tuple[StockDoc, int]]) -> bool:
        writes = [ReplaceOne({"_id": doc.key, "rev": rev}, stock_document(doc, rev + 1)) for doc, rev in docs]
        return await write_each(self.collection, writes, self.bounds) == len(writes)
