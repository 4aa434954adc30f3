"""What processes see of the sources, kept in this process alone."""

import time
from collections.abc import Callable, Sequence

from gateway.domain.circuits import Circuit


class MemorySightings:
    def __init__(self, lives_s: float = 10.0, now_s: Callable[[], float] = time.monotonic) -> None:
        self._lives_s, self._now_s = lives_s, now_s
        self._told: dict[str, tuple[float, tuple[Circuit, ...]]] = {}

    async def tell(self, process: str, circuits: Sequence[Circuit]) -> None:
        self._told[process] = (self._now_s(), tuple(circuits))

    async def seen(self) -> Sequence[Circuit]:
        since_s = self._now_s() - self._lives_s
        return [circuit for told_at_s, circuits in self._told.values() if told_at_s > since_s for circuit in circuits]

    async def forget(self, process: str) -> None:
        self._told.pop(process, None)
