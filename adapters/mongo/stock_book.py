"""What owners state, in MongoDB: read, judged by the pure rules, and written where nobody else has written since.

A write that lost the race is judged again on what stands then. That is harmless: a row that was applied is known by its place in the feed.
"""

import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.memory.stated import Rules, Verdict, Watermark, is_stated, lifted, moves, zero
from adapters.memory.stock_movements import adjusted, counted, stated, zeroed
from adapters.mongo.bulk import parts
from adapters.mongo.confirmations import Confirmations, Rows, Standing
from adapters.mongo.judging import JudgeBy, applied, as_confirmed, folded, is_applied, places_of, rows_by_key, with_rows
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
RETOLD = 1_000
"""Confirmed rows that are said again at once."""


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

    async def state_all(
        self, source: SourceCode, statements: Sequence[Statement], *, holding: bool = False, of_pass: bool = False
    ) -> Outcome:
        if not statements:
            return Outcome()
        rules, rows, held, fresh = self._rules(source), rows_by_key(statements), dict[StockKey, list[Move]](), set[StockKey]()
        if of_pass and len(rows) > FEW:
            await self.confirmations.open(source, places_of(rows))
        standing = await self._standing(source, list(rows), look_at_rows=not of_pass)

        def judge(key: StockKey, known: StockDoc | None) -> Judged:
            held.pop(key, None)
            if known is None or not is_stated(known):
                fresh.add(key)
            judged = with_rows(rules, rows[key], known, standing.marks(key))
            if holding and known and moves(known, judged.after):
                held[key] = [Move(row, known.q) for row in rows[key]]
                return Judged(None, (Verdict("HELD"),))
            return judged

        def select(judged: Mapping[StockKey, Judged]) -> dict[StockKey, StockDoc]:
            return self._worth_writing(source, judged, {key: rows[key][-1] for key in judged}) if of_pass else everything(judged)

        revision = await revise(self.store, list(rows), judge, select, maybe_all_new=True)
        outcome = replace(await self._recorded(revision), held=tuple(chain.from_iterable(held.values())), fresh=frozenset(fresh))
        await self._make_good(
            source,
            revision,
            standing,
            lambda key, known, marks: with_rows(rules, rows[key], known, marks),
            look_at_rows=not of_pass,
        )
        return outcome

    async def apply_differences(self, source: SourceCode, differences: Sequence[Difference]) -> Outcome:
        if not differences:
            return Outcome()
        rules, rows = self._rules(source), rows_by_key(sorted(differences, key=lambda one: (one.order or 0, one.at)))
        standing = await self._standing(source, list(rows), look_at_rows=True)

        def judge_by(key: StockKey, known: StockDoc | None, marks: Sequence[Watermark]) -> Judged:
            return folded(known, rows[key], lambda doc, row: rules.with_difference(doc, row, marks), adjusted)

        revision = await revise(self.store, list(rows), lambda key, known: judge_by(key, known, standing.marks(key)))
        outcome = await self._recorded(revision)
        await self._make_good(source, revision, standing, judge_by)
        return outcome

    async def supply(self, source: SourceCode, supplies: Sequence[Supply]) -> Outcome:
        return await self.supplies.supply(source, supplies)

    async def unlisted(self, location: LocationCode, listed: frozenset[Sku]) -> dict[StockKey, int]:
        found = await self.store.read(await self._unlisted(location, listed))
        return {key: reading.doc.q for key, reading in found.items() if reading.doc}

    async def zero_unlisted(self, source: SourceCode, location: LocationCode, listed: frozenset[Sku], reach: Reach, as_of: datetime) -> int:
        rules, keys = self._rules(source), await self._unlisted(location, listed)
        standing = await self._standing(source, keys, look_at_rows=True)

        def judge_by(key: StockKey, known: StockDoc | None, marks: Sequence[Watermark]) -> Judged:
            if known is None:
                return Judged(None)
            row = zero(key, reach, as_of)
            return folded(
                known, [row], lambda doc, told: rules.with_statement(doc, told, marks), lambda before, verdict, _: zeroed(before, verdict)
            )

        revision = await revise(self.store, keys, lambda key, known: judge_by(key, known, standing.marks(key)), applied)
        await self._recorded(revision)
        await self._make_good(source, revision, standing, judge_by)
        await self.confirmations.close(source, location, partial(self._retell, source, location))
        return sum(movement.kind == "ZERO" for movement in revision.movements)

    async def abandon(self, source: SourceCode, location: LocationCode) -> None:
        await self.confirmations.forget(source, location)

    async def _retell(self, source: SourceCode, location: LocationCode, told: Sequence[Rows], every: bool) -> None:  # noqa: FBT001 - a Retell
        """Say confirmed rows again, to write those that others have written older words over, or every one."""
        rules, key_by_hash = self._rules(source), {hash(key): key for key in await self._unlisted(location, frozenset())}
        for page in told:
            for part in parts(list(page.statements(key_by_hash)), RETOLD):
                rows = {row.key: row for row in part}
                standing = await self._standing(source, list(rows), look_at_rows=False)
                revision = await revise(
                    self.store,
                    list(rows),
                    lambda key, known, rows=rows, marks=standing.marks: with_rows(rules, [rows[key]], known, marks(key)),  # type: ignore[misc]
                    everything if every else applied,
                )
                await self._recorded(revision)

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

    async def _standing(self, source: SourceCode, keys: Sequence[StockKey], *, look_at_rows: bool) -> Standing:
        """Return what was confirmed of rows without being written; passes of other processes hear that something may be written."""
        standing = await self.confirmations.standing(source, keys, look_at_rows=look_at_rows)
        await self.confirmations.disturb(source, standing)
        return standing

    async def _make_good(
        self, source: SourceCode, revision: Revision, standing: Standing, judge_by: JudgeBy, *, look_at_rows: bool = True
    ) -> None:
        """Set right what was written while a pass confirmed something newer, which it could not know before."""
        keys = [key for key, before in revision.written.items() if before and is_stated(before)]
        if not keys:
            return
        now = await self.confirmations.standing(source, keys, look_at_rows=look_at_rows)
        if not await self.confirmations.disturb(source, now):
            now = await self.confirmations.standing(source, keys, look_at_rows=look_at_rows)
        before = {key: doc for key in keys if now.marks(key) != standing.marks(key) and (doc := revision.written[key])}
        overtaken = [doc for key, doc in before.items() if not is_applied(judge_by(key, doc, now.marks(key)))]
        rows = {doc.key: as_confirmed(doc, now.marks(doc.key)) for doc in overtaken}
        if rows:
            rules = self._rules(source)
            await self._recorded(await revise(self.store, list(rows), lambda key, doc: with_rows(rules, [rows[key]], doc), applied))

    def _worth_writing(
        self, source: SourceCode, judged: Mapping[StockKey, Judged], row_by_key: Mapping[StockKey, Statement]
    ) -> dict[StockKey, StockDoc]:
        """Return what changed, and of what did not only rows that are few; the others are remembered by their mark."""
        rules = self._rules(source)
        worth, unchanged = applied(judged), defaultdict[Watermark, list[StockKey]](list)
        for key, one in judged.items():
            if one.after is not None and key not in worth:
                unchanged[rules.mark_of(row_by_key[key])].append(key)
        for mark, keys in unchanged.items():
            if len(keys) > FEW:
                self.confirmations.note(source, [row_by_key[key] for key in keys], mark)
            else:
                worth |= {key: after for key in keys if (after := judged[key].after)}
        return worth

    async def _recorded(self, revision: Revision) -> Outcome:
        await self.movements.record(revision.movements, frozenset(revision.first))
        told = Counter(verdict.told for judged in revision.judged.values() for verdict in judged.verdicts)
        return Outcome(told["APPLIED"], told["UNCHANGED"], told["SUPERSEDED"])
