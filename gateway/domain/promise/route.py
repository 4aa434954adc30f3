"""One passage from a place to a destination, and what sourcing sees of it."""

from dataclasses import dataclass

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

    def until(self, window: Window, late_days: int, *, transfer: bool) -> Way:
        """Return its way as it is for a customer who has the goods in another window than they arrive in."""
        way = self.way
        sent = way.carrier_service, way.ships_by, window.earliest, window.latest, way.bands, way.max_weight_g
        return Way(*sent, late_days, transfer, way.max_volume_cm3)


def route(dock: Dock, road: Road, passage: Passage) -> Route:
    """Return the route of a passage; its way tells what its carrier takes and asks, and when it arrives."""
    window, product = passage.window, road.product
    sent = road.code, passage.leaves_at, window.earliest, window.latest, road.area.bands, product.max_weight_g
    return Route(dock, road, passage, Way(*sent, max_volume_cm3=product.max_volume_cm3))
