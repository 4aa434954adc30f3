"""Words of places on whether they take work, kept in this process alone."""

from collections.abc import Sequence

from gateway.domain.ids import LocationCode
from gateway.domain.pauses import Pause


class MemoryPauses:
    def __init__(self) -> None:
        self._by_location: dict[LocationCode, Pause] = {}

    async def pauses(self) -> Sequence[Pause]:
        return list(self._by_location.values())

    async def write(self, pause: Pause) -> bool:
        before = self._by_location.get(pause.location)
        if pause.v != (before.v if before else 0) + 1:
            return False
        self._by_location[pause.location] = pause
        return True
