"""The order book and the outbox on MongoDB keep their contracts."""

import asyncio
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.claims import MongoClaims
from adapters.mongo.indexes import ensure_order_indexes
from adapters.mongo.order_book import MongoOrderBook
from adapters.mongo.outbox import MongoOutbox
from adapters.mongo.stock_documents import stock_document
from gateway.domain.claims.documents import StockDoc
from tests.contracts.claims import TIMES
from tests.contracts.order_book import OrderBookContract, Ordered
from tests.contracts.outbox import OutboxContract


class OnMongo(Ordered):
    @pytest.fixture(autouse=True)
    async def _fresh(self, database: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
        self.database = database
        await ensure_order_indexes(database)
        self.claims = MongoClaims(database, TIMES)
        self.book = MongoOrderBook(database, TIMES)
        self.outbox = MongoOutbox(database)

    async def put(self, stock: StockDoc) -> None:
        await self.database["stock"].replace_one({"_id": stock.key}, stock_document(stock), upsert=True)

    async def later(self) -> None:
        await asyncio.sleep((TIMES.deadline_ms + TIMES.skew_ms + 50) / 1000)


class TestMongoOrderBook(OnMongo, OrderBookContract): ...


class TestMongoOutbox(OnMongo, OutboxContract): ...
