"""What owners state, in MongoDB: read, judged by the pure rules, and written where nobody else has written since.

A write that lost the race is judged again on what stands then. That is harmless: a row that was applied is known by its place in the feed.
"""

import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import TypeVar

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.memory.stated import Rules, Verdict, Watermark, is_stated, lifted, moves, zero
from adapters.memory.stock_movements import adjusted, counted, stated, zeroed
from adapters.mongo.confirmations import Confirmations
from adapters.mongo.movement_log import MovementLog
from adapters.mongo.revision import Judged, Revision, everything, revise
from adapters.mongo.stock_store import StockStore
from adapters.mongo.stock_stream import ASK_EVERY_S, StockStream
from adapters.mongo.supply_book import SupplyBook
from adapters.mongo.writes import Bounds, Document
from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.figures import Reach
from gateway.domain.claims.meaning import Times
from gateway.domain.ids import LocationCode, Rid, Sku, SourceCode, StockKey, sku_and_location, stock_key
from gateway.domain.movement import Movement
from gateway.ports.ledger import Difference, Move, Outcome, Overdrawn, Statement, StockChange, StockState, Supply

CLOCK_BOUND_MS = 3_600_000
"""Rows are judged by our own clock, which decides only when a tombstone may go: never within this bound of its fence."""
FEW = 64
"""Unchanged rows of one mark that are written all the same: then every process knows their place. More are only remembered."""
Row = TypeVar("Row", Statement, Difference)


