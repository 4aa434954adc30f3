"""Runs the claim protocol on documents in memory, by the pure meaning of each step."""

import asyncio
from collections.abc import Generator
from typing import Any, TypeVar

from adapters.memory.database import MemoryDatabase
from gateway.domain.claims.documents import KeyDoc, OrderDoc, Seen
from gateway.domain.claims.meaning import Times, after_step
from gateway.domain.claims.steps import Ack, GiveBack, InsertKey, OrderStep, ReadOrder, ReadStock, Settle, Step, StockStep, Take, Withhold
from gateway.domain.claims.stock_meaning import after_stock_step, seen

T = TypeVar("T")


class MemoryClaims:
    """Interpreter of programs. Between two steps others may run, as between two calls of a real database."""

    def __init__(self, database: MemoryDatabase, times: Times | None = None) -> None:
        self.database, self.times = database, times or Times()

    async def run(self, program: Generator[Step, Any, T]) -> T:
        try:
            step = program.send(None)
            while True:
                await asyncio.sleep(0)
                step = program.send(self.outcome(step))
        except StopIteration as stop:
            value: T = stop.value
            return value

    def outcome(self, step: Step) -> object:
        """Carry out one step at the database's own time."""
        now = self.database.now_ms()
        if isinstance(step, ReadOrder):
            return self.database.orders.get(step.rid)
        if isinstance(step, InsertKey):
            return self.database.keys.setdefault(step.by, KeyDoc(step.by, step.fp, step.hold, now))
        if isinstance(step, ReadStock):
            stock = self.database.stock.get(step.claim.key)
            return seen(stock.markers, stock.free, stock.order, step.claim.mid, now, self.times) if stock else Seen(None, 0)
        if isinstance(step, Take | GiveBack | Settle | Ack | Withhold):
            return self.on_stock(step, now)
        return self.on_order(step, now)

    def on_stock(self, step: StockStep, now: int) -> bool:
        key = step.key if isinstance(step, Ack) else step.claim.key
        stock = self.database.stock.get(key)
        after = after_stock_step(stock, step, now, self.times) if stock else None
        if after:
            self.database.put_stock(after)
        return after is not None

    def on_order(self, step: OrderStep, now: int) -> OrderDoc | None:
        after = after_step(self.database.orders.get(step.rid), step, now, self.times)
        if after:
            self.database.put_order(after)
        return after
