"""The stock book in memory keeps its contract."""

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.stock_book import MemoryStockBook
from gateway.domain.claims.documents import StockDoc
from gateway.domain.movement import Movement
from gateway.ports.ledger import StockBook
from tests.contracts.passes import PassContract
from tests.contracts.stock_book import TIME_ORDERED


class TestMemoryStockBook(PassContract):
    @pytest.fixture
    def stock_book(self) -> StockBook:
        return MemoryStockBook(MemoryDatabase(), time_ordered=TIME_ORDERED)

    async def another(self, stock_book: StockBook) -> StockBook:
        assert isinstance(stock_book, MemoryStockBook)
        return MemoryStockBook(stock_book.database, time_ordered=TIME_ORDERED)

    async def plant(self, stock_book: StockBook, doc: StockDoc) -> None:
        assert isinstance(stock_book, MemoryStockBook)
        stock_book.database.put_stock(doc)

    async def movements(self, stock_book: StockBook) -> list[Movement]:
        assert isinstance(stock_book, MemoryStockBook)
        return list(stock_book.database.movements.values())
