"""Locations kept in this process alone."""

from collections.abc import Sequence

from gateway.domain.ids import LocationCode
from gateway.domain.location import Location


class MemoryLocationStore:
    def __init__(self) -> None:
        self._location_by_code: dict[LocationCode, Location] = {}

    async def locations(self) -> Sequence[Location]:
        return list(self._location_by_code.values())

    async def save(self, locations: Sequence[Location]) -> int:
        """Insert or replace; return how many were new or differed."""
        changed = [place for place in locations if self._location_by_code.get(place.code) != place]
        self._location_by_code.update({place.code: place for place in changed})
        return len(changed)
