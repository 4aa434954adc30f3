"""The messages owed to sources, in the order documents: each step of a relay is one write on the revision that was read."""

import random
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from functools import partial

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from adapters.mongo.combining import Combining
from adapters.mongo.order_documents import order_of
from adapters.mongo.order_pages import MOST_COUNTED, Listing, page_of
from adapters.mongo.order_queries import elements, message_that, orders_with_messages, together
from adapters.mongo.order_store import OrderStore, Reading
from adapters.mongo.server_clock import ServerClock
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.claims.documents import OrderDoc
from gateway.domain.claims.meaning import touched
from gateway.domain.ids import Rid, SourceCode
from gateway.domain.network import HandOverClass
from gateway.domain.order_facts import sortable
from gateway.domain.outbox import HandOverState, OutboxEntry, Resolution
from gateway.domain.outbox_line import (
    OPEN,
    Relay,
    announced,
    doubted,
    due,
    leased,
    let_go,
    of_number,
    resolved,
    settled,
    vouched,
    with_message,
)
from gateway.ports.order_book import HandOverQuery, Page, Record, moment_of, record_of

CANDIDATES = 16
"""Orders with a due message that a relay looks at; it begins at any of them, so that relays seldom meet."""


class MongoOutbox:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None, combining: Combining | None = None) -> None:
        self.bounds = bounds or Bounds()
        self.store = OrderStore(database, self.bounds, combining)
        self.clock = ServerClock(database, self.bounds)

    async def now(self) -> datetime:
        return moment_of(await repeated(self.clock.now_ms, self.bounds))

    async def claim(self, relay: str, sources: Collection[SourceCode], now: datetime, lease_s: float) -> tuple[Record, OutboxEntry] | None:
        candidates = await self._due(sources, now)
        random.shuffle(candidates)
        for candidate in candidates:
            holder = Relay(f"{relay}/{secrets.token_hex(4)}", now, lease_s)
            taken = await self._changed(candidate.doc.rid, partial(leased_by, sources=sources, holder=holder), candidate)
            entry = next((entry for entry in taken.outbox if entry.lease == holder.name), None) if taken else None
            if taken and entry:
                return record_of(taken), entry
        return None

    async def announce(self, record: Record, entry: OutboxEntry, now: datetime, lease_s: float) -> Record | None:
        holder = Relay(entry.lease or "", now, lease_s)
        after = await self._changed(record.rid, lambda doc, _now: announced(doc, record.v, entry, holder))
        if after is None:
            await self._changed(record.rid, lambda doc, _now: let_go(doc, record.v, entry, now))
        return record_of(after) if after else None

    async def settle(self, rid: Rid, entry: OutboxEntry) -> bool:
        return await self._changed(rid, lambda doc, now: settled(doc, entry, now)) is not None

    async def resolve(self, rid: Rid, n: int, word: Resolution) -> OutboxEntry | None:
        after = await self._changed(rid, lambda doc, now: resolved(doc, n, word, now))
        return of_number(after, n) if after else None

    async def vouch(self, rid: Rid, n: int, reference: str | None) -> OutboxEntry | None:
        after = await self._changed(rid, lambda doc, now: vouched(doc, n, reference, now))
        return of_number(after, n) if after else None

    async def doubt(self, rid: Rid, n: int, hand_over: HandOverClass | None) -> OutboxEntry | None:
        after = await self._changed(rid, lambda doc, now: doubted(doc, n, hand_over, now))
        return of_number(after, n) if after else None

    async def entries(self, query: HandOverQuery, first: int, after: tuple[str, ...] | None) -> Page:
        listing = Listing(orders_with_messages(query), "facts.placed_at", descending=True)
        page = await page_of(self.store.collection, listing, first, after, self.bounds)
        return replace(page, total=await self._total(query))

    async def counts(self) -> dict[SourceCode, dict[HandOverState, int]]:
        open_states = sorted(OPEN)
        pipeline: list[Document] = [
            {"$match": {"messages.state": {"$in": open_states}}},
            {"$unwind": "$messages"},
            {"$match": {"messages.state": {"$in": open_states}}},
            {"$group": {"_id": {"source": "$messages.source", "state": "$messages.state"}, "n": {"$sum": 1}}},
        ]

        async def call() -> list[Document]:
            return await self.store.collection.aggregate(pipeline, maxTimeMS=self.bounds.command_ms).to_list(None)

        counted: dict[SourceCode, dict[HandOverState, int]] = defaultdict(dict)
        for row in await repeated(call, self.bounds):
            counted[SourceCode(row["_id"]["source"])][row["_id"]["state"]] = row["n"]
        return dict(counted)

    async def _total(self, query: HandOverQuery) -> int | None:
        pipeline: list[Document] = [
            {"$match": together(orders_with_messages(query))},
            {"$unwind": "$messages"},
            {"$match": {f"messages.{name}": test for name, test in message_that(query).items()}},
            {"$limit": MOST_COUNTED + 1},
            {"$group": {"_id": None, "n": {"$sum": 1}}},
        ]

        async def call() -> list[Document]:
            return await self.store.collection.aggregate(pipeline, maxTimeMS=self.bounds.command_ms).to_list(None)

        found = await repeated(call, self.bounds)
        total = int(found[0]["n"]) if found else 0
        return total if total <= MOST_COUNTED else None

    async def _due(self, sources: Collection[SourceCode], now: datetime) -> list[Reading]:
        where = together(elements("due", {"source": {"$in": sorted(sources)}, "at": {"$lte": sortable(now)}}))

        async def call() -> list[Document]:
            cursor = self.store.collection.find(where).sort("due.at", ASCENDING).limit(CANDIDATES)
            return await cursor.max_time_ms(self.bounds.command_ms).to_list(CANDIDATES)

        found, server_ms = await repeated(call, self.bounds), await repeated(self.clock.now_ms, self.bounds)
        return [Reading(order_of(one), server_ms, time.monotonic(), tuple(one["marks"])) for one in found]

    async def _changed(
        self, rid: Rid, meaning: Callable[[OrderDoc, datetime], OrderDoc | None], known: Reading | None = None
    ) -> OrderDoc | None:
        """Write what becomes of an order at the server's time."""

        def written(doc: OrderDoc, now: int) -> OrderDoc | None:
            after = meaning(doc, moment_of(now))
            return touched(after, now) if after else None

        reading = await self.store.change(rid, written, known=known)
        return reading.doc if reading else None


def leased_by(doc: OrderDoc, _now: datetime, sources: Collection[SourceCode], holder: Relay) -> OrderDoc | None:
    entry = due(doc.outbox, sources, holder.now)
    return with_message(doc, leased(entry, holder)) if entry else None
