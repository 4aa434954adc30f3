"""The order book and the outbox on MongoDB keep their contracts."""

import asyncio
import time
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
from tests.contracts.outbox import BOTH, LEASE_S, OutboxContract
from tests.support.orders import message


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


class TestMongoOutbox(OnMongo, OutboxContract):
    async def test_its_time_is_the_server_s_whatever_this_process_takes_it_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        await self.owing(message(Rid("R")))
        assert await self.outbox.claim("first", BOTH, await self.outbox.now(), LEASE_S)
        sound, sound_ns = time.time, time.time_ns
        monkeypatch.setattr(time, "time", lambda: sound() + 120)
        monkeypatch.setattr(time, "time_ns", lambda: sound_ns() + 120 * 10**9)
        ahead = MongoOutbox(self.database)
        assert await ahead.now() < datetime.fromtimestamp(sound() + 60, UTC)
        assert await ahead.claim("ahead", BOTH, await ahead.now(), LEASE_S) is None
