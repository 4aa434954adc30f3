"""Leases kept in this process alone."""

import time
from collections.abc import Callable


class MemoryLeases:
    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._held: dict[str, tuple[str, float]] = {}

    async def acquire(self, name: str, holder: str, seconds: float) -> bool:
        current, until_s = self._held.get(name, (holder, 0.0))
        if current != holder and until_s > self._now_s():
            return False
        self._held[name] = (holder, self._now_s() + seconds)
        return True

    async def release(self, name: str, holder: str) -> None:
        if self._held.get(name, ("", 0.0))[0] == holder:
            del self._held[name]
