"""Every query of the adapter finds its documents by an index, but for the few that mean to read a whole collection."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import monitoring

from adapters.mongo.catalogue_store import MongoCatalogueStore
from adapters.mongo.claims import MongoClaims
from adapters.mongo.feed_store import MongoFeedStore
from adapters.mongo.inbox import MongoInbox
from adapters.mongo.indexes import ensure_order_indexes
from adapters.mongo.leases import MongoLeases
from adapters.mongo.location_store import MongoLocationStore
from adapters.mongo.movement_log import MovementLog
from adapters.mongo.order_book import MongoOrderBook
from adapters.mongo.outbox import MongoOutbox
from adapters.mongo.projection_indexes import ensure_projection_indexes
from adapters.mongo.stock_book import MongoStockBook
from adapters.mongo.writes import Bounds
from gateway.domain.catalogue import Product
from gateway.domain.claims.acknowledging import acknowledge
from gateway.domain.claims.documents import Acknowledged, Entry, OrderDoc
from gateway.domain.claims.figures import Reach
from gateway.domain.claims.programs import Pick, Request, cancel, place_hold, reserve
from gateway.domain.ids import LocationCode, Rid, Sku, SourceCode, rid_of, stock_key
from gateway.domain.personal import PersonalData
from gateway.ports.ledger import Difference, Statement, Supply
from gateway.ports.order_book import FulfillmentQuery, HandOverQuery, OrderQuery
from gateway.ports.stores import FeedState
from tests.contracts.claims import Elsewhere, as_it_is
from tests.domain.retailer import PLACES, WAREHOUSE
from tests.support.orders import message, order

WHOLE = {
    "acknowledged": "positions that wait for a complete pass: as many as claims are on their way",
    "feeds": "one document a feed: dozens",
    "locations": "read into the process when their version rises: hundreds",
    "overdrawn": "positions of which more is promised than there is: few, or a person is busy with them",
    "products": "read into the process when their version rises",
    "stock": "the view's one reading at start, in batches",
}
"""Collections that are read whole, and why that is bounded."""
WMS, SKU = SourceCode("wms"), Sku("A")
KEY = stock_key(SKU, WAREHOUSE)
RID, OTHER = rid_of("buyer", "reserve", "a"), rid_of("buyer", "reserve", "b")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
Shape = tuple[str, str]


class Heard(monitoring.CommandListener):
    """Keeps the filter and the order of every query, once for each shape."""

    def __init__(self) -> None:
        self.queries: dict[Shape, tuple[str, dict[str, Any], dict[str, Any]]] = {}
        self.writes: list[dict[str, Any]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        for collection, where, order_by in queries(event.command_name, event.command):
            self.queries[collection, shape(where, order_by)] = (collection, where, order_by)
            if event.command_name in {"update", "delete", "findAndModify"}:
                self.writes.append(where)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing more is told."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing more is told."""


def queries(name: str, command: Any) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    if name == "find":
        yield command["find"], command.get("filter", {}), dict(command.get("sort", {}))
    elif name == "aggregate" and "$match" in command["pipeline"][0]:
        yield command["aggregate"], command["pipeline"][0]["$match"], {}
    elif name == "update":
        yield from ((command["update"], one["q"], {}) for one in command["updates"])
    elif name == "delete":
        yield from ((command["delete"], one["q"], {}) for one in command["deletes"])
    elif name == "findAndModify":
        yield command["findAndModify"], command["query"], {}


def shape(where: Any, order_by: dict[str, Any]) -> str:
    return json.dumps([fields(where), order_by], sort_keys=True)


def fields(where: Any) -> Any:
    """Return a filter without its values."""
    if isinstance(where, dict):
        return {name: fields(value) for name, value in where.items()}
    return [fields(one) for one in where[:1] if isinstance(one, dict)] if isinstance(where, list) else "?"


