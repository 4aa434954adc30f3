"""The machines of a run: each has a connection and a clock of its own, runs the product's adapter, and may die at any moment."""

import asyncio
import contextlib
import random
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from types import ModuleType, SimpleNamespace
from typing import Any, Protocol
from unittest import mock

from adapters.mongo.claims import MongoClaims
from adapters.mongo.combining import Combining
from adapters.mongo.order_book import MongoOrderBook
from adapters.mongo.outbox import MongoOutbox
from adapters.mongo.stock_book import MongoStockBook
from gateway.domain.claims.meaning import Times
from tests.campaigns.simulation.clock import BEGIN_MS, MachineTime, clock_error_s, now_s
from tests.campaigns.simulation.driver import Link, SimulatedDatabase

LONGEST_CLOCK_ERROR_S = 15.0


@dataclass
class Machine:
    """The product's ports over one connection."""

    link: Link
    times: Times

    def __post_init__(self) -> None:
        database: Any = SimulatedDatabase(self.link)
        self.claims = MongoClaims(database, self.times, combining=Combining(folded_from=1))
        self.orders = MongoOrderBook(database, self.times)
        self.outbox = MongoOutbox(database)
        self.stock = MongoStockBook(database, self.times)

    @staticmethod
    def now() -> datetime:
        return datetime.fromtimestamp(BEGIN_MS / 1000 + now_s() + clock_error_s.get(), UTC)


class Work(Protocol):
    async def __call__(self, machine: Machine) -> None: ...


async def with_clock(work: Work, machine: Machine, error_s: float) -> None:
    clock_error_s.set(error_s)
    await work(machine)


async def mortal(work: Work, machine: Machine, error_s: float, lives_s: float) -> bool:
    """Run until it is done or its machine dies; tell whether it was done."""
    task = asyncio.create_task(with_clock(work, machine, error_s))
    done, _ = await asyncio.wait({task}, timeout=lives_s)
    if not done:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return False
    task.result()
    return True


@contextlib.contextmanager
def simulated(dice: Random) -> Iterator[None]:
    """Let the adapter see the simulation's time and its dice."""
    drawn = SimpleNamespace(token_hex=lambda n: f"{dice.getrandbits(8 * n):0{2 * n}x}")
    stand_ins: dict[str, tuple[ModuleType, Any]] = {"time": (time, MachineTime), "random": (random, dice), "secrets": (secrets, drawn)}
    with contextlib.ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            for attribute, (real, stand_in) in stand_ins.items() if name.startswith("adapters.mongo.") else ():
                if getattr(module, attribute, None) is real:
                    stack.enter_context(mock.patch.object(module, attribute, stand_in))
        yield
