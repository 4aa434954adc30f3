"""The follower on a book in memory."""

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.stock_book import MemoryStockBook
from gateway.ports.ledger import StockBook
from tests.adapters.memory.view.follower_contract import FollowerContract


class TestFollowerOnMemory(FollowerContract):
    @pytest.fixture
    def stock_book(self) -> StockBook:
        return MemoryStockBook(MemoryDatabase())
