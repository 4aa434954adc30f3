"""Workers whose relays are killed at any moment: tasks that are dropped where they stand, or processes that SIGKILL ends."""

import asyncio
import contextlib
import os
import random
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from gateway.ports.order_book import HandOverQuery, Outbox
from gateway.ports.stores import Clock
from gateway.settings import Settings
from gateway.worker import Worker
from resolvers.context import World
from tests.campaigns.handing_over.network import Scale

STARTED = b"runs the loops"


class Crew(Protocol):
    """Workers that can be killed; `lease` begins the name of every lease that a worker's relays take."""

    def start(self) -> None: ...
    def at_work(self) -> Sequence[int]:
        """Return the places of the workers whose loops run."""
        ...

    async def kill(self, n: int) -> str: ...
    async def stop(self) -> None: ...


AHEAD = timedelta(seconds=6)
"""Of one worker's clock to the next: longer than a lease and a quiet period, both of which are short in a trial."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A worker's own clock: nothing that it shares with others may be judged by it."""

    clock: Clock
    ahead: timedelta

    def now(self) -> datetime:
        return self.clock.now() + self.ahead


@dataclass
class TaskCrew:
    """Workers in this process, each with a clock that is further ahead. Killing one drops its loops at whatever they wait for."""

    world: World
    settings: Settings
    size: int
    workers: list[Worker] = field(default_factory=list)
    started: int = 0

    def start(self) -> None:
        while len(self.workers) < self.size:
            ahead = Ahead(self.world.clock, AHEAD * (self.started % self.size))
            self.started += 1
            self.workers.append(Worker(replace(self.world, clock=ahead), self.settings))
            self.workers[-1].start()

    def at_work(self) -> Sequence[int]:
        return range(len(self.workers))

    async def kill(self, n: int) -> str:
        worker = self.workers.pop(n)
        tasks = [*worker.tasks, *worker.relays]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return worker.name

    async def stop(self) -> None:
        for worker in self.workers:
            await worker.stop()
        self.workers.clear()


@dataclass
class ProcessCrew:
    """`commerce-gateway worker`, as it is run anywhere; each says in a log of its own when its loops run."""

    network: Path
    environment: dict[str, str]
    size: int
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)

    def start(self) -> None:
        while len(self.processes) < self.size:
            command = [sys.executable, "-m", "gateway", "worker", "--network", str(self.network)]
            self.logs.append(self.folder / f"worker-{secrets.token_hex(4)}.log")
            with self.logs[-1].open("ab") as out:
                self.processes.append(subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **self.environment}))  # noqa: S603 - ours

    def at_work(self) -> Sequence[int]:
        return [n for n, log in enumerate(self.logs) if STARTED in log.read_bytes()]

    async def kill(self, n: int) -> str:
        process = self.processes.pop(n)
        self.logs.pop(n)
        process.kill()
        await asyncio.to_thread(process.wait)
        return f"worker-{process.pid}-"

    async def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                await asyncio.to_thread(process.wait, 30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()
        self.logs.clear()


@dataclass
class Death:
    """Takes a worker that is at work again and again; `counts` tells how many died, and how many of them with a message in their hands."""

    crew: Crew
    outbox: Outbox
    scale: Scale
    dice: random.Random
    counts: Counter[str] = field(default_factory=Counter)

    @contextlib.asynccontextmanager
    async def abroad(self) -> AsyncIterator[None]:
        """Be about for as long as the block runs."""
        task = asyncio.create_task(self._walk())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _walk(self) -> None:
        while True:
            await asyncio.sleep(self.dice.uniform(0.3, 1.7) * self.scale.kill_every_s)
            if at_work := self.crew.at_work():
                await asyncio.shield(self._take_one(self.dice.choice(at_work)))

    async def _take_one(self, n: int) -> None:
        name = await self.crew.kill(n)
        self.counts["workers killed"] += 1
        self.counts["killed while sending"] += await self._left_sending(name)
        self.crew.start()

    async def _left_sending(self, name: str) -> int:
        page = await self.outbox.entries(HandOverQuery(states=("SENDING",)), 200, None)
        return sum(entry.state == "SENDING" and (entry.lease or "").startswith(name) for record in page.records for entry in record.outbox)
