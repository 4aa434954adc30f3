"""Readings and writes of order documents, those of many callers in one command; each write is conditional on its own document.

A command whose answer is lost leaves each of its callers not knowing; every write carries a mark by which it is known when the document
is read again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.mongo.combining import Combining
from adapters.mongo.gathering import Gathering
from adapters.mongo.grouped_inserts import FLIGHTS
from adapters.mongo.moment import NOW_MS, expression, is_timed
from adapters.mongo.writes import Bounds, Collection, Document, repeated, update_each
from gateway.domain.ids import Rid


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
    def __init__(self, collection: Collection, bounds: Bounds, combining: Combining) -> None:
        self.collection, self.bounds = collection, bounds
        self._changes = Gathering(self._change, combining.most, FLIGHTS)
        self._reads = Gathering(self._read, combining.most, FLIGHTS)

    async def read(self, rid: Rid) -> Document | None:
        """Return a document, with the server's time as `now`; None: there is none."""
        found = await self._reads.ask(rid)
        return (found or (await repeated(lambda: self._read([rid]), self.bounds))[0]).document

    async def change(self, change: Change) -> bool | None:
        """Tell whether it applied; None: unknown."""
        return await self._changes.ask(change)

    async def change_alone(self, change: Change) -> bool:
        return bool((await self._change([change]))[0])

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
