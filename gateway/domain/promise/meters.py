"""Distances from many positions to one, reckoned together."""

from collections.abc import Sequence
from math import cos, radians

import numpy as np

from gateway.domain.quantities import EARTH_RADIUS_M, GeoPosition


class Meters:
    """As `distance_m` says of each."""

    def __init__(self, positions: Sequence[GeoPosition]) -> None:
        self._latitudes = np.radians(np.array([position.latitude for position in positions], float))
        self._longitudes = np.array([position.longitude for position in positions], float)

    def to(self, position: GeoPosition) -> list[int]:
        latitude = radians(position.latitude)
        east = np.sin(np.radians(position.longitude - self._longitudes) / 2) ** 2
        half = np.sin((latitude - self._latitudes) / 2) ** 2 + cos(latitude) * np.cos(self._latitudes) * east
        found: list[int] = np.rint(2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1, np.sqrt(half)))).astype(int).tolist()
        return found
