"""Orders and holds in MongoDB: read by the facts that each write leaves in its document, written on the content that was read."""

import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import PyMongoError

from adapters.mongo.combining import Combining
from adapters.mongo.order_documents import order_of
from adapters.mongo.order_pages import Listing, page_of
from adapters.mongo.order_queries import FIELD_BY_SORT, Filter, WorkList, beginning, orders_that, orders_with_work, stretch, up_to
from adapters.mongo.order_store import OrderStore
from adapters.mongo.people import People
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.claims.documents import Acknowledged, Entry, OrderDoc, State
from gateway.domain.claims.meaning import Times, touched, with_content
from gateway.domain.errors import Unavailable
from gateway.domain.ids import ChannelCode, LocationCode, Rid
from gateway.domain.location import Address
from gateway.domain.order import Order
from gateway.domain.order_facts import search_words, sortable
from gateway.domain.ordering.outcomes import OutcomeCount
from gateway.domain.outbox import OutboxEntry
from gateway.domain.personal import PersonalData
from gateway.ports.order_book import FulfillmentQuery, OrderQuery, Overdue, Page, Record, WorkPlace, moment_of, record_of

MOST_PEOPLE = 1_000
"""Orders of so many people at most are looked for by a name; a longer search narrows it."""


class MongoOrderBook:
    def __init__(
        self,
        database: AsyncIOMotorDatabase[Document],
        times: Times | None = None,
        bounds: Bounds | None = None,
        combining: Combining | None = None,
    ) -> None:
        self.times, self.bounds = times or Times(), bounds or Bounds()
        self.store = OrderStore(database, self.bounds, combining)
        self.people = People(database, self.bounds, self.store.inserts.clock, combining)

    async def records(self, rids: Collection[Rid]) -> dict[Rid, Record]:
        if len(rids) == 1:
            reading = await self.store.read(next(iter(rids)))  # together with what others read
            return {reading.doc.rid: record_of(reading.doc)} if reading else {}
        found = await self._found({"_id": {"$in": list(rids)}})
        return {record.rid: record for record in found}

    async def by_number(self, numbers: Collection[str]) -> dict[str, Record]:
        found = await self._found({"facts.number": {"$in": list(numbers)}})
        return {record.order.number: record for record in found if record.order}

    async def by_reference(self, owner: str, reference: str) -> Record | None:
        found = await self._found({"owner": owner, "facts.reference": reference}, limit=1)
        return found[0] if found else None

    async def write(
        self,
        record: Record,
        order: Order,
        outbox: Sequence[OutboxEntry] = (),
        drop_waiting: Collection[int] = (),
        taken: Sequence[Acknowledged] = (),
    ) -> Record | None:
        entry = Entry(order, outbox=tuple(outbox), drop_waiting=tuple(drop_waiting), taken=tuple(taken))

        def meaning(doc: OrderDoc, now: int) -> OrderDoc | None:
            after = with_content(doc, record.v, entry)
            return touched(after, now) if after else None

        written = await self.store.change(record.rid, meaning)
        return record_of(written.doc) if written else None

    async def orders(self, query: OrderQuery, first: int, after: tuple[str, ...] | None) -> Page:
        conditions = [*orders_that(query), *await self._search(query.search)]
        listing = Listing(conditions, FIELD_BY_SORT[query.sort], descending=query.sort == "PLACED_AT_DESC")
        return await page_of(self.store.collection, listing, first, after, self.bounds)

    async def with_fulfillments(self, query: FulfillmentQuery, first: int, after: tuple[str, ...] | None) -> Page:
        listing = Listing(orders_with_work(query), "facts.due_at")
        return await page_of(self.store.collection, listing, first, after, self.bounds)

    async def unrouted(self, routable_at: datetime, limit: int, after: WorkPlace | None = None, skip: int = 0) -> Sequence[Record]:
        work = WorkList("facts.routes_from", up_to(routable_at), {"facts.waits_for_routing": True})
        return [record_of(order_of(document)) for document in await self._due(work, limit, after, skip)]

    async def awaiting_supply(self, after: Rid | None, limit: int) -> Sequence[Record]:
        return await self._found({"facts.waits_for_supply": True, "_id": {"$gt": after or ""}}, limit=limit, sort="_id")

    async def lapsing(self, limit: int, after: WorkPlace | None = None, skip: int = 0) -> Overdue:
        now = moment_of(await repeated(self.store.inserts.clock.now_ms, self.bounds))
        work = WorkList("facts.lapses_at", up_to(now))
        return Overdue(now, tuple(record_of(order_of(document)) for document in await self._due(work, limit, after, skip)))

    async def overdue(self, limit: int, after: WorkPlace | None = None, skip: int = 0) -> Mapping[Rid, int]:
        work = WorkList("recover", {"$lt": time.time_ns() // 1_000_000 - self.times.skew_ms, "$gt": 0}, fields={"recover": 1})
        return {Rid(document["_id"]): document["recover"] for document in await self._due(work, limit, after, skip)}

    async def claiming(self, after: Rid | None, limit: int) -> Sequence[Rid]:
        where = {"_id": {"$gt": after or ""}, "st": {"$in": ["HELD", "PLACED"]}, "claims": {"$ne": []}}
        cursor = self.store.collection.find(where, {"_id": 1}).sort("_id", ASCENDING).limit(limit)
        found = await repeated(lambda: cursor.clone().max_time_ms(self.bounds.command_ms).to_list(limit), self.bounds)
        return [Rid(one["_id"]) for one in found]

    async def sample(self, limit: int) -> Sequence[Rid]:
        """Read a stretch of numbers: they are spread evenly, so that an index finds orders of all times at random."""
        total = await repeated(self.store.collection.estimated_document_count, self.bounds)
        among = {"facts.number": stretch(limit / max(total, 1))}
        cursor = self.store.collection.find(among, {"st": 1, "claims.mid": 1}).limit(limit)
        found = await repeated(lambda: cursor.clone().max_time_ms(self.bounds.command_ms).to_list(limit), self.bounds)
        return [Rid(one["_id"]) for one in found if one["st"] == "PLACED" and one["claims"]]

    async def outcomes(self, since: datetime, until: datetime, most: int) -> Sequence[OutcomeCount]:
        within = {"facts.outcomes.at": {"$gte": sortable(since), "$lt": sortable(until)}}
        kind = {"channel": "$facts.channel", **{name: f"$facts.outcomes.{name}" for name in ("service", "places", "verdict")}}
        pipeline: list[Document] = [
            {"$match": within},
            {"$sort": {"facts.outcomes.at": DESCENDING}},
            {"$limit": most},
            {"$project": {"facts.channel": 1, "facts.outcomes": 1}},
            {"$unwind": "$facts.outcomes"},
            {"$match": within},
            {"$group": {"_id": kind, "n": {"$sum": 1}}},
        ]

        async def call() -> list[Document]:
            return await self.store.collection.aggregate(pipeline, maxTimeMS=self.bounds.command_ms).to_list(None)

        return [outcome_count(row) for row in await repeated(call, self.bounds)]

    async def save_personal(self, data: PersonalData) -> None:
        await self.people.save(data)

    async def add_address(self, rid: Rid, name: str, address: Address) -> None:
        await self.people.add_address(rid, name, address)

    async def personal(self, rids: Collection[Rid]) -> dict[Rid, PersonalData]:
        return await self.people.of(rids)

    async def purge_personal(self, saved_before: datetime, limit: int) -> int:
        waiting = await self.people.waiting(saved_before, limit)
        await self.people.judge(waiting, await self._states(waiting))
        return len(waiting)

    async def _states(self, rids: Collection[Rid]) -> dict[Rid, State]:
        async def call() -> list[Document]:
            cursor = self.store.collection.find({"_id": {"$in": list(rids)}}, {"st": 1})
            return await cursor.max_time_ms(self.bounds.command_ms).to_list(None)

        return {Rid(one["_id"]): one["st"] for one in await repeated(call, self.bounds)} if rids else {}

    async def watch(self) -> AsyncIterator[Rid]:
        try:
            async with self.store.collection.watch([{"$project": {"documentKey": 1}}]) as stream:
                async for change in stream:
                    yield Rid(change["documentKey"]["_id"])
        except PyMongoError as error:
            raise Unavailable("The stream of orders was lost; read again what you follow.") from error

    async def _search(self, search: str | None) -> list[Filter]:
        """Return the condition that the words are found in the order's own or in its customer's."""
        words = search_words(search or "")
        if not words:
            return []

        async def call() -> list[Document]:
            cursor = self.people.collection.find(beginning("words", words), {"_id": 1}).limit(MOST_PEOPLE)
            return await cursor.max_time_ms(self.bounds.command_ms).to_list(MOST_PEOPLE)

        people = [document["_id"] for document in await repeated(call, self.bounds)]
        return [{"$or": [beginning("facts.words", words), {"_id": {"$in": people}}]}]

    async def _due(self, work: WorkList, limit: int, after: WorkPlace | None, skip: int) -> list[Document]:
        async def call() -> list[Document]:
            cursor = self.store.collection.find(work.behind(after), work.fields).sort([(work.since, ASCENDING), ("_id", ASCENDING)])
            return await cursor.skip(skip).limit(limit).max_time_ms(self.bounds.command_ms).to_list(limit)

        return await repeated(call, self.bounds)

    async def _found(self, where: Filter, *, limit: int = 0, sort: str = "_id") -> list[Record]:
        async def call() -> list[Document]:
            cursor = self.store.collection.find(where).sort(sort, ASCENDING).limit(limit)
            return await cursor.max_time_ms(self.bounds.command_ms).to_list(None)

        return [record_of(order_of(document)) for document in await repeated(call, self.bounds)]


def outcome_count(row: Document) -> OutcomeCount:
    kind = row["_id"]
    places = tuple(LocationCode(place) for place in kind["places"])
    return OutcomeCount(ChannelCode(kind["channel"]), kind["service"], places, kind["verdict"], row["n"])
