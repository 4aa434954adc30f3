"""What owners state, kept in this process alone, and told to whoever follows."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Container, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import count

from adapters.memory.database import MemoryDatabase
from adapters.memory.lots import is_of, with_lots
from adapters.memory.stated import Rules, Verdict, is_stated, lifted, milliseconds, moves, zero
from adapters.memory.stock_movements import adjusted, counted, stated, zeroed
from adapters.memory.stock_states import moment, state_of
from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.figures import Reach
from gateway.domain.claims.meaning import Times
from gateway.domain.errors import Unavailable
from gateway.domain.ids import LocationCode, Rid, Sku, SourceCode, StockKey, sku_and_location
from gateway.domain.movement import Movement
from gateway.domain.stock import Inbound
from gateway.ports.ledger import Difference, Move, Outcome, Overdrawn, Statement, StockChange, StockState, Supply


class MemoryStockBook:
    """`time_ordered`: sources that number nothing, whose differences are ordered by their own times."""

    def __init__(self, database: MemoryDatabase, times: Times | None = None, time_ordered: Container[SourceCode] = ()) -> None:
        self.database, self.times, self.time_ordered = database, times or Times(), time_ordered
        self._tokens = count(1)
        self._opened: dict[int, asyncio.Queue[StockDoc | int]] = {}

    async def state_all(
        self,
        source: SourceCode,
        statements: Sequence[Statement],
        *,
        holding: bool = False,
        of_pass: bool = False,  # noqa: ARG002 - every row is written at once here
    ) -> Outcome:
        held, docs = list[Move](), self.database.stock
        fresh = frozenset(one.key for one in statements if one.key not in docs or not is_stated(docs[one.key]))
        verdicts = [self._state(source, statement, held if holding else None) for statement in statements]
        return replace(outcome(verdicts), held=tuple(held), fresh=fresh)

    async def apply_differences(self, source: SourceCode, differences: Sequence[Difference]) -> Outcome:
        ordered = sorted(differences, key=lambda one: (one.order or 0, one.at))
        return outcome([self._apply(source, difference) for difference in ordered])

    async def supply(self, source: SourceCode, supplies: Sequence[Supply]) -> Outcome:
        told = {(supply.key, supply.feed): supply.lots for supply in supplies}
        known = {(key, feed) for key, doc in self.database.stock.items() for feed in doc.lots if is_of(source, feed)}
        gone = sorted(known - told.keys())
        changed = {name for name in [*told, *gone] if self._supply(source, *name, told.get(name, ()))}
        applied = sum(len(told.get(name, (None,))) for name in changed)
        return Outcome(applied=applied, unchanged=sum(len(lots) for name, lots in told.items() if name not in changed))

    async def unlisted(self, location: LocationCode, listed: frozenset[Sku]) -> dict[StockKey, int]:
        return {doc.key: doc.q for doc in self._unlisted(location, listed)}

    async def zero_unlisted(self, source: SourceCode, location: LocationCode, listed: frozenset[Sku], reach: Reach, as_of: datetime) -> int:
        rules, lost = self._rules(source), 0
        for doc in self._unlisted(location, listed):
            verdict = rules.with_statement(doc, zero(doc.key, reach, as_of))
            lost += verdict.told == "APPLIED" and bool(doc.q or doc.unavailable)
            self._write(doc, verdict, zeroed)
        return lost

    async def abandon(self, source: SourceCode, location: LocationCode) -> None:
        """Every row that was confirmed is written at once here: there is nothing to forget."""

    def _unlisted(self, location: LocationCode, listed: Container[Sku]) -> list[StockDoc]:
        named = ((doc, *sku_and_location(key)) for key, doc in self.database.stock.items())
        return [doc for doc, sku, place in named if place == location and sku not in listed]

    async def advance(
        self, source: SourceCode, locations: Collection[LocationCode], reach: Reach, unread: Collection[Sku] = frozenset()
    ) -> int:
        rules, places, freed = self._rules(source), set(locations), 0
        for key, doc in list(self.database.stock.items()):
            sku, place = sku_and_location(key)
            heard = doc.source == source and place in places and sku not in unread
            if heard and (after := rules.with_pass(doc, reach)):
                covered = lifted(doc, after)
                freed += len(covered)
                self.database.put_stock(after)
                self.database.record(counted(doc, after, covered))
        return freed

    async def keys(self, location: LocationCode) -> Sequence[StockKey]:
        return sorted(doc.key for doc in self._unlisted(location, ()))

    async def documents(self, keys: Collection[StockKey]) -> dict[StockKey, StockDoc]:
        return {key: self.database.stock[key] for key in keys if key in self.database.stock}

    async def figures(self, key: StockKey, limit: int) -> Sequence[Movement]:
        own = [one for one in self.database.movements.values() if one.key == key and one.quantity is not None]
        return sorted(own, key=lambda one: one.at, reverse=True)[:limit]

    async def record(self, movements: Sequence[Movement]) -> None:
        self.database.record(movements)

    async def restate(self, source: SourceCode, statement: Statement) -> bool:
        known = self.database.stock[statement.key]
        return self._write(known, self._rules(source).with_restatement(known, statement), stated).after is not None

    async def overdrawn(self) -> Sequence[Overdrawn]:
        called, stock = self.database.called, self.database.stock
        keys = [*called, *(key for key, doc in stock.items() if doc.free < 0 and key not in called)]
        return [Overdrawn(stock[key], called.get(key, frozenset()), key in called) for key in keys]

    async def call(self, key: StockKey, rids: Collection[Rid]) -> None:
        self.database.called[key] = frozenset(rids)

    async def forget_overdrawn(self, key: StockKey) -> None:
        self.database.called.pop(key, None)

    async def scan(self) -> AsyncIterator[StockState]:
        for doc in list(self.database.stock.values()):
            yield state_of(doc)

    async def stream_token(self) -> int:
        """Start to collect what happens; a token can be used once."""
        token, queue = next(self._tokens), asyncio.Queue[StockDoc | int]()
        self._opened[token] = queue
        self.database.stock_watchers.append(queue)
        return token

    async def changes(self, token: object | None) -> AsyncIterator[StockChange]:
        if token is None:
            token = await self.stream_token()
        queue = self._opened.pop(token, None) if isinstance(token, int) else None
        if queue is None:
            raise Unavailable("These changes cannot be resumed; read everything anew.")
        try:
            while True:
                told = await queue.get()
                if isinstance(told, StockDoc):
                    yield StockChange(state_of(told), told.key, token)
                else:
                    yield StockChange(None, None, token, beat_at=moment(told))
        finally:
            with suppress(ValueError):
                self.database.stock_watchers.remove(queue)

    async def beat(self, now: datetime) -> None:
        for queue in self.database.stock_watchers:
            queue.put_nowait(milliseconds(now))

    def _rules(self, source: SourceCode) -> Rules:
        return Rules(source, source in self.time_ordered, self.database.now_ms(), self.times)

    def _state(self, source: SourceCode, statement: Statement, held: list[Move] | None) -> Verdict:
        known = self.database.stock.get(statement.key)
        verdict = self._rules(source).with_statement(known, statement)
        if held is not None and known and moves(known, verdict.after):
            held.append(Move(statement, known.q))
            return Verdict("HELD")
        return self._write(known, verdict, stated)

    def _apply(self, source: SourceCode, difference: Difference) -> Verdict:
        known = self.database.stock.get(difference.key)
        verdict = self._rules(source).with_difference(known, difference)
        return self._write(known, verdict, lambda before, told: adjusted(before, told, difference))

    def _write(self, before: StockDoc | None, verdict: Verdict, movements: Callable[[StockDoc | None, Verdict], list[Movement]]) -> Verdict:
        if verdict.after is not None:
            self.database.put_stock(verdict.after)
            self.database.record(movements(before, verdict))
        return verdict

    def _supply(self, source: SourceCode, key: StockKey, feed: str, lots: tuple[Inbound, ...]) -> bool:
        known = self.database.stock.get(key)
        after = with_lots(known, key, self._owner(key, source), feed, lots)
        if after is None:
            return False
        self.database.put_stock(after)
        return True

    def _owner(self, key: StockKey, source: SourceCode) -> SourceCode:
        """Return whose stock a place is, as other positions there tell; else who says that something will come."""
        place = sku_and_location(key)[1]
        here = (doc.source for other, doc in self.database.stock.items() if is_stated(doc) and sku_and_location(other)[1] == place)
        return next(here, source)


def outcome(verdicts: Sequence[Verdict]) -> Outcome:
    told = Counter(verdict.told for verdict in verdicts)
    return Outcome(told["APPLIED"], told["UNCHANGED"], told["SUPERSEDED"])
