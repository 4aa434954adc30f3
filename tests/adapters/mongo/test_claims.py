"""The protocol on MongoDB keeps its contract."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.claims import MongoClaims, Run
from adapters.mongo.combining import Combining
from adapters.mongo.stock_documents import stock_document, stock_of
from gateway.domain.claims.documents import OrderDoc, StockDoc
from gateway.domain.claims.steps import Ack, GiveBack, Settle, Step, Withhold
from gateway.domain.ids import Rid, StockKey
from gateway.domain.movement import Movement
from tests.contracts.claims import TIMES
from tests.contracts.claims_contract import ClaimsContract


class TestMongoClaims(ClaimsContract):
    combining = Combining()

    @pytest.fixture(autouse=True)
    def _fresh(self, database: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
        self.database = database
        self.mongo = self.claims = MongoClaims(database, TIMES, combining=self.combining)

    async def put(self, stock: StockDoc) -> None:
        await self.database["stock"].replace_one({"_id": stock.key}, stock_document(stock), upsert=True)

    async def stock(self, key: StockKey) -> StockDoc:
        found = await self.database["stock"].find_one({"_id": key})
        assert found is not None
        return stock_of(found)

    async def capacity(self, key: StockKey) -> StockDoc | None:
        found = await self.database["capacity"].find_one({"_id": key})
        return stock_of(found) if found else None

    async def order(self, rid: Rid) -> OrderDoc | None:
        reading = await self.mongo.orders.read(rid)
        return reading.doc if reading else None

    async def movements(self) -> list[Movement]:
        return await self.mongo.movements.all()

    async def wait(self, ms: int) -> None:
        await asyncio.sleep(ms / 1000)


class TestMongoClaimsEachForItself(TestMongoClaims):
    combining = Combining(most=1, admission_s=0)


class EagerlyFolding(MongoClaims):
    """Folds whatever may be of a position before every step on a marker of it."""

    async def outcome(self, step: Step, run: Run) -> object:
        if isinstance(step, GiveBack | Settle | Withhold):
            await self.folding.fold(step.claim.key)
        elif isinstance(step, Ack):
            await self.folding.fold(step.key)
        return await super().outcome(step, run)


class TestMongoClaimsFolded(TestMongoClaims):
    @pytest.fixture(autouse=True)
    def _folding(self, _fresh: None) -> None:
        self.mongo = self.claims = EagerlyFolding(self.database, TIMES, combining=Combining(folded_from=1))

    async def stock(self, key: StockKey) -> StockDoc:
        """Return the position as it is for those who do not care what is folded."""
        stock = await super().stock(key)
        return replace(stock, markers={mid: replace(marker, folded=False) for mid, marker in stock.markers.items()})
