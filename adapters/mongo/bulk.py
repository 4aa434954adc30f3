"""Many documents at once, in parts that the server answers soon; what is new is inserted, which costs a tenth of an upsert."""

from collections.abc import Awaitable, Iterable, Sequence
from collections.abc import Collection as Set
from typing import TypeVar

from pymongo import DeleteOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, OperationFailure, WTimeoutError

from adapters.mongo.writes import DUPLICATE_KEY, PASSING, Bounds, Collection, Document, repeated
from gateway.domain.errors import Unavailable

T = TypeVar("T")
MOST_INSERTS, MOST_WRITES = 1_000, 250
"""Of one command."""
CHUNK = 100
"""Keys asked for at once: the embedded server needs a second for a thousand, and 20 ms for a hundred."""
Write = ReplaceOne[Document] | UpdateOne | DeleteOne


class BulkRefused(OperationFailure):
    """The server refused some of many writes for good; its code says why."""


def parts(rows: Sequence[T], most: int) -> Iterable[Sequence[T]]:
    return (rows[start : start + most] for start in range(0, len(rows), most))


async def insert_new(collection: Collection, documents: Sequence[Document], bounds: Bounds) -> bool:
    """Insert what is not there yet; False when some was there, which stays as it is."""
    whole = True
    for part in parts(documents, MOST_INSERTS):
        try:
            refused = await repeated(lambda part=part: inserted(collection, part), bounds)  # type: ignore[misc]
        except BulkRefused as error:
            raise Unavailable(f"The database refused documents of {collection.name}; try again.") from error
        whole = whole and not refused
    return whole


async def inserted(collection: Collection, documents: Sequence[Document]) -> set[int]:
    """Insert what is new; return the places of those that are not.

    Raises BulkRefused for any other refusal, and what passes where a repeat may succeed or no majority is known to have them.
    """
    _, faults = await by_a_majority(collection.insert_many(documents, ordered=False), frozenset({DUPLICATE_KEY}))
    return {fault["index"] for fault in faults}


async def by_a_majority(work: Awaitable[T], expected: frozenset[int] = frozenset()) -> tuple[T | None, Sequence[Document]]:
    """Await a bulk of writes; return its result, or the refusals where all have `expected` codes.

    Raises WTimeoutError, an unknown outcome, for what no majority is known to have, refused or not; what passes for refusals that do; else
    BulkRefused. None holds the driver's error or its text: that quotes whole documents.
    """
    try:
        return await work, ()
    except BulkWriteError as error:
        faults, late = error.details.get("writeErrors", ()), error.details.get("writeConcernErrors", ())
    if late:
        raise WTimeoutError("no majority is known to have it", late[0].get("code"))
    for code in sorted({fault["code"] for fault in faults} - expected, key=lambda code: code not in PASSING):
        told = f"refused with code {code}"
        raise OperationFailure(told, code) if code in PASSING else BulkRefused(told, code)
    return None, faults


async def write_each(collection: Collection, writes: Sequence[Write], bounds: Bounds) -> int:
    """Carry out writes that do not depend on each other; return how many documents they matched."""
    matched = 0
    for part in parts(writes, MOST_WRITES):
        try:
            result, _ = await repeated(lambda part=part: by_a_majority(collection.bulk_write(list(part), ordered=False)), bounds)  # type: ignore[misc]
        except BulkRefused as error:
            raise Unavailable(f"The database refused changes of {collection.name}; try again.") from error
        matched += result.matched_count if result else 0
    return matched


async def put_each(collection: Collection, documents: Sequence[Document], known: Set[str], bounds: Bounds) -> None:
    """Insert or replace by `_id`; `known`: those that are surely there."""
    fresh = [document for document in documents if document["_id"] not in known]
    whole = await insert_new(collection, fresh, bounds)
    again = documents if not whole else [document for document in documents if document["_id"] in known]
    await write_each(collection, [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in again], bounds)
