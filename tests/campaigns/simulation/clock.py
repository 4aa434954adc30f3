"""An event loop whose time jumps to the next thing that is due: hours of waiting cost nothing, and a seed always runs alike."""

import asyncio
import selectors
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
BEGIN_MS = 1_790_000_000_000
"""The wall clock's time when a run begins."""
clock_error_s: ContextVar[float] = ContextVar("clock_error_s", default=0.0)
"""How far the clock of the machine is off on which the running task lives."""


class Deadlock(Exception):
    """Everybody waits, and nothing is due."""


class Jumping(selectors.SelectSelector):
    """Waits for no socket: it lets the time pass that the loop would have waited."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Deadlock("everybody waits, and nothing is due")
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.jumping = Jumping()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now_s


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run it to its end, and end what it left running."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(ended(main))
    finally:
        loop.close()


async def ended(main: Coroutine[Any, Any, T]) -> T:
    try:
        return await main
    finally:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def now_s() -> float:
    return asyncio.get_running_loop().time()


class MachineTime:
    """What the module `time` tells on a machine of the simulation."""

    @staticmethod
    def monotonic() -> float:
        return now_s()

    @staticmethod
    def time_ns() -> int:
        return BEGIN_MS * 1_000_000 + int((now_s() + clock_error_s.get()) * 1e9)
