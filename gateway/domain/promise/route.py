"""One passage from a place to a destination, and what sourcing sees of it."""

from dataclasses import dataclass

from gateway.domain.promise.dock import Dock, Passage
from gateway.domain.promise.road import Road
from gateway.domain.sourcing.problem import Way


@dataclass(frozen=True, slots=True)
class Route:
    """A passage with the dock and the road that it takes."""

    dock: Dock
    road: Road
    passage: Passage
    way: Way


def route(dock: Dock, road: Road, passage: Passage) -> Route:
    """Return the route of a passage; its way tells what its carrier takes and asks, and when it arrives."""
    window, product = passage.window, road.product
    way = Way(
        road.code,
        passage.leaves_at,
        window.earliest,
        window.latest,
        road.area.bands,
        product.max_weight_g,
        max_volume_cm3=product.max_volume_cm3,
    )
    return Route(dock, road, passage, way)
