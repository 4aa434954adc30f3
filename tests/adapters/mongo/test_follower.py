"""The follower on change streams."""

from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.stock_book import MongoStockBook
from gateway.ports.ledger import StockBook
from tests.adapters.memory.view.follower_contract import FollowerContract


class TestFollowerOnMongo(FollowerContract):
    @pytest.fixture
    def stock_book(self, database: AsyncIOMotorDatabase[dict[str, Any]]) -> StockBook:
        return MongoStockBook(database)
