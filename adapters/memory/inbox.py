"""Events that were taken, kept in this process alone."""

import time
from collections.abc import Callable, Collection

from gateway.domain.ids import SourceCode

KEPT_S = 30 * 86_400.0


class MemoryInbox:
    def __init__(self, now_s: Callable[[], float] = time.time) -> None:
        self._now_s = now_s
        self._taken_at: dict[tuple[SourceCode, str], float] = {}

    async def unseen(self, source: SourceCode, events: Collection[str]) -> frozenset[str]:
        kept_since = self._now_s() - KEPT_S
        return frozenset(event for event in events if self._taken_at.get((source, event), float("-inf")) < kept_since)

    async def seen(self, source: SourceCode, events: Collection[str]) -> None:
        now_s = self._now_s()
        self._forget(now_s - KEPT_S)
        for event in events:
            self._taken_at.pop((source, event), None)
            self._taken_at[source, event] = now_s

    def _forget(self, before_s: float) -> None:
        """Drop what is too old; entries stand in the order in which they were taken."""
        while self._taken_at:
            oldest = next(iter(self._taken_at))
            if self._taken_at[oldest] >= before_s:
                return
            del self._taken_at[oldest]
