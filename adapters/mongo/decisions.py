"""Decisions on where units come from, in MongoDB: a document for each; `waits_since` stands on it until its order is known to be placed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, DeleteMany, ReplaceOne, UpdateMany

from adapters.memory.stated import milliseconds
from adapters.mongo.codec import dump, load
from adapters.mongo.people import now_ms
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.ids import Rid
from gateway.domain.sourcing.decision import Decision


class MongoDecisions:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None, now_ms: Callable[[], int] = now_ms) -> None:
        self._decisions, self._bounds, self._now_ms = database["decisions"], bounds or Bounds(), now_ms

    async def save(self, decisions: Sequence[Decision]) -> None:
        writes = [ReplaceOne({"_id": one.id, "rid": one.rid}, self._document(one), upsert=True) for one in decisions]
        if writes:
            await repeated(lambda: self._decisions.bulk_write(writes, ordered=False), self._bounds)

    def _document(self, one: Decision) -> Document:
        return {
            "_id": one.id,
            "rid": one.rid,
            "at": milliseconds(one.decided_at),
            "group": one.group,
            "waits_since": self._now_ms(),
            "data": dump(one),
        }

    async def of(self, rid: Rid, limit: int) -> Sequence[Decision]:
        async def call() -> list[Document]:
            cursor = self._decisions.find({"rid": rid}).sort([("at", DESCENDING), ("group", DESCENDING), ("_id", DESCENDING)])
            return await cursor.limit(limit).max_time_ms(self._bounds.command_ms).to_list(limit)

        return [load(Decision, one["data"]) for one in await repeated(call, self._bounds)]

    async def decision(self, decision_id: Rid) -> Decision | None:
        found: Any = await repeated(lambda: self._decisions.find_one({"_id": decision_id}), self._bounds)
        return load(Decision, found["data"]) if found else None

    async def waiting(self, saved_before: datetime, limit: int) -> Mapping[Rid, int]:
        async def call() -> list[Document]:
            cursor = self._decisions.find({"waits_since": {"$lt": milliseconds(saved_before)}}, {"rid": 1, "waits_since": 1})
            return await cursor.sort("waits_since", ASCENDING).limit(limit).max_time_ms(self._bounds.command_ms).to_list(limit)

        since: dict[Rid, int] = {}
        for one in await repeated(call, self._bounds):
            since[Rid(one["rid"])] = max(one["waits_since"], since.get(Rid(one["rid"]), 0))
        return since

    async def settle(self, since_by_rid: Mapping[Rid, int], kept: Collection[Rid], orphans: Collection[Rid]) -> None:
        writes = [self._settled(rid, since, kept, orphans) for rid, since in since_by_rid.items()]
        if writes:
            await repeated(lambda: self._decisions.bulk_write(writes, ordered=False), self._bounds)

    def _settled(self, rid: Rid, since: int, kept: Collection[Rid], orphans: Collection[Rid]) -> DeleteMany | UpdateMany:
        still = {"rid": rid, "waits_since": {"$lte": since}}
        if rid in orphans:
            return DeleteMany(still)
        return UpdateMany(still, {"$unset": {"waits_since": ""}} if rid in kept else {"$set": {"waits_since": self._now_ms()}})
