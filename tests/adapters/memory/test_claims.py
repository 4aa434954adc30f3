"""The protocol in memory keeps its contract."""

import pytest

from adapters.memory.claims import MemoryClaims
from adapters.memory.database import MemoryDatabase
from gateway.domain.claims.documents import OrderDoc, StockDoc
from gateway.domain.claims.programs import Pick
from gateway.domain.errors import Throttled
from gateway.domain.ids import Rid, SourceCode, StockKey
from gateway.domain.movement import Movement
from tests.contracts.claims import TIMES, X
from tests.contracts.claims_contract import ClaimsContract


class TestMemoryClaims(ClaimsContract):
    @pytest.fixture(autouse=True)
    def _fresh(self) -> None:
        self.clock_ms = 1_000_000
        self.database = MemoryDatabase(now_ms=lambda: self.clock_ms)
        self.claims = MemoryClaims(self.database, TIMES)

    async def put(self, stock: StockDoc) -> None:
        self.database.put_stock(stock)

    async def stock(self, key: StockKey) -> StockDoc:
        return self.database.stock[key]

    async def capacity(self, key: StockKey) -> StockDoc | None:
        return self.database.capacity.get(key)

    async def order(self, rid: Rid) -> OrderDoc | None:
        return self.database.orders.get(rid)

    async def movements(self) -> list[Movement]:
        return list(self.database.movements.values())

    async def wait(self, ms: int) -> None:
        self.clock_ms += ms

    async def test_a_place_that_holds_as_many_claims_as_it_may_begins_no_more(self) -> None:
        await self.put(StockDoc(X, SourceCode("wms"), 9, 9, order=1, as_of_ms=1))
        self.claims = MemoryClaims(self.database, TIMES, most_markers=2)
        for name in ("a", "b"):
            await self.held(name, Pick(X, 1), then="PLACED")
        with pytest.raises(Throttled):
            await self.held("c", Pick(X, 1))
        await self.wait(60_000)
        assert (await self.held("c", Pick(X, 1))).st == "HELD"
