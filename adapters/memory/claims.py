"""Runs the claim protocol on documents in memory, by the pure meaning of each step."""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterable
from typing import Any, TypeVar

from adapters.memory.database import MemoryDatabase
from adapters.memory.stock_states import moment
from gateway.domain.claims.documents import Claim, KeyDoc, OrderDoc, Seen, Standing, StockDoc, holding_of
from gateway.domain.claims.folding import foldable
from gateway.domain.claims.meaning import Times, after_key, after_step
from gateway.domain.claims.readings import Admit, CountHolds, ReadMarkers, Record
from gateway.domain.claims.recording import Found, MarkerStep, Recording, left_by_figures, open_claims
from gateway.domain.claims.steps import (
    Ack,
    Create,
    Ensure,
    GiveBack,
    InsertKey,
    Open,
    OrderStep,
    ReadOrder,
    ReadStock,
    Reopen,
    Settle,
    Step,
    StockStep,
    Take,
    Withhold,
)
from gateway.domain.claims.stock_meaning import after_stock_step, includes, seen, standing, to_be_had
from gateway.domain.errors import Throttled
from gateway.domain.ids import SourceCode, StockKey, is_capacity

T = TypeVar("T")
NOBODY = SourceCode("")
PAUSE_MS = 5_000


class MemoryClaims:
    """Interpreter of programs. Between two steps others may run, as between two calls of a real database."""

    def __init__(self, database: MemoryDatabase, times: Times | None = None, most_markers: int = 20_000) -> None:
        self.database, self.times, self.most_markers = database, times or Times(), most_markers

    async def run(self, program: Generator[Step, Any, T]) -> T:
        recording = Recording()
        try:
            step = program.send(None)
            while True:
                await asyncio.sleep(0)
                if recording.is_due(step):
                    self.record(recording)
                step = program.send(self.outcome(step, recording))
        except StopIteration as stop:
            self.record(recording)
            value: T = stop.value
            return value

    def record(self, recording: Recording) -> None:
        while recording.doubts:
            recording.clear(recording.doubts.pop(), self.database.movements.values(), moment(self.database.now_ms()))
        self.database.record(recording.drained())

    def outcome(self, step: Step, recording: Recording) -> object:
        """Carry out one step at the database's own time."""
        now = self.database.now_ms()
        if isinstance(step, ReadOrder):
            return self.database.orders.get(step.rid)
        if isinstance(step, InsertKey):
            return self.put_key(step, now)
        if isinstance(step, ReadStock):
            return self.look(step.claim, now)
        if isinstance(step, Admit | CountHolds | Ensure | ReadMarkers | Record):
            return self.beside_orders(step, now, recording)
        if isinstance(step, Take | GiveBack | Settle | Ack | Withhold):
            return self.on_stock(step, now, recording)
        after = self.on_order(step, now)
        if after:
            recording.hear_decision(step)
        return after

    def beside_orders(self, step: Admit | CountHolds | Ensure | ReadMarkers | Record, now: int, recording: Recording) -> object:
        if isinstance(step, CountHolds):
            return tuple(holding_of(doc) for doc in self.database.orders.values() if doc.is_held_by(step.owner, now))
        if isinstance(step, ReadMarkers):
            return self.standing(step.key, now)
        if isinstance(step, Ensure):
            return self.database.capacity.setdefault(step.key, StockDoc(step.key, NOBODY, step.units, step.units)) is not None
        if isinstance(step, Record):
            recording.hear_left_out(step, moment(now))
        return None

    def put_key(self, step: InsertKey, now: int) -> KeyDoc:
        key = self.database.keys[step.by] = after_key(self.database.keys.get(step.by), step, now)
        return key

    def on_stock(self, step: StockStep, now: int, recording: Recording) -> bool:
        key = step.key if isinstance(step, Ack) else step.claim.key
        stock = self.database.claimable(key)
        after = after_stock_step(stock, step, now, self.times) if stock else None
        if is_capacity(key):
            if after:
                self.database.capacity[key] = after
            return after is not None
        if after:
            self.database.put_stock(after)
        if isinstance(step, Take):
            if after:
                recording.hear_take(step, moment(now))
        elif not isinstance(step, Withhold):
            recording.hear(step, found(step, stock), moment(now))
        return after is not None

    def standing(self, key: StockKey, now: int) -> Standing:
        stock = self.database.claimable(key)
        movements = [one for one in self.database.movements.values() if one.key == key]
        markers = standing(stock.markers, now, self.times) if stock else {}
        return Standing(markers, open_claims(movements, moment(now), self.times), left_by_figures(movements), stock is not None)

    async def marked(self) -> AsyncIterator[StockKey]:
        for key, doc in sorted([*self.database.stock.items(), *self.database.capacity.items()]):
            if doc.markers:
                yield key

    def look(self, claim: Claim, now: int) -> Seen:
        stock = self.database.claimable(claim.key)
        return seen(stock.markers, to_be_had(stock, claim, now), stock.order, claim.mid, now, self.times) if stock else Seen(None, 0)

    def check(self, claims: Iterable[Claim], now: int) -> None:
        """Raise Throttled where a place holds as many claims as it may; those that only wait for their source's word do not count."""
        for stock in filter(None, map(self.database.claimable, {claim.key for claim in claims})):
            if len(stock.markers) - len(foldable(stock.markers, now, self.times)) >= self.most_markers:
                raise Throttled(
                    "More claims wait at one place than may; repeat this in a moment with the same key.", retry_after_ms=PAUSE_MS
                )

    def on_order(self, step: OrderStep, now: int) -> OrderDoc | None:
        if isinstance(step, Create | Reopen | Open):
            self.check(step.add, now)
        after = after_step(self.database.orders.get(step.rid), step, now, self.times)
        if after:
            self.database.put_order(after)
        return after


def found(step: MarkerStep, stock: StockDoc | None) -> Found:
    marker = stock.markers.get(step.mid if isinstance(step, Ack) else step.claim.mid) if stock else None
    if isinstance(step, Ack) and marker and (marker.lost or (stock and step.epoch in stock.past)):
        return Found(None)
    return Found(marker if marker and marker.q else None, covered=isinstance(step, Ack) and stock is not None and includes(stock, step))
