"""What becomes of the protocol when the database's answers are lost, or the database is away."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.claims import MongoClaims
from adapters.mongo.client import client_of
from adapters.mongo.order_book import MongoOrderBook
from adapters.mongo.stock_documents import stock_document, stock_of
from adapters.mongo.writes import Bounds
from gateway.domain.claims.documents import Entry, OrderDoc, StockDoc
from gateway.domain.claims.programs import Pick, Request, cancel, place_hold, reserve
from gateway.domain.errors import Unavailable
from gateway.domain.ids import Rid, SourceCode, StockKey, rid_of
from tests.contracts.claims import Elsewhere, as_it_is, nothing
from tests.support.lossy_proxy import LossyProxy, request_of
from tests.support.orders import order

X = StockKey("sku|x")
NEVER_S = 60
RID = rid_of("buyer", "reserve", "a")
UPDATE_ORDERS, UPDATE_STOCK, INSERT_KEYS = request_of("update", "orders"), request_of("update", "stock"), request_of("insert", "keys")


@pytest.fixture
async def far(wire: LossyProxy, database: AsyncIOMotorDatabase[dict[str, Any]]) -> AsyncIterator[AsyncIOMotorDatabase[dict[str, Any]]]:
    """The test's database, as it is reached through the wire."""
    await database["stock"].insert_one(stock_document(StockDoc(X, SourceCode("wms"), 5, 5)))
    client = client_of(wire.uri, Bounds())
    await client.admin.command("ping")
    yield client[database.name]
    await asyncio.to_thread(client.close)  # it says goodbye through the wire, which runs in this loop


def request() -> Request:
    return Request(RID, "fp", [Pick(X, 2)], Elsewhere(), nothing, hold_ms=60_000)


async def stock(database: AsyncIOMotorDatabase[dict[str, Any]]) -> StockDoc:
    found = await database["stock"].find_one({"_id": X})
    assert found is not None
    return stock_of(found)


@pytest.mark.parametrize("word", [UPDATE_ORDERS, UPDATE_STOCK], ids=["orders", "stock"])
@pytest.mark.parametrize("lost", [1, 3])
async def test_a_hold_whose_answers_are_lost_is_made_once(
    wire: LossyProxy, far: AsyncIOMotorDatabase[dict[str, Any]], word: bytes, lost: int
) -> None:
    wire.lose(lost, word)
    held = await MongoClaims(far).run(reserve(request()))
    assert isinstance(held, OrderDoc)
    assert (held.st, [claim.units for claim in held.claims], wire.lost) == ("HELD", [2], lost)
    assert (await stock(far)).free == 3


async def test_a_placing_whose_answer_is_lost_is_told_as_its_own(wire: LossyProxy, far: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
    claims = MongoClaims(far)
    await claims.run(reserve(request()))
    wire.lose(2, INSERT_KEYS)
    placed = await claims.run(place_hold(RID, Rid("K1"), "fp", as_it_is, lambda doc: Entry(order(doc.rid))))
    wire.lose(1, UPDATE_ORDERS)
    again = await claims.run(place_hold(RID, Rid("K1"), "fp", as_it_is, nothing))
    assert isinstance(placed, OrderDoc)
    assert isinstance(again, OrderDoc)
    assert (placed.st, placed.by, again.by, wire.lost) == ("PLACED", Rid("K1"), Rid("K1"), 2)


async def test_a_write_of_content_whose_answer_is_lost_was_done(wire: LossyProxy, far: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
    claims, book = MongoClaims(far), MongoOrderBook(far)
    await claims.run(reserve(request()))
    await claims.run(place_hold(RID, Rid("K1"), "fp", as_it_is, lambda doc: Entry(order(doc.rid))))
    record = (await book.records([RID]))[RID]
    wire.lose(1, UPDATE_ORDERS)
    written = await book.write(record, order(RID, reference="new"))
    assert written is not None
    assert (written.v, wire.lost) == (record.v + 1, 1)


async def test_a_release_whose_answers_are_lost_gives_back_once(wire: LossyProxy, far: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
    claims = MongoClaims(far)
    await claims.run(reserve(request()))
    wire.lose(2, UPDATE_STOCK)
    released = await claims.run(cancel(RID))
    assert isinstance(released, OrderDoc)
    assert (released.why, (await stock(far)).free, wire.lost) == ("CANCELED", 5, 2)
    assert sorted((one.kind, one.units) for one in await claims.movements.all()) == [("HOLD", 2), ("RELEASE", 2)]


async def test_a_database_that_is_away_is_told_as_such_within_bounds() -> None:
    client = client_of("mongodb://127.0.0.1:9/?directConnection=true", Bounds())
    async with asyncio.timeout(NEVER_S):
        with pytest.raises(Unavailable):
            await MongoClaims(client["t"], bounds=Bounds(command_s=0.2, patience_s=0.5)).run(reserve(request()))
    client.close()
