"""Loads by weight and volume, and what carriers ask for them: each tariff reckoned once, for a basket's loads all together."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gateway.domain.network import WeightBand
from gateway.domain.sourcing.cost import carries, heaviest_parcel_g, lowest_price, parcel_price
from gateway.domain.sourcing.loads import Ints, LoadSpace, Shape, load_space
from gateway.domain.sourcing.millionths import NEVER, micros
from gateway.domain.sourcing.problem import Way

Flags = NDArray[np.bool_]


class Weighed:
    """Loads by weight and volume, and what carriers ask for them, each tariff reckoned once."""

    def __init__(self, amounts: Ints, weights: tuple[int, ...], volumes: tuple[int, ...]) -> None:
        self.units, self.weight_g = amounts.sum(axis=1), amounts @ np.array(weights, np.int64)
        self.volume_cm3 = amounts @ np.array(volumes, np.int64) if any(volumes) else None
        self._amounts, self._sizes = amounts, tuple(zip(weights, volumes, strict=True))
        self._known: dict[tuple[tuple[WeightBand, ...], int | None, int | None], tuple[Ints, Ints]] = {}

    def ready(self, way: Way) -> Flags:
        """Tell by load whether so much can be ready for a way."""
        ready: Flags = np.ones(len(self.units), bool) if way.most_units is None else self.units <= way.most_units
        return ready if way.most is None else ready & (self._amounts <= np.array(way.most, np.int64)).all(axis=1)

    def parcels(self, way: Way) -> tuple[Ints, Ints]:
        """Return by load how many parcels it makes and what the carrier asks; NEVER where it does not take one of the articles."""
        key = (way.bands, way.max_weight_g, way.max_volume_cm3)
        if key not in self._known:
            count, price = _parcels(way, self.weight_g)
            if self.volume_cm3 is not None and way.max_volume_cm3 is not None:
                more = np.maximum(0, -(-self.volume_cm3 // way.max_volume_cm3) - count)
                count, price = count + more, price + more * micros(lowest_price(way.bands))
            too_large = [number for number, size in enumerate(self._sizes) if not carries(way, *size)]
            if too_large:
                price = np.where(self._amounts[:, too_large].any(axis=1), NEVER, price)
            self._known[key] = count, price
        return self._known[key]


@lru_cache(maxsize=32)
def _kept(shape: Shape, weights: tuple[int, ...], volumes: tuple[int, ...]) -> Weighed:
    return Weighed(load_space(shape).amounts, weights, volumes)


def weighed_in(space: LoadSpace, weights: tuple[int, ...], volumes: tuple[int, ...]) -> Weighed:
    """Return the loads of a space by weight, kept when it is small: a basket is planned for one service after the other."""
    return _kept(space.shape, weights, volumes) if space.shape.is_small else Weighed(space.amounts, weights, volumes)


def _parcels(way: Way, weight_g: Ints) -> tuple[Ints, Ints]:
    """Return by weight how many parcels it makes and what the carrier asks (`cost.parcels_by_weight`, for many weights)."""
    full_g = heaviest_parcel_g(way)
    if not way.bands:
        count = np.ones_like(weight_g) if full_g is None else np.maximum(1, -(-weight_g // full_g))
        return count, np.zeros_like(weight_g)
    limits, asked = _in_columns(way.bands)
    assert full_g is not None  # noqa: S101 - there are bands
    full, rest_g = np.divmod(weight_g, full_g)
    one_more = (rest_g > 0) | (full == 0)
    rest = np.where(one_more, asked[np.searchsorted(limits, rest_g)], 0)
    return full + one_more, full * micros(parcel_price(way.bands, full_g)) + rest


@lru_cache(maxsize=512)
def _in_columns(bands: tuple[WeightBand, ...]) -> tuple[Ints, Ints]:
    """Return the limits in order and what each asks; nothing above the last."""
    ordered = sorted(bands, key=lambda band: band.up_to_g)
    limits, asked = [band.up_to_g for band in ordered], [*(micros(band.price) for band in ordered), 0]
    return np.array(limits, np.int64), np.array(asked, np.int64)
