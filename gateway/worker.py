"""The loops that have no client: sync of every source, relays, recovery, routing, scrubbing, purging, the view's heartbeat.

Each loop is under a lease where two of it would do the same work; a worker that dies leaves its leases to lapse.
"""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from gateway.domain.claims.auditing import MENDED_BY_ITSELF
from gateway.domain.claims.programs import recover
from gateway.domain.claims.scrubbing import scrub
from gateway.domain.ids import Rid, SourceCode, StockKey
from gateway.domain.network import Source
from gateway.domain.order_facts import OrderFacts, order_facts
from gateway.leasing import pass_lease, under_lease
from gateway.ports.order_book import Record, WorkPlace
from gateway.settings import Settings
from gateway.sweeper import Sweeper
from gateway.telemetry import DRIFTS
from gateway.wiring import in_no_hurry
from resolvers.audit import audit
from resolvers.coming import follow_supply
from resolvers.commands.deciding import settle_decisions
from resolvers.commands.lapse_offers import lapse_offers
from resolvers.commands.route_order import ROUTER
from resolvers.commands.router import route
from resolvers.commands.work_step import order_of
from resolvers.context import Context, World
from resolvers.hand_over.relay import relay_one
from resolvers.hand_over.verdict import Pace
from resolvers.pausing import source_paused
from resolvers.reoptimizing import reoptimize
from resolvers.shortfalls import cover_shortfalls
from resolvers.sweeping import Step, swept
from resolvers.sync.source import sync_due

log = structlog.get_logger(__name__)
BATCH = 50
"""Orders that are read in one go."""
OVER_EVERYWHERE = timedelta(days=1)
"""How much later than by UTC a day ends at any place."""