class MongoStockBook:
    """`time_ordered`: sources that number nothing, whose differences are ordered by their own times. `patient`: for the scan."""

    def __init__(
        self,
        database: AsyncIOMotorDatabase[Document],
        times: Times | None = None,
        time_ordered: Container[SourceCode] = (),
        bounds: Bounds | None = None,
        patient: AsyncIOMotorDatabase[Document] | None = None,
        ask_every_s: float = ASK_EVERY_S,
    ) -> None:
        bounds, times = bounds or Bounds(), times or Times()
        self.times, self.time_ordered = replace(times, skew_ms=times.skew_ms + CLOCK_BOUND_MS), time_ordered
        self.store, self.stream = StockStore(database, bounds), StockStream(database, bounds, patient, ask_every_s)
        self.confirmations, self.movements = Confirmations(database, bounds), MovementLog(database, bounds)
        self.supplies = SupplyBook(database, self.store, bounds)

    async def state_all(self, source: SourceCode, statements: Sequence[Statement], *, holding: bool = False) -> Outcome:
        if not statements:
            return Outcome()
        rules, rows, held, fresh = self._rules(source), rows_by_key(statements), dict[StockKey, list[Move]](), set[StockKey]()
        marks = await self._marks(source, list(rows), look_at_rows=len(rows) <= FEW)

        def judge(key: StockKey, known: StockDoc | None) -> Judged:
            held.pop(key, None)
            if known is None or not is_stated(known):
                fresh.add(key)
            judged = folded(
                known,
                rows[key],
                lambda doc, row: rules.with_statement(doc, row, marks(key)),
                lambda before, verdict, _: stated(before, verdict),
            )
            if holding and known and moves(known, judged.after):
                held[key] = [Move(row, known.q) for row in rows[key]]
                return Judged(None, (Verdict("HELD"),))
            return judged

        def select(judged: Mapping[StockKey, Judged]) -> dict[StockKey, StockDoc]:
            return self._worth_writing(source, judged, {key: rules.mark_of(rows[key][-1]) for key in judged})

        revision = await revise(self.store, list(rows), judge, select, maybe_all_new=True)
        return replace(await self._recorded(revision), held=tuple(chain.from_iterable(held.values())), fresh=frozenset(fresh))

    async def apply_differences(self, source: SourceCode, differences: Sequence[Difference]) -> Outcome:
        if not differences:
            return Outcome()
        rules, rows = self._rules(source), rows_by_key(sorted(differences, key=lambda one: (one.order or 0, one.at)))
        marks = await self._marks(source, list(rows), look_at_rows=True)

        def judge(key: StockKey, known: StockDoc | None) -> Judged:
            return folded(known, rows[key], lambda doc, row: rules.with_difference(doc, row, marks(key)), adjusted)

        return await self._recorded(await revise(self.store, list(rows), judge))

    async def supply(self, source: SourceCode, supplies: Sequence[Supply]) -> Outcome:
        return await self.supplies.supply(source, supplies)

    async def unlisted(self, location: LocationCode, listed: frozenset[Sku]) -> dict[StockKey, int]:
        found = await self.store.read(await self._unlisted(location, listed))
        return {key: reading.doc.q for key, reading in found.items() if reading.doc}

    async def zero_unlisted(self, source: SourceCode, location: LocationCode, listed: frozenset[Sku], reach: Reach, as_of: datetime) -> int:
        await self.confirmations.close(source, location)
        rules = self._rules(source)

        def judge(key: StockKey, known: StockDoc | None) -> Judged:
            if known is None:
                return Judged(None)
            row = zero(key, reach, as_of)
            return folded(known, [row], rules.with_statement, lambda before, verdict, _: zeroed(before, verdict))

        revision = await revise(self.store, await self._unlisted(location, listed), judge, applied)
        await self._recorded(revision)
        return sum(movement.kind == "ZERO" for movement in revision.movements)

    async def abandon(self, source: SourceCode, location: LocationCode) -> None:
        self.confirmations.forget(source, location)

    async def _unlisted(self, location: LocationCode, listed: frozenset[Sku]) -> list[StockKey]:
        return [stock_key(sku, location) for sku in sorted(await self.store.rosters.skus(location) - listed)]

    async def advance(
        self, source: SourceCode, locations: Collection[LocationCode], reach: Reach, unread: Collection[Sku] = frozenset()
    ) -> int:
        rules, freed = self._rules(source), Counter[StockKey]()
        named = [(doc.key, *sku_and_location(doc.key)) for doc in await self.store.acked(source)]
        keys = [key for key, sku, place in named if place in set(locations) and sku not in unread]

        def judge(key: StockKey, known: StockDoc | None) -> Judged:
            after = rules.with_pass(known, reach) if known else None
            if known is None or after is None:
                return Judged(None)
            covered = lifted(known, after)
            freed[key] = len(covered)
            return Judged(after, movements=tuple(counted(known, after, covered)))

        await self._recorded(await revise(self.store, keys, judge))
        return freed.total()

    async def keys(self, location: LocationCode) -> Sequence[StockKey]:
        return await self._unlisted(location, frozenset())

    async def documents(self, keys: Collection[StockKey]) -> dict[StockKey, StockDoc]:
        found = await self.store.read(list(keys))
        return {key: reading.doc for key, reading in found.items() if reading.doc}

    async def figures(self, key: StockKey, limit: int) -> Sequence[Movement]:
        return await self.movements.figures(key, limit)

    async def record(self, movements: Sequence[Movement]) -> None:
        await self.movements.record(movements)

    async def restate(self, source: SourceCode, statement: Statement) -> bool:
        rules = self._rules(source)

        def judge(_key: StockKey, known: StockDoc | None) -> Judged:
            if known is None:
                return Judged(None)
            verdict = rules.with_restatement(known, statement)
            return Judged(verdict.after, (verdict,), tuple(stated(known, verdict)))

        revision = await revise(self.store, [statement.key], judge)
        return (await self._recorded(revision)).applied == 1

    async def overdrawn(self) -> Sequence[Overdrawn]:
        noted = await self.store.overdrawn.noted()
        found = await self.store.read(list(noted)) if noted else {}
        return [Overdrawn(reading.doc, *noted[key]) for key, reading in found.items() if reading.doc]

    async def call(self, key: StockKey, rids: Collection[Rid]) -> None:
        await self.store.overdrawn.call(key, rids)

    async def forget_overdrawn(self, key: StockKey) -> None:
        await self.store.overdrawn.forget(key)
        reading = (await self.store.read([key])).get(key)
        if reading and reading.doc and reading.doc.free < 0:
            await self.store.overdrawn.note([key])

    def scan(self) -> AsyncIterator[StockState]:
        return self.stream.scan()

    async def stream_token(self) -> object:
        return await self.stream.token()

    def changes(self, token: object | None) -> AsyncIterator[StockChange]:
        return self.stream.changes(token)

    async def beat(self, now: datetime) -> None:
        await self.stream.beat(now)

    def _rules(self, source: SourceCode) -> Rules:
        return Rules(source, source in self.time_ordered, time.time_ns() // 1_000_000, self.times)

    async def _marks(
        self, source: SourceCode, keys: Sequence[StockKey], *, look_at_rows: bool
    ) -> Callable[[StockKey], Sequence[Watermark]]:
        """Return what was confirmed of a row without being written. Big batches are passes themselves: nothing of theirs is older."""
        by_place = await self.confirmations.watermarks(source, {sku_and_location(key)[1] for key in keys})

        def marks(key: StockKey) -> Sequence[Watermark]:
            place = by_place.get(sku_and_location(key)[1])
            noted = self.confirmations.noted(source, key) if look_at_rows else []
            return [*noted, place] if place else noted

        return marks

    def _worth_writing(
        self, source: SourceCode, judged: Mapping[StockKey, Judged], mark_by_key: Mapping[StockKey, Watermark]
    ) -> dict[StockKey, StockDoc]:
        """Return what changed, and of what did not only rows that are few; the others are remembered by their mark."""
        worth, unchanged = applied(judged), defaultdict[Watermark, list[StockKey]](list)
        for key, one in judged.items():
            if one.after is not None and key not in worth:
                unchanged[mark_by_key[key]].append(key)
        for mark, keys in unchanged.items():
            if len(keys) > FEW:
                self.confirmations.note(source, keys, mark)
            else:
                worth |= {key: after for key in keys if (after := judged[key].after)}
        return worth

    async def _recorded(self, revision: Revision) -> Outcome:
        await self.movements.record(revision.movements, frozenset(revision.first))
        told = Counter(verdict.told for judged in revision.judged.values() for verdict in judged.verdicts)
        return Outcome(told["APPLIED"], told["UNCHANGED"], told["SUPERSEDED"])


def rows_by_key(rows: Sequence[Row]) -> dict[StockKey, list[Row]]:
    grouped: dict[StockKey, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.key].append(row)
    return grouped


def folded(
    known: StockDoc | None,
    rows: Sequence[Row],
    judge: Callable[[StockDoc | None, Row], Verdict],
    moved: Callable[[StockDoc | None, Verdict, Row], list[Movement]],
) -> Judged:
    """Judge rows of one document one after the other, each on what the ones before it left."""
    doc, verdicts, movements = known, list[Verdict](), list[Movement]()
    for row in rows:
        verdict = judge(doc, row)
        movements += moved(doc, verdict, row)
        verdicts.append(verdict)
        doc = verdict.after or doc
    return Judged(doc if doc is not known else None, tuple(verdicts), tuple(movements))


def applied(judged: Mapping[StockKey, Judged]) -> dict[StockKey, StockDoc]:
    """Return what is more than confirmed."""
    return everything({key: one for key, one in judged.items() if any(verdict.told == "APPLIED" for verdict in one.verdicts)})
