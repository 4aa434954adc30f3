"""What places ask beside their shelves: carriers' prices by parcel, and the terms that hold there; in columns, for many loads at once."""

from collections.abc import Hashable, Sequence
from decimal import Decimal
from itertools import accumulate

import numpy as np

from gateway.domain.sourcing.cost import FREE, Rates, heaviest_parcel_g
from gateway.domain.sourcing.loads import Ints
from gateway.domain.sourcing.millionths import NEVER, POSSIBLE, micros
from gateway.domain.sourcing.problem import Way
from gateway.domain.sourcing.weighed import Weighed
from gateway.domain.sourcing_terms import CostTerms


class Tariff:
    """The ways of a place, and what it asks beside its carriers; shared by all places that differ in nothing that costs.

    In columns, by way: `asked` for each parcel and for the shipment, in micros, and of a unit that it takes `limits` of weight and volume
    and how many go at once.
    """

    def __init__(self, ways: tuple[Way, ...], here: Rates, terms: CostTerms) -> None:
        self.ways, self.here, self._terms = ways, here, terms
        self.per_unit = micros(here.per_unit)
        self.asked = [(micros(self.per_parcel(way)), micros(self.per_shipment(way))) for way in ways]
        self.limits = [tuple([NEVER if most is None else most for most in _limits(way)]) for way in ways]
        self.limited = any(way.most_units is not None or way.most is not None for way in ways)
        self.awaited = any(way.awaited for way in ways)

    def most_units(self, wanted: int) -> int:
        """Return how many units go at once at most."""
        return max([wanted if way.most_units is None else way.most_units for way in self.ways])

    def per_parcel(self, way: Way) -> Decimal:
        return self.here.per_parcel + (self._terms.transfer_per_parcel if way.transfer else FREE)

    def per_shipment(self, way: Way) -> Decimal:
        return self._terms.lateness_per_day * way.late_days + self.here.penalty


def _limits(way: Way) -> tuple[int | None, ...]:
    return heaviest_parcel_g(way), way.max_volume_cm3, way.most_units


def ready(tariffs: Sequence[Tariff], quantities: Sequence[int], weights: Sequence[int], volumes: Sequence[int], *, first: bool) -> Ints:
    """Return how many units of each line go at once at most (tariffs x lines); `first`: of what is at hand, or there on the first date."""
    ways = [way for tariff in tariffs for way in tariff.ways]
    most_g, most_cm3, most_units = np.array([row for tariff in tariffs for row in tariff.limits], np.int64).T[:, :, None]
    taken = np.where((most_g >= weights) & (most_cm3 >= volumes), np.minimum(np.maximum(most_units, 0), quantities), 0)
    for number, way in enumerate(ways):
        if way.most is not None:
            taken[number] = np.minimum(taken[number], np.maximum(way.most, 0))
        if first and way.awaited and way.late_days:
            taken[number] = 0
    return _best(np.maximum, tariffs, taken)


def prices(tariffs: Sequence[Tariff], loads: Weighed) -> Ints:
    """Return the cheapest way's cost (tariffs x loads); NEVER where none of them takes it."""
    ways = [way for tariff in tariffs for way in tariff.ways]
    counts, price = _parcels(ways, loads)
    each_parcel, once = np.array([row for tariff in tariffs for row in tariff.asked], np.int64).T[:, :, None]
    best = price + counts * each_parcel + once
    for number, way in enumerate(ways):
        if way.most_units is not None or way.most is not None:
            best[number] = np.where(loads.ready(way), best[number], NEVER)
    best = _best(np.minimum, tariffs, best)
    each_unit = np.array([[tariff.per_unit] for tariff in tariffs], np.int64)
    return np.where(best < POSSIBLE, best + loads.units * each_unit, NEVER)


def _best(choose: np.ufunc, tariffs: Sequence[Tariff], by_way: Ints) -> Ints:
    """Return of what stands for each way the best of each tariff."""
    if len(by_way) == len(tariffs):
        return by_way
    starts = list(accumulate([len(tariff.ways) for tariff in tariffs[:-1]], initial=0))
    found: Ints = choose.reduceat(by_way, starts, axis=0)
    return found


def _parcels(ways: Sequence[Way], loads: Weighed) -> tuple[Ints, Ints]:
    """Return by way and load how many parcels it makes and what the carrier asks; most ways are of few products."""
    number: dict[Hashable, int] = {}
    products: list[Way] = []
    rows = []
    for way in ways:
        row = number.setdefault((id(way.bands), way.max_weight_g, way.max_volume_cm3), len(products))
        if row == len(products):
            products.append(way)
        rows.append(row)
    counts, price = zip(*[loads.parcels(way) for way in products], strict=True)
    return np.array(counts)[rows], np.array(price)[rows]
