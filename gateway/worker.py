"""The loops that have no client: sync of every source, relays, recovery, routing, the view's heartbeat.

Each loop is under a lease where two of it would do the same work; a worker that dies leaves its leases to lapse.
"""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from resolvers.commands.route_order import route

from gateway.domain.claims.programs import recover
from gateway.domain.errors import GatewayError
from gateway.domain.ids import SourceCode
from gateway.domain.network import Source
from gateway.settings import Settings
from resolvers.context import World
from resolvers.hand_over.relay import relay_one
from resolvers.sync.source import DELTAS, FIGURES, MASTER_DATA, sync_feeds

log = structlog.get_logger(__name__)
BATCH = 50
"""Orders that one round of routing or recovery looks at."""


class Worker:
    """Runs the loops until it is stopped; a loop that fails is logged and goes on after its pause."""

    def __init__(self, world: World, settings: Settings) -> None:
        self.world, self.settings = world, settings
        self.name = f"worker-{os.getpid()}-{secrets.token_hex(3)}"
        self.tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        for source in self.world.network.sources:
            pause = source.poll_every.total_seconds() * self.settings.poll_factor
            self._loop(f"sync-{source.code}", pause, self._sync(source), leased=True)
        for n in range(self.settings.relays):
            self._loop(f"relay-{n}", self.settings.relay_idle_s, self._relay(n))
        self._loop("recover", self.settings.recover_every_s, self._recover)
        self._loop("route", self.settings.route_every_s, self._route, leased=True)
        self._loop("beat", self.settings.beat_every_s, self._beat)

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def _loop(self, name: str, pause_s: float, step: Callable[[], Awaitable[None]], *, leased: bool = False) -> None:
        self.tasks.append(asyncio.create_task(self._forever(name, pause_s, step, leased), name=name))

    async def _forever(self, name: str, pause_s: float, step: Callable[[], Awaitable[None]], leased: bool) -> None:  # noqa: FBT001 - private
        while True:
            try:
                if not leased or await self.world.leases.acquire(name, self.name, self.settings.lease_s):
                    await step()
            except GatewayError as error:
                log.warning("loop_failed", loop=name, error=str(error))
            except Exception:
                log.exception("loop_failed", loop=name)
            await asyncio.sleep(pause_s)

    def _sync(self, source: Source) -> Callable[[], Awaitable[None]]:
        async def step() -> None:
            full = await self._full_due(source.code, source.full_every)
            if full:
                await sync_feeds(self.world, source.code, {**MASTER_DATA, **FIGURES}, full=True)
            else:
                await sync_feeds(self.world, source.code, {"catalogue": MASTER_DATA["catalogue"], **DELTAS}, full=False)

        return step

    async def _full_due(self, source: SourceCode, every: timedelta) -> bool:
        """Tell whether the last full pass over the stock (or the catalogue of a source without stock) is too long ago."""
        ports = self.world.sources[source]
        state = await self.world.feeds.feed(source, "stock" if ports.stock else "catalogue")
        return state.last_full_at is None or self.world.clock.now() - state.last_full_at > every

    def _relay(self, n: int) -> Callable[[], Awaitable[None]]:
        async def step() -> None:
            while await relay_one(self.world, f"{self.name}-{n}"):
                pass

        return step

    async def _recover(self) -> None:
        for rid in await self.world.orders.overdue(BATCH):
            await self.world.claims.run(recover(rid))

    async def _route(self) -> None:
        for record in await self.world.orders.unrouted(self.world.clock.now(), BATCH):
            with contextlib.suppress(GatewayError):
                await route(self.world, record)

    async def _beat(self) -> None:
        await self.world.stock.beat(self.world.clock.now())
