"""Stock documents read and written in bulk: inserted when new, else replaced only where nobody else has written since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError
from pymongo.read_concern import ReadConcern

from adapters.mongo.rosters import Rosters
from adapters.mongo.stock_documents import stock_document, stock_of
from adapters.mongo.writes import DUPLICATE_KEY, Bounds, Document, repeated
from gateway.domain.claims.documents import StockDoc
from gateway.domain.errors import Unavailable
from gateway.domain.ids import SourceCode, StockKey

T = TypeVar("T")
CHUNK = 100
"""Keys asked for at once: the embedded server needs a second for a thousand, and 20 ms for a hundred."""
BATCH = 1_000


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
        self.rosters = Rosters(database, bounds)

    async def read(self, keys: Sequence[StockKey], *, maybe_all_new: bool = False) -> dict[StockKey, Reading]:
        """Return what there is. `maybe_all_new`: look at some first, and trust them if none of them is there."""
        found: dict[StockKey, Reading] = {}
        for start in range(0, len(keys), CHUNK):
            found |= await self._read(keys[start : start + CHUNK])
            if maybe_all_new and not found and len(keys) > CHUNK:
                break
            maybe_all_new = False
        return found

    async def _read(self, keys: Sequence[StockKey]) -> dict[StockKey, Reading]:
        documents = await repeated(lambda: self.collection.find({"_id": {"$in": list(keys)}}).to_list(None), self.bounds)
        return {document["_id"]: Reading(stock_of(document), document["rev"]) for document in documents}

    async def acked(self, source: SourceCode) -> list[StockDoc]:
        """Return the source's documents with claims that it has told its place of."""
        documents = await repeated(lambda: self.collection.find({"acked": True}).to_list(None), self.bounds)
        return [stock_of(document) for document in documents if document["source"] == source]

    async def write(self, after: Mapping[StockKey, StockDoc], readings: Mapping[StockKey, Reading]) -> bool:
        """Insert or replace; False when some of them changed since they were read: read again which."""
        known = {key: reading.rev for key, reading in readings.items() if reading.rev is not None}
        fresh = [doc for key, doc in after.items() if key not in known]
        changed = [(doc, known[key]) for key, doc in after.items() if key in known]
        inserted = [await self._insert(part) for part in parts(fresh)]
        replaced = [await self._replace(part) for part in parts(changed)]
        return all(inserted) and all(replaced)

    async def _insert(self, docs: Sequence[StockDoc]) -> bool:
        await self.rosters.add(doc.key for doc in docs)
        documents = [stock_document(doc) for doc in docs]
        try:
            await repeated(lambda: self.collection.insert_many(documents, ordered=False), self.bounds)
        except BulkWriteError as error:
            if any(one["code"] != DUPLICATE_KEY for one in error.details["writeErrors"]):
                raise Unavailable("The database refused new stock documents; try again.") from error
            return False
        return True

    async def _replace(self, docs: Sequence[tuple[StockDoc, int]]) -> bool:
        writes = [ReplaceOne({"_id": doc.key, "rev": rev}, stock_document(doc, rev + 1)) for doc, rev in docs]
        try:
            result = await repeated(lambda: self.collection.bulk_write(writes, ordered=False), self.bounds)
        except BulkWriteError as error:
            raise Unavailable("The database refused stock documents; try again.") from error
        return bool(result.matched_count == len(writes))


def parts(rows: Sequence[T]) -> Iterable[Sequence[T]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
