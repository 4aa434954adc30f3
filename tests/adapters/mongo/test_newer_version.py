"""A newer version runs beside this one: what only that one knows of a document stands after this one's writes, too."""

from datetime import UTC, datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.claims import MongoClaims
from adapters.mongo.order_book import MongoOrderBook
from adapters.mongo.order_documents import KNOWN as KNOWN_OF_ORDERS
from adapters.mongo.order_documents import order_document
from adapters.mongo.stock_book import MongoStockBook
from adapters.mongo.stock_documents import KNOWN as KNOWN_OF_STOCK
from adapters.mongo.stock_documents import stock_document
from gateway.domain.claims.documents import Entry, OrderDoc, StockDoc
from gateway.domain.claims.programs import Pick, Request, place_hold, reserve
from gateway.domain.claims.supply import peg_of
from gateway.domain.ids import Rid, rid_of
from gateway.domain.stock import Inbound
from tests.contracts.claims import Elsewhere, as_it_is, nothing
from tests.contracts.stock_book import KEY, WMS, figure
from tests.support.orders import order

Database = AsyncIOMotorDatabase[dict[str, Any]]
RID = rid_of("buyer", "reserve", "a")
NEWER = {"gift_note": [{"text": "$for you"}], "shade": {"a.b": None}}


async def plant(database: Database, **lots: tuple[Inbound, ...]) -> None:
    await database["stock"].insert_one(stock_document(StockDoc(KEY, WMS, 5, 5, lots=lots)) | NEWER)


async def kept(database: Database, collection: str, key: str) -> bool:
    found = await database[collection].find_one({"_id": key})
    assert found is not None
    return {name: found.get(name) for name in NEWER} == NEWER


async def test_fields_of_an_order_stay_through_every_kind_of_write(database: Database) -> None:
    await plant(database)
    claims, book = MongoClaims(database), MongoOrderBook(database)
    await claims.run(reserve(Request(RID, "fp", [Pick(KEY, 2)], Elsewhere(), nothing, hold_ms=60_000)))
    await database["orders"].update_one({"_id": RID}, {"$set": NEWER})
    await claims.run(place_hold(RID, Rid("K1"), "fp", as_it_is, lambda doc: Entry(order(doc.rid))))
    assert await kept(database, "orders", RID)
    record = (await book.records([RID]))[RID]
    written = await book.write(record, order(RID, reference="new"))
    assert written is not None
    assert await kept(database, "orders", RID)


async def test_fields_of_a_position_stay_through_claims_figures_and_claims_on_supply_to_come(database: Database) -> None:
    lot = Inbound("PURCHASE_ORDER", 9, 9, datetime.now(UTC) + timedelta(days=1), "PO.1")
    await plant(database, po=(lot,))
    claims, book = MongoClaims(database), MongoStockBook(database)
    now = 60_000
    pegged = Pick(KEY, 2, peg=peg_of("po", lot))
    held = await claims.run(reserve(Request(RID, "fp", [pegged], Elsewhere(), nothing, hold_ms=now)))
    assert isinstance(held, OrderDoc)
    assert held.st == "HELD"
    assert await kept(database, "stock", KEY)
    await claims.run(reserve(Request(rid_of("buyer", "reserve", "b"), "fp", [Pick(KEY, 1)], Elsewhere(), nothing, hold_ms=now)))
    await book.state_all(WMS, [figure(12, 4)])
    found = await database["stock"].find_one({"_id": KEY})
    assert found is not None
    assert (found["q"], await kept(database, "stock", KEY)) == (12, True)


def test_every_field_that_this_version_writes_is_one_that_it_knows() -> None:
    whole = OrderDoc(RID, "fp", "NEW", owner="o", beside=NEWER)
    assert order_document(whole).keys() - KNOWN_OF_ORDERS == NEWER.keys()
    assert stock_document(StockDoc(KEY, WMS, 5, 5, beside=NEWER)).keys() - KNOWN_OF_STOCK == NEWER.keys()
