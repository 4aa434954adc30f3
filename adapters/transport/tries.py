"""A second try of a call that may be repeated: after a failure, or while the first is late; each paid for by earlier calls."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from gateway.domain.errors import SourceUnavailable

T = TypeVar("T")
KEPT, FEWEST = 100, 20
"""Times of answers that are kept of an operation, and how many it takes to know what is late."""
LATE_SHARE = 0.95


class Purse:
    """What second tries are paid from: every call saves a share of one, up to a bound."""

    def __init__(self, share: float, most: int) -> None:
        self._share, self._most = share, most
        self.saved = float(most)

    def save(self) -> None:
        self.saved = min(float(self._most), self.saved + self._share)

    def pay(self) -> bool:
        if self.saved < 1:
            return False
        self.saved -= 1
        return True


class Pace:
    """How long answers of each operation take."""

    def __init__(self) -> None:
        self._seconds: dict[str, deque[float]] = {}

    def note(self, operation: str, seconds: float) -> None:
        self._seconds.setdefault(operation, deque(maxlen=KEPT)).append(seconds)

    def late_after_s(self, operation: str) -> float | None:
        """Return what nearly all answers take less than; None while too few are known."""
        known = sorted(self._seconds.get(operation, ()))
        return known[int(len(known) * LATE_SHARE)] if len(known) >= FEWEST else None


async def first_answer(attempt: Callable[[], Awaitable[T]], hedge_after_s: float | None, purse: Purse) -> T:
    """Return the answer of at most two attempts. The second is begun when the first was in vain, or is late (`hedge_after_s`).

    Raises what the first raised, unless the second does better.
    """
    first = asyncio.ensure_future(attempt())
    tries = [first]
    try:
        await asyncio.wait(tries, timeout=hedge_after_s)
        if is_worth_another(first) and purse.pay():
            tries.append(asyncio.ensure_future(attempt()))
        return await best(tries)
    finally:
        for one in tries:
            one.cancel()
        await asyncio.gather(*tries, return_exceptions=True)


def is_worth_another(first: "asyncio.Future[T]") -> bool:
    """Tell whether a second try may help: the first was broken off, or has not answered yet."""
    return not first.done() or isinstance(first.exception(), SourceUnavailable)


async def best(tries: "Iterable[asyncio.Future[T]]") -> T:
    """Return the first answer that comes; raise the failure of the first try when there is none."""
    waiting = set(tries)
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for one in done:
            if not one.cancelled() and one.exception() is None:
                return one.result()
    return next(iter(tries)).result()
