"""By how many days each way of a place is later than the earliest date at which all of a basket could be there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.calendar import local_day
from gateway.domain.ids import Sku
from gateway.domain.location import Location
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.problem import Candidate, Way


@dataclass(slots=True)
class Held:
    """A place that can send a part of the basket in time."""

    location: Location
    units: dict[Sku, int]
    ways: tuple[Way, ...]
    latest: datetime
    rank: tuple[datetime, int, float, str]
    distance_m: int | None


class Lateness:
    """Counts by how many local days ways are later than the earliest date; ways that arrive alike are counted once."""

    def __init__(self, earliest: datetime | None, time_zone: str) -> None:
        self._earliest, self._time_zone = earliest, time_zone
        self._days: dict[datetime, int] = {}
        self._late: dict[tuple[int, int], Way] = {}

    def counted(self, held: Held) -> Candidate:
        ways = held.ways
        if self._earliest is not None and (held.latest > self._earliest or len(ways) > 1):
            ways = tuple([self._way(way) for way in ways])
        return Candidate(held.location, held.units, ways, distance_m=held.distance_m)

    def _way(self, way: Way) -> Way:
        days = self._days.get(way.latest)
        if days is None:
            days = self._days[way.latest] = late_days(way.latest, self._earliest or way.latest, self._time_zone)
        if not days:
            return way
        late = self._late.get((id(way), days))
        if late is None:
            late = self._late[id(way), days] = replace(way, late_days=days)
        return late


def earliest_feasible(lines: Iterable[SkuQuantity], offers: Iterable[tuple[datetime, Mapping[Sku, int]]]) -> datetime | None:
    """Return when the whole basket could be there at the earliest, were it sent from everywhere at once; None when it could not.

    An offer: by when a place could have it there, and what it has.
    """
    needed = {line.sku: line.quantity for line in lines}
    for latest, units in sorted(offers, key=lambda offer: offer[0]):
        for sku in list(needed):
            needed[sku] -= units.get(sku, 0)
            if needed[sku] <= 0:
                del needed[sku]
        if not needed:
            return latest
    return None


def late_days(latest: datetime, earliest: datetime, time_zone: str) -> int:
    """Return by how many local days a delivery is later than the earliest one."""
    return max(0, local_day(latest, time_zone) - local_day(earliest, time_zone))