class Worker:
    """Runs the loops until it is stopped.

    A loop that fails says so once, goes on after its pause (but no longer than a lease lasts), and says when it works again.
    """

    def __init__(self, world: World, settings: Settings) -> None:
        self.world, self.settings = world, settings
        self.name = f"worker-{os.getpid()}-{secrets.token_hex(3)}"
        self.tasks: list[asyncio.Task[None]] = []
        self.relays: list[asyncio.Task[None]] = []
        self._leased: set[str] = set()
        self.sweeper = Sweeper(world, settings.swept_at_once)
        self._stopping = asyncio.Event()

    def start(self) -> None:
        for source in self.world.network.sources:
            pause = source.poll_every.total_seconds() * self.settings.poll_factor
            self.tasks.append(self._loop(f"sync-{source.code}", pause, self._sync(source), leased=True))
            if self.world.sources[source.code].hand_over:
                self.relays.append(self._loop(f"relay-{source.code}", self.settings.relay_idle_s, self._relay(source.code)))
        self.tasks.append(self._loop("recover", self.settings.recover_every_s, self._recover))
        self.tasks.append(self._loop("route", self.settings.route_every_s, self._route, leased=True))
        self.tasks.append(self._loop("lapse", self.settings.lapse_every_s, self._lapse, leased=True))
        self.tasks.append(self._loop("scrub", self.settings.scrub_every_s, self._scrub, leased=True))
        self.tasks.append(self._loop("purge", self.settings.purge_every_s, self._purge, leased=True))
        self.tasks.append(self._loop("shortfalls", self.settings.shortfalls_every_s, self._shortfalls, leased=True))
        self.tasks.append(self._loop("pauses", self.settings.pauses_every_s, self._pauses, leased=True))
        if self.settings.reoptimize_every_s:
            self.tasks.append(self._loop("reoptimize", self.settings.reoptimize_every_s, self._reoptimize, leased=True))
        self.tasks.append(self._loop("supply", self.settings.supply_every_s, self._supply, leased=True))
        if self.settings.audit_sample:
            self.tasks.append(self._loop("audit", self.settings.audit_every_s, self._audit, leased=True))
        self.tasks.append(self._loop("beat", self.settings.beat_every_s, self._beat))

    @property
    def lives(self) -> bool:
        """Tell whether every loop goes on."""
        return not any(task.done() for task in (*self.tasks, *self.relays))

    async def stop(self) -> None:
        """End the loops. Messages under way come to their end first: one that is broken off would be in doubt."""
        self._stopping.set()
        for task in self.tasks:
            task.cancel()
        if self.relays:
            await asyncio.wait(self.relays, timeout=self.settings.drain_s)
        for task in self.relays:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.stop_s):
                await asyncio.gather(*self.tasks, *self.relays, return_exceptions=True)
                await asyncio.gather(*(self.world.leases.release(name, self.name) for name in self._leased), return_exceptions=True)

    def _loop(self, name: str, pause_s: float, step: Step, *, leased: bool = False) -> asyncio.Task[None]:
        return asyncio.create_task(self._forever(name, pause_s, self._under_lease(name, step) if leased else step), name=name)

    async def _forever(self, name: str, pause_s: float, step: Step) -> None:
        while not self._stopping.is_set():
            await self.sweeper.attempt(name, step)
            failed = name in self.sweeper.failing or name in self.sweeper.cut_off
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), min(pause_s, self.settings.lease_s) if failed else pause_s)

    def _under_lease(self, name: str, step: Step) -> Step:
        async def leased() -> None:
            await self._alone(name, step)

        return leased

    async def _alone(self, name: str, step: Step) -> bool:
        self._leased.add(name)
        return await under_lease(self.world.leases, name, self.name, self.settings.lease_s, step)

    def _sync(self, source: Source) -> Step:
        """Make a round over a source, unless a person's sync reads it just now; whoever waits may read it after that."""
        name = pass_lease(source.code)

        async def step() -> None:
            with in_no_hurry(self.settings):
                if await self._alone(name, partial(sync_due, self.world, source)):
                    await self.world.leases.release(name, self.name)

        return step

    def _relay(self, source: SourceCode) -> Step:
        """Carry all that is due to one source: first one message, then several at once; a source that hangs keeps no other one waiting."""

        async def step() -> None:
            if await self._carry(source, 0):
                await asyncio.gather(*(self._carry_all(source, n) for n in range(self.settings.relays)))

        return step

    async def _carry(self, source: SourceCode, n: int) -> bool:
        return await relay_one(self.world, f"{self.name}-{source}-{n}", (source,), pace_of(self.settings))

    async def _carry_all(self, source: SourceCode, n: int) -> None:
        while not self._stopping.is_set() and await self._carry(source, n):
            pass

    async def _recover(self) -> None:
        async def part(after: WorkPlace | None, skip: int) -> Sequence[tuple[Rid, int]]:
            return list((await self.world.orders.overdue(BATCH, after, skip)).items())

        def step(found: tuple[Rid, int]) -> Step:
            return lambda: self.world.claims.run(recover(found[0]))

        await self.sweeper.each("recover", swept(part, lambda found: (found[1], found[0]), BATCH), lambda found: found[0], step)

    async def _scrub(self) -> None:
        """Give back what no order names, on every position that has claims."""
        with in_no_hurry(self.settings):
            async for key in self.world.claims.marked():
                await self.sweeper.attempt(f"scrub {key}", partial(self._scrub_one, key))

    async def _scrub_one(self, key: StockKey) -> None:
        if freed := await self.world.claims.run(scrub(key)):
            log.warning("claims_of_nobody", position=key, count=freed)

    async def _route(self) -> None:
        async def part(after: WorkPlace | None, skip: int) -> Sequence[Record]:
            return await self.world.orders.unrouted(self.world.clock.now(), BATCH, after, skip)

        def place(record: Record) -> WorkPlace:
            return facts_of(record).routes_from, record.rid

        await self.sweeper.each("route", swept(part, place, BATCH), rid_of_record, lambda record: partial(route, self.world, record))

    async def _lapse(self) -> None:
        async def part(after: WorkPlace | None, skip: int) -> Sequence[tuple[Record, datetime]]:
            found = await self.world.orders.lapsing(BATCH, after, skip)
            return [(record, found.at) for record in found.records]

        def place(found: tuple[Record, datetime]) -> WorkPlace:
            return facts_of(found[0]).lapses_at, found[0].rid

        def step(found: tuple[Record, datetime]) -> Step:
            return partial(lapse_offers, self.world, *found)

        await self.sweeper.each("lapse", swept(part, place, BATCH), lambda found: found[0].rid, step)

    async def _purge(self) -> None:
        saved_before = self.world.clock.now() - timedelta(seconds=self.settings.orphan_age_s)
        while await self.world.orders.purge_personal(saved_before, BATCH) == BATCH:
            pass
        while await settle_decisions(self.world, saved_before, BATCH) == BATCH:
            pass
        over = self.world.clock.now() - timedelta(seconds=self.settings.capacity_kept_s) - OVER_EVERYWHERE
        while await self.world.capacity.purge(over.date(), BATCH) == BATCH:
            pass

    async def _supply(self) -> None:
        await follow_supply(self.world, Context(self.world, ROUTER, self.world.clock.now()), self.sweeper.attempt)

    async def _shortfalls(self) -> None:
        await cover_shortfalls(self.world, self.sweeper.attempt)

    async def _pauses(self) -> None:
        await source_paused(self.world, self.sweeper.attempt)

    async def _reoptimize(self) -> None:
        await reoptimize(self.world, attempt=self.sweeper.attempt)

    async def _audit(self) -> None:
        """Look at a sample, and tell what does not fit; what an owner said and we missed is taken in, else a person is to ask for it."""
        settings = self.settings
        with in_no_hurry(settings):
            found = await audit(self.world, sample=settings.audit_sample, repair=MENDED_BY_ITSELF, pause_s=settings.audit_pause_s)
        DRIFTS.clear()
        mended = {one.name for one in found.repaired}
        for one in found.drifts:
            where = {"position": one.position, "order": one.rid, "claim": one.mid}
            DRIFTS.labels(one.kind).inc()
            log.warning("drift_found", kind=one.kind, **where, told=one.told, cause=one.cause, repaired=one.name in mended)

    async def _beat(self) -> None:
        await self.world.stock.beat(self.world.clock.now())


def facts_of(record: Record) -> OrderFacts:
    return order_facts(order_of(record))


def rid_of_record(record: Record) -> Rid:
    return record.rid


def pace_of(settings: Settings) -> Pace:
    return Pace(
        settings.hand_over_lease_s, settings.hand_over_first_pause_s, settings.hand_over_longest_pause_s, settings.hand_over_give_up_s
    )
