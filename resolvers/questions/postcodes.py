"""Where a postcode lies: as the postcode file says, else as near as the network's own places tell."""

from collections.abc import Iterable, Iterator
from itertools import takewhile

from gateway.domain.location import Location
from gateway.domain.promise.road import normal_postcode
from gateway.domain.quantities import GeoPosition
from resolvers.context import Context

SHORTEST_NEIGHBORHOOD = 2
"""Leading characters that two postcodes share to count as near: in most countries the first two name a department or a region."""


def postcode_position(context: Context, country: str, postcode: str) -> GeoPosition | None:
    """Return where a postcode lies, None when nobody knows.

    Approximate for a postcode that the network's file lacks: the mean position of the network's places in that country whose postcode
    shares the most leading characters with it, two at least.
    """
    told = context.world.postcode_positions(country, postcode)
    return told or neighborhood(context.surroundings.locations.values(), country, normal_postcode(postcode))


def neighborhood(places: Iterable[Location], country: str, postcode: str) -> GeoPosition | None:
    shared = list(_shared(places, country, postcode))
    most = max((length for length, _ in shared), default=0)
    if most < SHORTEST_NEIGHBORHOOD:
        return None
    nearest = [position for length, position in shared if length == most]
    return GeoPosition(sum(at.latitude for at in nearest) / len(nearest), sum(at.longitude for at in nearest) / len(nearest))


def _shared(places: Iterable[Location], country: str, postcode: str) -> Iterator[tuple[int, GeoPosition]]:
    for place in places:
        if place.position and place.address and place.address.country_code == country.upper():
            pairs = zip(normal_postcode(place.address.postal_code), postcode, strict=False)
            yield sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)), place.position
