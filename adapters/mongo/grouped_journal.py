"""Writes of order documents, those of many callers in one command: inserts, and updates that are each conditional on their own document.

A command whose answer is lost leaves each of its callers not knowing; every write carries a mark by which it is known when the document
is read again.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pymongo.errors import BulkWriteError

from adapters.mongo.combining import Combining
from adapters.mongo.gathering import Gathering
from adapters.mongo.moment import NOW_MS, expression, is_timed
from adapters.mongo.server_clock import ServerClock
from adapters.mongo.writes import DUPLICATE_KEY, Bounds, Collection, Document, repeated, update_each
from gateway.domain.ids import Rid

FLIGHTS = 2
"""Commands of one kind under way at once, so that one that is slow does not stop all others."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """Makes a new document from the server's time."""

    document: Callable[[int], Document]


@dataclass(frozen=True, slots=True)
class Inserted:
    """`now_ms`: what was the server's time `at` that moment of ours; `applied` False: there is one of this `_id` already."""

    now_ms: int
    at: float
    applied: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A document that takes the place of one at `rev`, known by its mark. `fence`: what must hold on the server, too."""

    document: Document
    rev: int
    mark: str
    fence: Document | None = None

    @property
    def rid(self) -> Rid:
        return Rid(self.document["_id"])

    @property
    def is_known(self) -> bool:
        """Tell whether the document can be written as it stands, by nobody's clock."""
        return self.fence is None and not is_timed(self.document)


@dataclass(frozen=True, slots=True)
class Found:
    """What a reading found; None: nothing."""

    document: Document | None


class GroupedJournal:
    def __init__(self, collection: Collection, clock: ServerClock, bounds: Bounds, combining: Combining) -> None:
        self.collection, self.clock, self.bounds = collection, clock, bounds
        self._inserts = Gathering(self._insert, combining.most, FLIGHTS)
        self._changes = Gathering(self._change, combining.most, FLIGHTS)
        self._reads = Gathering(self._read, combining.most, FLIGHTS)

    async def read(self, rid: Rid) -> Document | None:
        """Return a document, with the server's time as `now`; None: there is none."""
        found = await self._reads.ask(rid)
        return (found or (await repeated(lambda: self._read([rid]), self.bounds))[0]).document

    async def insert(self, insertion: Insertion) -> Inserted | None:
        return await self._inserts.ask(insertion)

    async def insert_alone(self, insertion: Insertion) -> Inserted:
        return (await self._insert([insertion]))[0]

    async def change(self, change: Change) -> bool | None:
        """Tell whether it applied; None: unknown."""
        return await self._changes.ask(change)

    async def change_alone(self, change: Change) -> bool:
        return bool((await self._change([change]))[0])

    async def _insert(self, insertions: Sequence[Insertion]) -> list[Inserted]:
        async with asyncio.timeout(self.bounds.answer_s):
            now, at = await self.clock.now_ms(), time.monotonic()
            refused: set[int] = set()
            try:
                await self.collection.insert_many([one.document(now) for one in insertions], ordered=False)
            except BulkWriteError as error:
                faults = error.details["writeErrors"]
                if error.details["writeConcernErrors"] or any(fault["code"] != DUPLICATE_KEY for fault in faults):
                    raise
                refused = {fault["index"] for fault in faults}
        return [Inserted(now, at, n not in refused) for n in range(len(insertions))]

    async def _change(self, changes: Sequence[Change]) -> list[bool | None]:
        async with asyncio.timeout(self.bounds.answer_s):
            counts = await update_each(self.collection, statements(changes), self.bounds)
            if counts["nModified"] == len(changes):
                return [True] * len(changes)
            if len(changes) == 1:
                return [False]
            return await self._recognized(changes)

    async def _read(self, rids: Sequence[Rid]) -> list[Found]:
        pipeline: list[Document] = [{"$match": {"_id": {"$in": list(set(rids))}}}, {"$addFields": {"now": NOW_MS}}]
        async with asyncio.timeout(self.bounds.answer_s):
            documents = await self.collection.aggregate(pipeline, maxTimeMS=self.bounds.command_ms).to_list(None)
        by_rid = {document["_id"]: document for document in documents}
        return [Found(by_rid.get(rid)) for rid in rids]

    async def _recognized(self, changes: Sequence[Change]) -> list[bool | None]:
        """Look which of them applied: a command tells only how many."""
        cursor = self.collection.find({"_id": {"$in": [change.rid for change in changes]}}, {"marks": 1})
        found = await cursor.max_time_ms(self.bounds.command_ms).to_list(None)
        marks = {document["_id"]: document["marks"] for document in found}
        return [change.mark in marks.get(change.rid, ()) for change in changes]


def statements(changes: Sequence[Change]) -> list[Document]:
    """Return one update for all whose documents are known, which costs the server much less than one for each, and one for each other."""
    known = {change.rid: change for change in reversed(changes) if change.is_known}
    alone = [change for change in changes if not (len(known) > 1 and known.get(change.rid) is change)]
    return [*([together(list(known.values()))] if len(known) > 1 else []), *(replacement(change) for change in alone)]


def replacement(change: Change) -> Document:
    unchanged: Document = {"$eq": ["$rev", change.rev]}  # in the filter it would keep the server from using the key alone
    holds = {"$and": [unchanged, change.fence]} if change.fence else unchanged
    return {"q": {"_id": change.rid}, "u": [{"$replaceWith": {"$cond": [holds, expression(change.document), "$$ROOT"]}}]}


def together(changes: Sequence[Change]) -> Document:
    """Replace each document by its own next one, where it is still at the revision that this was made from."""
    rids = [change.rid for change in changes]
    following = [{"rev": change.rev, "document": change.document} for change in changes]
    own = {"$arrayElemAt": [{"$literal": following}, {"$indexOfArray": [{"$literal": rids}, "$_id"]}]}
    replaced = {"$cond": [{"$eq": ["$rev", "$$own.rev"]}, "$$own.document", "$$ROOT"]}
    return {"q": {"_id": {"$in": rids}}, "u": [{"$replaceWith": {"$let": {"vars": {"own": own}, "in": replaced}}}], "multi": True}
