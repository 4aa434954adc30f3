"""Carriers' parcel shops and lockers: found by name, and the nearest to a destination."""

from collections.abc import Collection, Mapping, Sequence

from gateway.domain.delivery_group import PickupPoint
from gateway.domain.location import CarrierPoint
from gateway.domain.promise.meters import Meters
from gateway.domain.promise.options import Destination
from gateway.domain.promise.road import normal_postcode


class Points:
    """All that are known, by carrier; shared by all requests of a process."""

    def __init__(self, by_carrier: Mapping[str, Sequence[CarrierPoint]] | None = None) -> None:
        self._known = {carrier: {point.code: point for point in points} for carrier, points in (by_carrier or {}).items() if points}
        self._maps: dict[tuple[str, str], tuple[list[CarrierPoint], Meters]] = {}

    @property
    def closed_by(self) -> frozenset[str]:
        """The countries, and regions, whose public holidays close any of them."""
        return frozenset(point.holidays for points in self._known.values() for point in points.values() if point.holidays)

    def has(self, carrier: str) -> bool:
        """Tell whether a carrier's points are known at all: then there are no others."""
        return carrier in self._known

    def point(self, carrier: str, code: str) -> CarrierPoint | None:
        return self._known.get(carrier, {}).get(code)

    def nearest(self, carriers: Collection[str], destination: Destination, most: int, within_m: int) -> list[tuple[str, CarrierPoint]]:
        """Return so many points of the destination's country, the nearest first; without a position those of its postal code."""
        country, to = destination.country_code.upper(), destination.position
        found: list[tuple[int, str, str, CarrierPoint]] = []
        for carrier in carriers:
            placed, meters = self._map(carrier, country)
            if to is not None and placed:
                found += [(far, carrier, point.code, point) for far, point in zip(meters.to(to), placed, strict=True) if far <= within_m]
            elif to is None:
                found += [(0, carrier, point.code, point) for point in self._in_postcode(carrier, destination)]
        return [(carrier, point) for _, carrier, _, point in sorted(found, key=lambda one: one[:3])[:most]]

    def _map(self, carrier: str, country: str) -> tuple[list[CarrierPoint], Meters]:
        if (carrier, country) not in self._maps:
            here = [point for point in self._known.get(carrier, {}).values() if point.address.country_code.upper() == country]
            placed = [point for point in here if point.position is not None]
            self._maps[carrier, country] = placed, Meters([point.position for point in placed if point.position])
        return self._maps[carrier, country]

    def _in_postcode(self, carrier: str, destination: Destination) -> list[CarrierPoint]:
        wanted = (destination.country_code.upper(), normal_postcode(destination.postal_code))
        every = self._known.get(carrier, {}).values()
        return [one for one in every if (one.address.country_code.upper(), normal_postcode(one.address.postal_code)) == wanted]


def destination_of(point: CarrierPoint) -> Destination:
    return Destination(point.address.country_code, point.address.postal_code, point.position)


def chosen(carrier: str, point: CarrierPoint) -> PickupPoint:
    """Return a point as an order carries it."""
    return PickupPoint(carrier, point.code, point.name, point.address)
