"""Money, units of a sku and places on the globe."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import asin, cos, radians, sin, sqrt

from gateway.domain.ids import Sku

CENT = Decimal("0.01")
MINOR_DIGITS = {
    **dict.fromkeys(
        ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"], 0
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
"""Digits behind the point of the currencies that have not two (ISO 4217, list one)."""
EARTH_RADIUS_M = 6_371_008.8
"""Mean radius (IUGG)."""
MAX_QUANTITY = 1_000_000
"""Most units of one line; more is taken for a mistake."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount; of two currencies nothing is ever added up."""

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other).amount, self.currency)

    def __mul__(self, units: int) -> "Money":
        return Money(self.amount * units, self.currency)

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added up")
        return other


def smallest(currency: str) -> Decimal:
    """Return the least amount of a currency: a cent, a yen, a thousandth of a dinar."""
    return Decimal(1).scaleb(-MINOR_DIGITS.get(currency, 2))


def money(amount: Decimal | int | str, currency: str) -> Money:
    """Return an amount rounded half up to the currency's minor units."""
    return Money(Decimal(amount).quantize(smallest(currency), ROUND_HALF_UP), currency)


def written(amount: Decimal, currency: str) -> Decimal:
    """Return an amount with the digits of its currency, or with more where it has more."""
    rounded = money(amount, currency).amount
    return rounded if rounded == amount else amount


@dataclass(frozen=True, slots=True)
class SkuQuantity:
    """Whole units of one sku."""

    sku: Sku
    quantity: int


@dataclass(frozen=True, slots=True)
class GeoPosition:
    """WGS 84 degrees."""

    latitude: float
    longitude: float


def distance_m(here: GeoPosition, there: GeoPosition) -> int:
    """Return the great-circle distance in meters (haversine)."""
    lat_1, lat_2 = radians(here.latitude), radians(there.latitude)
    half_chord = sin((lat_2 - lat_1) / 2) ** 2 + cos(lat_1) * cos(lat_2) * sin(radians(there.longitude - here.longitude) / 2) ** 2
    return round(2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half_chord))))
