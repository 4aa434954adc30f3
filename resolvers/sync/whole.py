"""A pass over everything that a source has: each location is weighed, and what looks like garbage waits for a second look.

Rows that confirm, and new ones, are taken in as they come. Those that would move a figure are held back until their location can be judged.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from gateway.domain.errors import SourceError, SourceGarbage
from gateway.domain.ids import LocationCode, sku_and_location
from gateway.domain.network import Source
from gateway.domain.quarantine import MovedRow, Quarantine, Weighing, is_said_again
from gateway.ports.ledger import Move
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.figures import StockBatch, source_of, with_epoch
from resolvers.sync.asking import ask_again
from resolvers.sync.coverage import Coverage, as_of, heard_places, with_unread
from resolvers.sync.feeds import check_whole
from resolvers.sync.report import SyncReport
from resolvers.sync.rows import Written, take_batch

log = structlog.get_logger(__name__)


@dataclass
class Place:
    """One location of the pass: how it weighs, and the figures that wait for it."""

    weighing: Weighing
    held: list[Move] = field(default_factory=list)


@dataclass
class WholePass:
    """`before`: where the feed stood."""

    world: World
    ports: SourcePorts
    before: FeedState
    report: SyncReport
    seen: Coverage = field(default_factory=Coverage)
    places: dict[LocationCode, Place] = field(default_factory=dict)
    complete: bool = False
    cursor: str | None = None

    @property
    def source(self) -> Source:
        return source_of(self.world, self.ports)

    @asynccontextmanager
    async def begun(self) -> AsyncIterator[None]:
        """Read in it: what a source told that then broke off is taken in as far as it is plausible."""
        try:
            yield
            check_whole(self.report, self.before, complete=self.complete)
        except SourceError:
            for code, place in self.places.items():
                if self.quarantine(code) is None and place.weighing.doubt(ended=False) is None:
                    await self.release(place)
            raise

    async def take(self, told: StockBatch) -> None:
        batch = with_epoch(told, self.before)
        check_numbering(self.source, batch, self.before, self.report)
        self.seen.start(self.source, batch, self.world.clock.now())
        self.cursor = batch.cursor or self.cursor
        written = await take_batch(self.world, self.ports, batch, self.report, self.seen)
        self.weigh(written)
        for code in {sku_and_location(move.statement.key)[1] for move in written.outcome.held}:
            await self.release_early(code)
        self.complete = batch.complete

    def weigh(self, written: Written) -> None:
        held, fresh = {move.statement.key: move for move in written.outcome.held}, written.outcome.fresh
        for statement in written.statements:
            sku, code = sku_and_location(statement.key)
            place, move = self.place(code), held.get(statement.key)
            if move:
                place.held.append(move)
                place.weighing.add_moved(MovedRow(sku, move.before, statement.quantity))
            else:
                place.weighing.add_same(0 if statement.key in fresh else statement.quantity)

    def place(self, code: LocationCode) -> Place:
        if code not in self.places:
            old, usual = self.quarantine(code), (self.before.rows_by_location or {}).get(code, 0)
            watched = {row.sku: row for row in old.sample} if old else {}
            self.places[code] = Place(Weighing(self.source.guard, usual, watched))
        return self.places[code]

    def quarantine(self, code: LocationCode) -> Quarantine | None:
        return next((one for one in self.before.quarantines if one.location == code), None)

    async def release_early(self, code: LocationCode) -> None:
        """Take in what is held of a place that was told as large as ever and looks sound: it need not wait for the other places."""
        place = self.place(code)
        whole = 0 < place.weighing.usual <= place.weighing.rows
        if whole and self.quarantine(code) is None and place.weighing.doubt() is None:
            await self.release(place)

    async def release(self, place: Place) -> None:
        if place.held:
            self.report.count(await self.world.stock.state_all(self.ports.code, [move.statement for move in place.held]))
        place.held.clear()

    async def closed(self) -> FeedState:
        """Judge every place, then zero what is no longer listed and lift what the pass covers; only after the last part came."""
        self.seen.add_places(await heard_places(self.world, self.ports, self.before))
        doubted = [one for code in list(self.seen.listed) if (one := await self.judged(code))]
        self.seen.leave_out([one.location for one in doubted])
        reach = self.seen.reach
        if reach:
            await self.world.stock.advance(self.ports.code, list(self.seen.listed), reach, self.seen.unread_skus)
        rows = {code: self.place(code).weighing.rows for code in self.seen.listed}
        listed = self.seen.listed
        unread = {(sku, place) for sku, place in self.seen.unread if place is None or sku not in listed.get(place, ())}
        state = replace(self.before, rows_by_location={**(self.before.rows_by_location or {}), **rows}, quarantines=tuple(doubted))
        if not doubted and self.before.epoch not in {"", self.seen.epoch}:
            await ask_again(self.world, self.source)
        return as_of(with_unread(state if doubted else self.believed(state), unread), self.seen)

    def believed(self, state: FeedState) -> FeedState:
        """Return the feed's state after a pass that was believed whole. After another the old cursor stands: changes go on from there."""
        return replace(
            state,
            cursor=self.cursor or state.cursor,
            epoch=self.seen.epoch or state.epoch,
            order=self.seen.order if self.source.ordered_by == "SEQUENCE" else None,
            last_full_at=self.world.clock.now(),
        )

    async def judged(self, code: LocationCode) -> Quarantine | None:
        """Take in a place's figures, or return its quarantine."""
        place, listed = self.place(code), frozenset(self.seen.listed[code] | self.seen.unread_skus)
        if self.seen.reach:
            for key, units in (await self.world.stock.unlisted(code, listed)).items():
                if units:
                    place.weighing.add_moved(MovedRow(sku_and_location(key)[0], units, 0), listed=False)
        why = place.weighing.doubt()
        if why and not self.is_confirmed(code, place.weighing):
            await self.world.stock.abandon(self.ports.code, code)
            return self.doubted(code, place.weighing, why)
        await self.release(place)
        if self.seen.reach and self.seen.asked_at:
            zeroed = await self.world.stock.zero_unlisted(self.ports.code, code, listed, self.seen.reach, self.seen.asked_at)
            self.report.zeroed += zeroed
        if self.quarantine(code):
            log.info("quarantine_ended", source=self.ports.code, location=code)
        return None

    def is_confirmed(self, code: LocationCode, weighing: Weighing) -> bool:
        old = self.quarantine(code)
        return old is not None and (old.released or is_said_again(old, weighing, self.as_of))

    @property
    def as_of(self) -> datetime:
        return self.seen.asked_at or self.world.clock.now()

    def doubted(self, code: LocationCode, weighing: Weighing, why: str) -> Quarantine:
        """Return the quarantine of a place; one that was said again too soon goes on waiting from when it was said first."""
        self.report.quarantined.append(f"{code}: {why}")
        old = self.quarantine(code)
        if old and (weighing.agrees() or not weighing.moved) and self.as_of < old.as_of + weighing.guard.confirm_after:
            return replace(old, looked_at=self.world.clock.now())
        log.warning("stock_quarantined", source=self.ports.code, location=code, reason=why, rows=weighing.rows, moved=len(weighing.moved))
        now = self.world.clock.now()
        return Quarantine(code, why, old.at if old else now, self.as_of, now, weighing.rows, len(weighing.moved), weighing.sample())


def check_numbering(source: Source, batch: StockBatch, before: FeedState, report: SyncReport) -> None:
    """Refuse figures of a source whose numbers have fallen back: they would all count as old, and later ones as news of the past."""
    known = before.order if batch.epoch in {"", before.epoch} else None
    if source.ordered_by == "SEQUENCE" and known is not None and batch.sequence is not None and batch.sequence < known:
        raise SourceGarbage(
            report.source,
            f"its numbering fell back from {known} to {batch.sequence}; if it was restored, say so: commerce-gateway epoch {source.code}",
        )
