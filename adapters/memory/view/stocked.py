"""Which skus have free units at which places: a byte each, so that a whole list is filtered at once."""

from collections.abc import Collection
from itertools import compress

from adapters.memory.view.names import Names
from gateway.domain.ids import LocationCode, Sku

REMEMBERED = 64
"""Sets of places whose skus are remembered until something sells out or comes in."""
GROWTH = 1_024


class Stocked:
    def __init__(self, skus: Names[Sku], places: Names[LocationCode]) -> None:
        self._skus, self._places = skus, places
        self._flags: list[bytearray] = []
        """By number of the place a byte for each number of a sku."""
        self._skus_by_places: dict[frozenset[LocationCode], frozenset[Sku]] = {}

    def mark(self, sku: int, place: int, *, has_free: bool) -> None:
        while place >= len(self._flags):
            self._flags.append(bytearray())
        flags = self._flags[place]
        if sku >= len(flags):
            flags.extend(bytes(sku + GROWTH - len(flags)))
        if flags[sku] != has_free:
            flags[sku] = has_free
            self._skus_by_places.clear()

    def skus(self, places: Collection[LocationCode]) -> frozenset[Sku]:
        asked = frozenset(places)
        known = self._skus_by_places.get(asked)
        if known is None:
            if len(self._skus_by_places) >= REMEMBERED:
                self._skus_by_places.clear()
            known = self._skus_by_places[asked] = self._merged(asked)
        return known

    def _merged(self, places: frozenset[LocationCode]) -> frozenset[Sku]:
        numbers = [number for place in places if (number := self._places.known(place)) is not None]
        merged = 0
        for number in numbers:
            if number < len(self._flags):
                merged |= int.from_bytes(self._flags[number], "little")
        return frozenset(compress(self._skus, merged.to_bytes(len(self._skus) + GROWTH, "little")))
