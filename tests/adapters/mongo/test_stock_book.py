"""The stock book in MongoDB keeps its contract, also where others write the same documents."""

from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.projection_indexes import ensure_projection_indexes
from adapters.mongo.stock_book import MongoStockBook
from adapters.mongo.stock_documents import stock_document
from gateway.domain.claims.documents import StockDoc
from gateway.domain.movement import Movement
from gateway.ports.ledger import StockBook
from tests.contracts.arrivals import ArrivalContract
from tests.contracts.stock_book import TIME_ORDERED

Database = AsyncIOMotorDatabase[dict[str, Any]]


class TestMongoStockBook(ArrivalContract):
    @pytest.fixture
    async def stock_book(self, database: Database) -> StockBook:
        await ensure_projection_indexes(database)
        return MongoStockBook(database, time_ordered=TIME_ORDERED)

    async def plant(self, stock_book: StockBook, doc: StockDoc) -> None:
        assert isinstance(stock_book, MongoStockBook)
        if any(marker.waits for marker in doc.markers.values()):
            await stock_book.store.acknowledged.note(doc.key)
        await stock_book.store.collection.replace_one({"_id": doc.key}, stock_document(doc, 1), upsert=True)

    async def movements(self, stock_book: StockBook) -> list[Movement]:
        assert isinstance(stock_book, MongoStockBook)
        return await stock_book.movements.all()
