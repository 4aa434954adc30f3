"""One passage from a place to a destination, and what sourcing sees of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from gateway.domain.promise.dock import Dock, Passage
from gateway.domain.promise.road import Road, Window
from gateway.domain.sourcing.problem import Way


@dataclass(frozen=True, slots=True)
class Route:
    """A passage with the dock and the road that it takes."""

    dock: Dock
    road: Road
    passage: Passage
    way: Way
    from_at: datetime | None = None
    """Since when what goes by it is there; None: it is at hand."""

    @property
    def goes(self) -> tuple[str, Passage]:
        return self.road.code, self.passage

    def until(self, window: Window, late_days: int, *, transfer: bool) -> Way:
        """Return its way as it is for a customer who has the goods in another window than they arrive in."""
        way = self.way
        sent = way.carrier_service, way.ships_by, window.earliest, window.latest, way.bands, way.max_weight_g
        return Way(*sent, late_days, transfer, way.max_volume_cm3, way.most_units, way.most, way.awaited)


def route(dock: Dock, road: Road, passage: Passage) -> Route:
    """Return the route of a passage; its way tells what its carrier takes and asks, and when it arrives."""
    window, product = passage.window, road.product
    sent = road.code, passage.leaves_at, window.earliest, window.latest, road.area.bands, product.max_weight_g
    return Route(dock, road, passage, Way(*sent, max_volume_cm3=product.max_volume_cm3))


def by_load(leaving: Callable[[int], tuple[Route, ...]], most: int) -> tuple[Route, ...]:
    """Return the routes of a place that can send up to so many units: each passage once, with the largest load that still makes it.

    A larger load is never ready sooner, so that loads between two that go alike go like them.
    """
    routes_of, found = cache(leaving), list[Route]()
    for units in _largest(lambda units: [route.goes for route in routes_of(units)], most):
        for each in routes_of(units):
            found = [other for other in found if other.goes != each.goes]
            found.append(each if units == most else replace(each, way=replace(each.way, most_units=units)))
    return tuple(found)


def _largest(going: Callable[[int], list[tuple[str, Passage]]], most: int) -> Iterator[int]:
    """Yield, for each different answer, the largest load up to `most` that has it; nothing for loads that do not go."""
    units = 1
    while units <= most and going(units):
        low, high = units, most
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if going(middle) == going(units) else (low, middle - 1)
        yield low
        units = low + 1
