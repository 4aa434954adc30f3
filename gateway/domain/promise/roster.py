"""The places of a network in a row, each by its number: what of them depends neither on a basket nor on the hour."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gateway.domain.ids import LocationCode
from gateway.domain.location import Location, LocationKind
from gateway.domain.promise.meters import Meters
from gateway.domain.quantities import GeoPosition

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
KIND_RANK: dict[LocationKind, int] = {"WAREHOUSE": 0, "STORE": 1, "SUPPLIER": 2}
"""Of places that cost the same, which is drawn on first."""
NOWHERE = 1 << 40
"""Meters to a place without a position."""
MOST_DESTINATIONS = 128
"""So many destinations are remembered with the distances to all places; then all are forgotten."""


class Roster:
    def __init__(self, places: Sequence[Location]) -> None:
        self.places = tuple(places)
        self.codes = [place.code for place in self.places]
        self.number = {code: n for n, code in enumerate(self.codes)}
        self.kind = np.array([KIND_RANK[place.kind] for place in self.places], np.int64)
        self.by_units = np.array([place.capacity is not None and place.capacity.unit == "UNITS" for place in self.places], bool)
        self.order = np.argsort(np.argsort(np.array(self.codes, object))) if self.codes else np.zeros(0, np.int64)
        """By code."""
        self._placed = np.array([n for n, place in enumerate(self.places) if place.position is not None], np.int64)
        self._map = Meters([place.position for place in self.places if place.position is not None])
        self._code = np.array(self.codes, object)
        self._meters: dict[GeoPosition | None, Ints] = {}
        self._ranks: dict[GeoPosition | None, Ints] = {}
        self._nearest: dict[GeoPosition | None, Ints] = {}
        self._of_kinds: dict[tuple[LocationKind, ...], Flags] = {}

    def changed(self, places: Sequence[Location]) -> list[int] | None:
        """Return the numbers of places that are told otherwise now; None: they are other places."""
        if len(places) != len(self.places) or any(known.code != place.code for known, place in zip(self.places, places, strict=True)):
            return None
        return [n for n, (known, place) in enumerate(zip(self.places, places, strict=True)) if known is not place]

    def of_kinds(self, kinds: tuple[LocationKind, ...]) -> Flags:
        if kinds not in self._of_kinds:
            self._of_kinds[kinds] = np.isin(self.kind, [KIND_RANK[kind] for kind in kinds])
        return self._of_kinds[kinds]

    def meters(self, to: GeoPosition | None) -> Ints:
        """Return how far each is from a point; NOWHERE, where either position is not known."""
        if to not in self._meters:
            if len(self._meters) >= MOST_DESTINATIONS:
                self._meters, self._ranks, self._nearest = {}, {}, {}
            found = np.full(len(self.places), NOWHERE, np.int64)
            if to is not None and len(self._placed):
                found[self._placed] = self._map.to(to)
            self._meters[to] = found
        return self._meters[to]

    def rank(self, to: GeoPosition | None) -> Ints:
        """Return the place of each in the order in which a quote prefers those that cost the same and arrive alike."""
        if to not in self._ranks:
            self._ranks[to] = np.argsort(np.lexsort((self.order, self.meters(to), self.kind)))
        return self._ranks[to]

    def nearest(self, to: GeoPosition | None, within_m: int) -> list[Location]:
        """Return the places, the nearest first, that are not known to be farther away than that."""
        meters = self.meters(to)
        if to not in self._nearest:
            self._nearest[to] = np.lexsort((self.order, meters))
        order = self._nearest[to]
        return [self.places[n] for n in order[(meters[order] <= within_m) | (meters[order] == NOWHERE)].tolist()]

    def codes_of(self, rows: Ints) -> list[LocationCode]:
        found: list[LocationCode] = self._code[rows].tolist()
        return found
