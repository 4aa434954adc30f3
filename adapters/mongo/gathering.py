"""Carries what callers ask at the same time as one: while one flight is under way the next collects by itself, and nobody lingers."""

import asyncio
import contextvars
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from bson.errors import BSONError
from pymongo.errors import PyMongoError

K = TypeVar("K")
T = TypeVar("T")
R = TypeVar("R")
DATABASE_ERRORS = (PyMongoError, BSONError, OverflowError, TimeoutError)
"""What each caller meets again on its own way, if it is its own: a batch that one document spoils tells nobody else."""
Flight: TypeAlias = Callable[[Sequence[T]], Awaitable[Sequence[R | None]]]
"""Carries a batch in the order of arrival; answers each, None where what became of it is unknown."""


SLOW_S = 0.5
"""A flight that takes longer, or comes to nothing, halves the next: no batch shall outlast the time that a command is given."""
STUCK_S = 1.0
"""A flight that takes longer is waited for by nobody else: another leaves beside it."""


class Gathering(Generic[T, R]):
    """One queue of callers. `most` of them share a flight; `most` 1: each has its own.

    Another of so many `flights` leaves beside those under way only when all of these seem stuck: together they would but slow each other.
    """

    def __init__(self, carry: Flight[T, R], most: int, flights: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self.carry, self.most, self.flights = carry, most, flights
        self.clock, self.room = clock, most
        self._waiting: deque[tuple[T, asyncio.Future[R | None]]] = deque()
        self._under_way = 0
        self._left_at: list[float] = []
        """When those left that are in the air."""
        self._relief: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_idle(self) -> bool:
        return not self._waiting and not self._under_way

    async def ask(self, item: T) -> R | None:
        """Return what the flight that carries it answers; None: unknown, the caller finds out by itself."""
        answer: asyncio.Future[R | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self.most == 1:
            self._begin()
        else:
            self._begin_or_wait()
        return await answer

    def _begin(self) -> None:
        self._under_way += 1
        # a context of its own: the flight belongs to no one caller, so nobody's patience or trace rules it
        task = asyncio.create_task(self._fly_all(), context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _begin_or_wait(self) -> None:
        """Let a flight leave for those who wait, or look again when those in the air should have landed."""
        if not self._under_way:
            self._begin()
        elif self._under_way < self.flights and self._relief is None:
            due_s = max(self._left_at, default=self.clock()) + STUCK_S - self.clock()
            self._relief = asyncio.get_running_loop().call_later(max(0.0, due_s), self._relieve)

    def _relieve(self) -> None:
        self._relief = None
        if self._waiting and self._under_way < self.flights:
            if self._all_stuck():
                self._begin()
            else:
                self._begin_or_wait()

    def _all_stuck(self) -> bool:
        return all(self.clock() - at >= STUCK_S for at in self._left_at)

    async def _fly_all(self) -> None:
        try:
            while (self.most == 1 or self._all_stuck()) and (batch := self._boarded()):
                await self._fly(batch)
        finally:
            self._under_way -= 1
            if self._waiting:
                self._begin_or_wait()

    async def _fly(self, batch: Sequence[tuple[T, asyncio.Future[R | None]]]) -> None:
        answers: Sequence[R | None] = [None] * len(batch)
        begun, told = self.clock(), False
        self._left_at.append(begun)
        try:
            answers = await self.carry([item for item, _ in batch])
            told = True
        except DATABASE_ERRORS:
            pass
        except Exception as error:  # noqa: BLE001 - ours, and theirs who wait for it
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(error)
        finally:
            self._left_at.remove(begun)
            quick = told and self.clock() - begun <= SLOW_S
            self.room = min(self.most, self.room * 2) if quick else max(1, len(batch) // 2)
            for (_, waiting), answer in zip(batch, answers, strict=True):
                if not waiting.done():
                    waiting.set_result(answer)

    def _boarded(self) -> list[tuple[T, asyncio.Future[R | None]]]:
        """Return the next batch, without those who have gone."""
        batch: list[tuple[T, asyncio.Future[R | None]]] = []
        while self._waiting and len(batch) < self.room:
            item, answer = self._waiting.popleft()
            if not answer.done():
                batch.append((item, answer))
        return batch


class Gatherings(Generic[K, T, R]):
    """A queue for each key, as long as somebody stands in it."""

    def __init__(self, carry: Callable[[K, Sequence[T]], Awaitable[Sequence[R | None]]], most: int) -> None:
        self.carry, self.most = carry, most
        self._by_key: dict[K, Gathering[T, R]] = {}

    @property
    def keys_in_use(self) -> int:
        return len(self._by_key)

    async def ask(self, key: K, item: T) -> R | None:
        queue = self._by_key.get(key)
        if queue is None:
            queue = self._by_key[key] = Gathering(partial(self.carry, key), self.most)
        try:
            return await queue.ask(item)
        finally:
            if queue.is_idle and self._by_key.get(key) is queue:
                del self._by_key[key]
