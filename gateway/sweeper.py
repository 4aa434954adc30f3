"""Makes every part of the loops' rounds on its own: told, counted and, of an order, said to a person; nothing else waits for what fails."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

import structlog

from gateway.domain.errors import GatewayError, Unavailable
from gateway.domain.ids import Rid
from gateway.domain.ordering.history import needing
from gateway.domain.ordering.withdrawing import sourced
from gateway.telemetry import LOOP_FAILURES
from resolvers.context import World
from resolvers.sweeping import Step

log = structlog.get_logger(__name__)
T = TypeVar("T")
PATIENCE = 3
"""Failures of one order in a row until a person is called to it."""
CALL = "The gateway fails on this order again and again; its log says why. Look after it by hand until that is mended."


class Sweeper:
    """What fails says so once, and once when it works again."""

    def __init__(self, world: World, at_once: int) -> None:
        self.world, self.at_once = world, at_once
        self.failing = Counter[str]()
        """Failures in a row, by what failed."""
        self.cut_off: set[str] = set()
        """Loops that did not reach the database at their last step."""

    async def attempt(self, name: str, step: Step, rid: Rid | None = None) -> None:
        """Make one step of a loop, or (`rid`) one order's part of it."""
        try:
            await step()
        except Unavailable as error:
            if not self.cut_off:
                log.warning("database_lost", error=str(error))
            self.cut_off.add(loop_of(name))
            return
        except Exception as error:
            if name not in self.failing:
                log.warning("loop_failed", loop=name, error=str(error), exc_info=not isinstance(error, GatewayError))
            await self._failed(name, rid)
            return
        if self.failing.pop(name, 0):
            log.info("loop_recovered", loop=name)
            await self._called_off(rid)
        if self.cut_off == {name}:
            log.info("database_recovered")
        self.cut_off.discard(name)

    async def each(self, loop: str, parts: AsyncIterator[Sequence[T]], rid_of: Callable[[T], Rid], step: Callable[[T], Step]) -> None:
        """Make a step for everything of a list, several at once."""
        met = set[str]()
        async for found in parts:
            rids = [rid_of(one) for one in found]
            met.update(f"{loop} {rid}" for rid in rids)
            queue = iter([(rid, step(one)) for rid, one in zip(rids, found, strict=True)])
            await asyncio.gather(*(self._drain(loop, queue) for _ in range(self.at_once)))
        for name in [name for name in self.failing if loop_of(name) == loop and name not in met | {loop}]:
            del self.failing[name]

    async def _drain(self, loop: str, queue: Iterable[tuple[Rid, Step]]) -> None:
        for rid, step in queue:
            await self.attempt(f"{loop} {rid}", step, rid)

    async def _failed(self, name: str, rid: Rid | None) -> None:
        LOOP_FAILURES.labels(loop_of(name)).inc()
        self.failing[name] += 1
        if rid is not None and self.failing[name] >= PATIENCE:
            await self.attempt(f"{loop_of(name)}-call", partial(self._call, rid))

    async def _call(self, rid: Rid) -> None:
        """Call a person to an order, unless one is called already."""
        record = (await self.world.orders.records([rid])).get(rid)
        if record is None or record.order is None:
            return
        order = needing(record.order, "UNSOURCED", CALL, self.world.clock.now())
        if order is not record.order:
            await self.world.orders.write(record, order)

    async def _called_off(self, rid: Rid | None) -> None:
        """Take the call back; units without a place keep it."""
        record = (await self.world.orders.records([rid])).get(rid) if rid else None
        if record is None or record.order is None or not any(one.message == CALL for one in record.order.attention):
            return
        order = sourced(record.order)
        if order is not record.order:
            await self.world.orders.write(record, order)


def loop_of(name: str) -> str:
    return name.partition(" ")[0]