@pytest.fixture
async def heard(mongo_uri: str, database_name: str) -> AsyncIterator[tuple[Heard, AsyncIOMotorDatabase[dict[str, Any]]]]:
    listener = Heard()
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo_uri, tz_aware=True, event_listeners=[listener])
    yield listener, client[database_name]
    await client.drop_database(database_name)
    client.close()


async def ask_everything(database: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
    await ask_the_ledger(database)
    await ask_orders(database)
    await ask_the_rest(database)


async def ask_the_ledger(database: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
    book, claims = MongoStockBook(database), MongoClaims(database)
    await book.state_all(WMS, [Statement(stock_key(Sku(f"S{n}"), WAREHOUSE), 5, 0, 5, NOW) for n in range(150)])
    await book.state_all(WMS, [Statement(KEY, 10, 0, 5, NOW)])
    await book.apply_differences(WMS, [Difference(KEY, "e1", -1, NOW, order=6)])
    await book.supply(WMS, [Supply(KEY, "inbound", ())])
    write = lambda doc: Entry(order(doc.rid), outbox=(message(doc.rid, mids=tuple(claim.mid for claim in doc.claims)),))  # noqa: E731 - as programs take it
    for rid in (RID, OTHER):
        held = await claims.run(reserve(Request(rid, "fp", [Pick(KEY, 2)], Elsewhere(), lambda _: Entry(), hold_ms=60_000)))
        assert isinstance(held, OrderDoc)
        assert held.st == "HELD"
    await claims.run(place_hold(RID, Rid("K1"), "fp", as_it_is, write))
    await claims.run(cancel(OTHER))
    placed = await MongoOrderBook(database).records([RID])
    await claims.run(acknowledge([Acknowledged(claim, 9) for claim in placed[RID].claims]))
    await book.advance(WMS, [WAREHOUSE], Reach(9))
    await book.unlisted(WAREHOUSE, frozenset({SKU}))
    await book.zero_unlisted(WMS, WAREHOUSE, frozenset({SKU}), Reach(12), NOW + timedelta(minutes=1))
    await book.state_all(WMS, [Statement(KEY, 0, 0, 13, NOW)])
    await book.call(KEY, [RID])
    await book.overdrawn()
    await book.forget_overdrawn(KEY)


async def ask_orders(database: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
    book, outbox = MongoOrderBook(database), MongoOutbox(database)
    record = (await book.records([RID]))[RID]
    assert record.order
    await book.save_personal(PersonalData(RID, name="Camille"))
    await book.personal([RID])
    await book.by_number([record.order.number])
    await book.by_reference("storefront/s1", "R-1")
    await book.store.holdings("storefront/s1")
    await book.overdue(10, (1, RID), 1)
    await book.unrouted(NOW, 10, ("2", RID), 1)
    await book.lapsing(10, ("2", RID), 1)
    await book.write(record, record.order)
    for query in listings():
        page = await book.orders(query, 1, None)
        if page.end:
            await book.orders(query, 1, page.end)
    await book.with_fulfillments(FulfillmentQuery(locations=(WAREHOUSE,), states=("OFFERED",)), 10, None)
    await outbox.entries(HandOverQuery(sources=(WMS,), states=("WAITING",)), 10, None)
    await outbox.counts()
    claimed = await outbox.claim("relay", [WMS], datetime.now(UTC), 30)
    assert claimed
    announced = await outbox.announce(*claimed, datetime.now(UTC), 30)
    assert announced
    await outbox.settle(RID, announced.outbox[0])


def listings() -> list[OrderQuery]:
    sorts = [OrderQuery(sort=sort) for sort in ("PLACED_AT_DESC", "PLACED_AT", "UPDATED_AT", "PROMISED_UNTIL")]
    return [*sorts, OrderQuery(search="camille"), OrderQuery(owner="storefront/s1"), OrderQuery(location=LocationCode("here"))]


async def ask_the_rest(database: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
    catalogue, locations, feeds = MongoCatalogueStore(database), MongoLocationStore(database), MongoFeedStore(database)
    await catalogue.save([Product(SKU, "A")])
    await catalogue.save([Product(SKU, "B")])
    await locations.save(list(PLACES.values()))
    await locations.locations()
    await MovementLog(database, Bounds()).of_claim(KEY, "mid")
    await feeds.save(FeedState(WMS, "stock"))
    await feeds.feed(WMS, "stock")
    await feeds.feeds()
    inbox, leases = MongoInbox(database), MongoLeases(database)
    await inbox.seen(WMS, ["e1"])
    await inbox.unseen(WMS, ["e1"])
    await leases.acquire("sync", "me", 10)
    await leases.release("sync", "me")
    async for _ in MongoStockBook(database).scan():
        pass


def conditions(where: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each field that a filter binds, with how."""
    for name, wanted in where.items():
        if name == "$and":
            for part in wanted:
                yield from conditions(part)
        elif isinstance(wanted, dict) and "$elemMatch" in wanted:
            yield from ((f"{name}.{inner}", how) for inner, how in conditions(wanted["$elemMatch"]))
        else:
            yield name, wanted


def binds(how: Any) -> bool:
    """Tell whether an index on the field narrows the search: a value, values, a range, or how a text begins."""
    if not isinstance(how, dict) or not next(iter(how), "").startswith("$"):
        return True
    return bool(how.keys() & {"$eq", "$in", "$gt", "$gte", "$lt", "$lte"}) or str(how.get("$regex", "")).startswith("^")


def is_served(where: dict[str, Any], order_by: dict[str, Any], indexes: list[list[str]]) -> bool:
    """Tell whether an index finds the documents, or brings them in the order that is asked for."""
    bound = dict(conditions(where))
    alternatives = bound.pop("$or", [])
    sorted_by = [*order_by] != ["_id"] and any(index[: len(order_by)] == [*order_by] for index in indexes if order_by)
    found = any(index[0] in bound and binds(bound[index[0]]) for index in indexes)
    return found or sorted_by or (bool(alternatives) and all(is_served(one, {}, indexes) for one in alternatives))


async def test_every_query_uses_an_index(heard: tuple[Heard, AsyncIOMotorDatabase[dict[str, Any]]]) -> None:
    """Judged by the rules of MongoDB itself: the embedded server's own plans name an index for fewer queries than use one."""
    listener, database = heard
    await ensure_order_indexes(database)
    await ensure_projection_indexes(database)
    await ask_everything(database)
    indexes = {name: [["_id"]] for name in await database.list_collection_names()}
    for name, found in indexes.items():
        found += [[field for field, _ in index["key"]] for index in (await database[name].index_information()).values()]
    asked = list(listener.queries.values())
    assert {collection for collection, _, _ in asked} >= {"orders", "stock", "personal", "movements", *WHOLE}
    found_by_scan = [
        (name, where, order_by) for name, where, order_by in asked if not is_served(where, order_by, indexes.get(name, [["_id"]]))
    ]
    assert [one for one in found_by_scan if one[1] and not is_count(*one)] == []
    assert {name for name, where, _ in found_by_scan if not where} <= WHOLE.keys()


def is_count(collection: str, where: dict[str, Any], order_by: dict[str, Any]) -> bool:
    """The count of a list: it ends when as many were found as people look at, or when its time is over."""
    return collection == "orders" and "facts" in dict(conditions(where)) and not order_by


async def test_no_unique_index_but_that_of_ids_stands_in_the_way_of_shards(database: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
    """A unique index must begin with the shard key, which is the hash of `_id`: there can be no other."""
    await ensure_order_indexes(database)
    await ensure_projection_indexes(database)
    for name in await database.list_collection_names():
        unique = [index["key"] for index in (await database[name].index_information()).values() if index.get("unique")]
        assert [key for key in unique if key != [("_id", 1)]] == []


async def test_every_write_names_its_document(heard: tuple[Heard, AsyncIOMotorDatabase[dict[str, Any]]]) -> None:
    """So that it goes to one shard, and is one conditional write of one document."""
    listener, database = heard
    await ask_everything(database)
    assert listener.writes
    assert [write for write in listener.writes if "_id" not in write] == []
