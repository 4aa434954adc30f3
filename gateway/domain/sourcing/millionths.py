"""Money in millionths of the currency: whole numbers, which add up exactly and stand in arrays."""

from decimal import Decimal
from functools import lru_cache

MICROS = 1_000_000
NEVER = 1 << 60
"""The cost of what cannot be."""
POSSIBLE = NEVER // 2
"""Whatever costs less can be; a sum with NEVER in it stays above, whatever credit is taken off."""
TEN_THOUSANDTH = MICROS // 10_000


@lru_cache(maxsize=4096)
def micros(amount: Decimal) -> int:
    return int((amount * MICROS).to_integral_value())


def from_micros(amount: int) -> Decimal:
    return Decimal(int(amount)) / MICROS
