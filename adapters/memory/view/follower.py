"""Fills the view by one scan and keeps it current from the change stream; what it cannot follow it reads anew."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from adapters.memory.view.news import News
from adapters.memory.view.positions import Positions
from adapters.memory.view.whole import WholeView
from gateway.domain.errors import Unavailable
from gateway.domain.ids import Sku
from gateway.ports.ledger import StockBook, StockChange

log = structlog.get_logger(__name__)
TURN = 1_000
"""Positions that are taken in before other work of this process gets its turn."""
RESUMES = 3
"""Times that a lost stream is resumed without one event before everything is read anew."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Pace:
    """`too_far_s`: so far behind, reading anew is faster than following."""

    beat_s: float = 1.0
    retry_s: float = 0.5
    too_far_s: float = 20.0


@dataclass
class Metrics:
    positions: int = 0
    events: int = 0
    rebuilds: int = 0
    """Times that the view was filled anew after the first."""
    losses: int = 0
    """Times that the stream was lost."""
    fill_s: float = 0.0


class Behind(Exception):
    """The stream brings what is older than a fresh reading would be."""


class ViewFollower:
    """One per process. The last positions answer while the stream is lost; their growing lag tells how old they are."""

    def __init__(self, stock: StockBook, view: WholeView, pace: Pace | None = None, now: Callable[[], datetime] = utc_now) -> None:
        self._stock, self._view, self._pace, self._now = stock, view, pace or Pace(), now
        self.metrics, self._news = Metrics(), News()
        self._token: object = None
        self._least_lag_s = float("inf")
        self._beat_seen_at = now()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Fill the view, then follow. Raises Unavailable when the database is away."""
        await self._fill()
        self._tasks = [asyncio.create_task(self._follow(), name="view"), asyncio.create_task(self._beat(), name="view-beat")]

    async def stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def subscribe(self, skus: Collection[Sku]) -> AsyncGenerator[set[Sku], None]:
        """Yield which of the skus have changed in the view since the last time; close it at the end."""
        return self._news.of(skus)

    async def _fill(self) -> None:
        """Take a token, then read everything: what changes meanwhile is told again by the stream."""
        await self._stock.beat(self._now())
        token, read_at, positions = await self._stock.stream_token(), self._now(), Positions()
        n = 0
        async for state in self._stock.scan():
            positions.put(state)
            n += 1
            if n % TURN == 0:
                await asyncio.sleep(0)
        self._view.replace(positions, read_at)
        self._token, self._beat_seen_at = token, self._now()
        self.metrics.positions, self.metrics.fill_s = len(positions), (self._now() - read_at).total_seconds()
        self._news.tell_all()

    async def _follow(self) -> None:
        idle_losses = 0
        while True:
            events = self.metrics.events
            try:
                await self._take_changes()
            except Behind:
                idle_losses = RESUMES
            except Unavailable as error:
                idle_losses = 0 if self.metrics.events > events else idle_losses
                self._lost(error, again=idle_losses > 0)
                idle_losses += 1
                await asyncio.sleep(self._pace.retry_s)
            if idle_losses >= RESUMES and await self._refilled():
                idle_losses = 0

    def _lost(self, error: Unavailable, *, again: bool) -> None:
        if not again:
            self.metrics.losses += 1
            log.warning("view_stream_lost", reason=str(error))

    async def _refilled(self) -> bool:
        try:
            await self._fill()
        except Unavailable:
            return False
        self.metrics.rebuilds += 1
        log.info("view_refilled", positions=self.metrics.positions, seconds=round(self.metrics.fill_s, 3))
        return True

    async def _take_changes(self) -> None:
        changes = self._stock.changes(self._token)
        if not isinstance(changes, AsyncGenerator):
            raise TypeError("changes must be closable")
        async with aclosing(changes) as open_changes:
            async for change in open_changes:
                self._take(change)
                self._token = change.token
                self.metrics.events += 1

    def _take(self, change: StockChange) -> None:
        """Take in one event. Raises Behind when heartbeats come in that are too old."""
        if change.beat_at is not None:
            self._beat_seen_at = self._now()
            self._view.confirm(change.beat_at)
            lag_s = (self._beat_seen_at - change.beat_at).total_seconds()
            self._least_lag_s = min(self._least_lag_s, lag_s)
            if lag_s > self._least_lag_s + self._pace.too_far_s:  # the least is what the writers' clocks differ from ours
                raise Behind
        elif change.key is not None:
            self._news.tell(self._view.put(change.key, change.state))
            self.metrics.positions = len(self._view)

    async def _beat(self) -> None:
        """Write the heartbeat when nobody else does: an idle stream looks like a living one."""
        while True:
            await asyncio.sleep(self._pace.beat_s)
            if (self._now() - self._beat_seen_at).total_seconds() > self._pace.beat_s:
                with suppress(Unavailable):
                    await self._stock.beat(self._now())
