"""Many documents at once, in parts that the server answers soon; what is new is inserted, which costs a tenth of an upsert."""

from collections.abc import Awaitable, Iterable, Sequence
from collections.abc import Collection as Set
from typing import TypeVar

from pymongo import DeleteOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, WTimeoutError

from adapters.mongo.writes import DUPLICATE_KEY, Bounds, Collection, Document, repeated
from gateway.domain.errors import Unavailable

T = TypeVar("T")
MOST_INSERTS, MOST_WRITES = 1_000, 250
"""Of one command."""
CHUNK = 100
"""Keys asked for at once: the embedded server needs a second for a thousand, and 20 ms for a hundred."""
Write = ReplaceOne[Document] | UpdateOne | DeleteOne


def parts(rows: Sequence[T], most: int) -> Iterable[Sequence[T]]:
    return (rows[start : start + most] for start in range(0, len(rows), most))


async def insert_new(collection: Collection, documents: Sequence[Document], bounds: Bounds) -> bool:
    """Insert what is not there yet; False when some was there, which stays as it is."""
    whole = True
    for part in parts(documents, MOST_INSERTS):
        try:
            refused = await repeated(lambda part=part: inserted(collection, part), bounds)  # type: ignore[misc]
        except BulkWriteError as error:
            raise Unavailable(f"The database refused documents of {collection.name}; try again.") from error
        whole = whole and not refused
    return whole


async def inserted(collection: Collection, documents: Sequence[Document]) -> set[int]:
    """Insert what is new; return the places of those that are not.

    Raises BulkWriteError for any other refusal, WTimeoutError, which passes, where no majority is known to have them.
    """
    try:
        await by_a_majority(collection.insert_many(documents, ordered=False))
    except BulkWriteError as error:
        faults = error.details["writeErrors"]
        if any(fault["code"] != DUPLICATE_KEY for fault in faults):
            raise
        return {fault["index"] for fault in faults}
    return set()


async def by_a_majority(work: Awaitable[T]) -> T:
    """Await a bulk of writes. Raises WTimeoutError, an unknown outcome, for what no majority is known to have, refused or not."""
    try:
        return await work
    except BulkWriteError as error:
        for late in error.details.get("writeConcernErrors", ()):
            raise WTimeoutError(late.get("errmsg", ""), late.get("code")) from error
        raise


async def write_each(collection: Collection, writes: Sequence[Write], bounds: Bounds) -> int:
    """Carry out writes that do not depend on each other; return how many documents they matched."""
    matched = 0
    for part in parts(writes, MOST_WRITES):
        try:
            result = await repeated(lambda part=part: by_a_majority(collection.bulk_write(list(part), ordered=False)), bounds)  # type: ignore[misc]
        except BulkWriteError as error:
            raise Unavailable(f"The database refused changes of {collection.name}; try again.") from error
        matched += result.matched_count
    return matched


async def put_each(collection: Collection, documents: Sequence[Document], known: Set[str], bounds: Bounds) -> None:
    """Insert or replace by `_id`; `known`: those that are surely there."""
    fresh = [document for document in documents if document["_id"] not in known]
    whole = await insert_new(collection, fresh, bounds)
    again = documents if not whole else [document for document in documents if document["_id"] in known]
    await write_each(collection, [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in again], bounds)
