"""The order book and the outbox in memory keep their contracts."""

import pytest

from adapters.memory.claims import MemoryClaims
from adapters.memory.database import MemoryDatabase
from adapters.memory.order_book import MemoryOrderBook
from adapters.memory.outbox import MemoryOutbox
from gateway.domain.claims.documents import StockDoc
from tests.contracts.claims import TIMES
from tests.contracts.order_book import OrderBookContract, Ordered
from tests.contracts.outbox import OutboxContract


class InMemory(Ordered):
    @pytest.fixture(autouse=True)
    def _fresh(self) -> None:
        self.clock_ms = 1_000_000
        self.database = MemoryDatabase(now_ms=lambda: self.clock_ms)
        self.claims = MemoryClaims(self.database, TIMES)
        self.book = MemoryOrderBook(self.database, TIMES)
        self.outbox = MemoryOutbox(self.database)

    async def put(self, stock: StockDoc) -> None:
        self.database.put_stock(stock)

    async def later(self) -> None:
        self.clock_ms += TIMES.deadline_ms + TIMES.skew_ms + 50


class TestMemoryOrderBook(InMemory, OrderBookContract): ...


class TestMemoryOutbox(InMemory, OutboxContract): ...
