"""The order book and the outbox on MongoDB keep their contracts."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.claims import MongoClaims
from adapters.mongo.indexes import ensure_order_indexes
from adapters.mongo.order_book import MongoOrderBook
from adapters.mongo.outbox import MongoOutbox
from adapters.mongo.stock_documents import stock_document
from gateway.domain.claims.documents import State, StockDoc
from gateway.domain.ids import Rid
from gateway.domain.personal import PersonalData
from tests.contracts.claims import TIMES
from tests.contracts.order_book import OrderBookContract, Ordered
from tests.contracts.outbox import OutboxContract


class OnMongo(Ordered):
    @pytest.fixture(autouse=True)
    async def _fresh(self, database: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
        self.database = database
        await ensure_order_indexes(database)
        self.claims = MongoClaims(database, TIMES)
        self.mongo_book = self.book = MongoOrderBook(database, TIMES)
        self.outbox = MongoOutbox(database)

    async def put(self, stock: StockDoc) -> None:
        await self.database["stock"].replace_one({"_id": stock.key}, stock_document(stock), upsert=True)

    async def later(self) -> None:
        await asyncio.sleep((TIMES.deadline_ms + TIMES.skew_ms + 50) / 1000)


class TestMongoOrderBook(OnMongo, OrderBookContract):
    async def test_personal_data_that_is_saved_again_while_it_is_judged_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data, states = PersonalData(Rid("REPEATED"), name="Ana"), self.mongo_book._states
        await self.mongo_book.save_personal(data)

        async def meanwhile(rids: Collection[Rid]) -> dict[Rid, State]:
            found = await states(rids)
            await asyncio.sleep(0.002)
            await self.mongo_book.save_personal(data)
            return found

        monkeypatch.setattr(self.mongo_book, "_states", meanwhile)
        assert await self.book.purge_personal(datetime.now(UTC) + timedelta(hours=1), 9) == 1
        assert await self.book.personal([data.rid]) == {data.rid: data}


class TestMongoOutbox(OnMongo, OutboxContract): ...
