"""Personal data of orders in MongoDB: a document of its own for each, deletable without losing the order."""

import time
from collections.abc import Collection, Mapping
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DeleteOne, UpdateOne

from adapters.memory.stated import milliseconds
from adapters.mongo.codec import dump, load
from adapters.mongo.combining import Combining
from adapters.mongo.grouped_inserts import GroupedInserts
from adapters.mongo.server_clock import ServerClock
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.claims.documents import State
from gateway.domain.claims.orphans import Fate, fate_of
from gateway.domain.ids import Rid
from gateway.domain.location import Address
from gateway.domain.order_facts import personal_words
from gateway.domain.personal import PersonalData


class People:
    """`waits_since` stands on a document until its order is known to be placed."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], bounds: Bounds, clock: ServerClock, combining: Combining | None = None
    ) -> None:
        self.bounds = bounds
        self.collection = database["personal"]
        self.fresh = GroupedInserts(self.collection, clock, bounds, combining or Combining())

    async def save(self, data: PersonalData) -> None:
        document = {"_id": data.rid, "words": list(personal_words(data)), "waits_since": now_ms(), "data": dump(data)}
        if not (await self.fresh.insert(lambda _now: document)).fresh:
            await repeated(lambda: self.collection.replace_one({"_id": data.rid}, document, upsert=True), self.bounds)

    async def add_address(self, rid: Rid, name: str, address: Address) -> None:
        words = list(personal_words(PersonalData(rid, address_by_group={name: address})))
        change = {
            "$set": {f"data.address_by_group.{name}": dump(address), "waits_since": now_ms()},
            "$setOnInsert": {"data.rid": rid},
            "$addToSet": {"words": {"$each": words}},
        }
        await repeated(lambda: self.collection.update_one({"_id": rid}, change, upsert=True), self.bounds)

    async def of(self, rids: Collection[Rid]) -> dict[Rid, PersonalData]:
        async def call() -> list[Document]:
            return await self.collection.find({"_id": {"$in": list(rids)}}).max_time_ms(self.bounds.command_ms).to_list(None)

        return {Rid(one["_id"]): load(PersonalData, one["data"]) for one in await repeated(call, self.bounds)}

    async def waiting(self, saved_before: datetime, limit: int) -> dict[Rid, int]:
        """Return since when documents wait that were saved before then, the oldest first."""

        async def call() -> list[Document]:
            cursor = self.collection.find({"waits_since": {"$lt": milliseconds(saved_before)}}, {"waits_since": 1})
            return await cursor.sort("waits_since", ASCENDING).limit(limit).max_time_ms(self.bounds.command_ms).to_list(limit)

        return {Rid(one["_id"]): one["waits_since"] for one in await repeated(call, self.bounds)}

    async def judge(self, since_by_rid: Mapping[Rid, int], state_by_rid: Mapping[Rid, State]) -> None:
        """Delete orphans, let go of what is kept, look at the rest later; each only if it was not saved again."""
        writes = [write(rid, since, fate_of(state_by_rid.get(rid))) for rid, since in since_by_rid.items()]
        if writes:
            await repeated(lambda: self.collection.bulk_write(writes, ordered=False), self.bounds)


def write(rid: Rid, since: int, fate: Fate) -> DeleteOne | UpdateOne:
    still = {"_id": rid, "waits_since": since}
    if fate == "ORPHAN":
        return DeleteOne(still)
    return UpdateOne(still, {"$unset": {"waits_since": ""}} if fate == "KEPT" else {"$set": {"waits_since": now_ms()}})


def now_ms() -> int:
    return time.time_ns() // 1_000_000
