"""How much of each product lies where on the first day, and how fast it goes."""

from __future__ import annotations  # array takes no type arguments before 3.12

from array import array
from collections.abc import Sequence
from functools import lru_cache

from gateway.sandbox.assortment import Product
from gateway.sandbox.dice import dice

PACE_WEIGHTS = (1, 5, 20, 60)
_SALES_PER_DAY = (0.008, 0.04, 0.16, 0.5)
"""Of one article over one counter, by pace."""
_DICE_SIDES = 256
# per pace: share of empty shelves, least and most units on the others
_SHOP_LEVELS = ((0.30, 1, 3), (0.22, 1, 6), (0.18, 2, 12), (0.12, 3, 20))
_WAREHOUSE_LEVELS = ((0.10, 5, 60), (0.08, 20, 150), (0.06, 60, 400), (0.04, 100, 900))
_SUPPLIER_LEVELS = ((0.15, 10, 120), (0.12, 20, 300), (0.10, 50, 600), (0.06, 80, 900))


def shop_levels(seed: int, shop: str, products: Sequence[Product]) -> array[int]:
    return _levels(_SHOP_LEVELS, seed, shop, products)


def warehouse_levels(seed: int, warehouse: str, products: Sequence[Product]) -> array[int]:
    return _levels(_WAREHOUSE_LEVELS, seed, warehouse, products)


def supplier_levels(seed: int, supplier: str, products: Sequence[Product]) -> array[int]:
    return _levels(_SUPPLIER_LEVELS, seed, supplier, products)


def sales_per_day(seed: int, shops: Sequence[str], product: Product) -> dict[str, float]:
    """Return how many units of a product each shop sells a day on average: by its pace, the shop's custom and a little luck."""
    luck = 0.5 + dice(seed, "luck", product.number // 5).random()
    return {shop: round(_SALES_PER_DAY[product.pace] * custom * luck, 3) for shop, custom in _custom(seed, tuple(shops)).items()}


@lru_cache(maxsize=8)
def _custom(seed: int, shops: tuple[str, ...]) -> dict[str, float]:
    """Return how busy each shop is beside the average."""
    return {shop: 0.4 + 1.2 * dice(seed, shop, "custom").random() for shop in shops}


def set_aside(seed: int, place: str, levels: array[int], share: float) -> array[int]:
    """Return the units on display or blocked: one or two of the given share of positions that hold three or more."""
    raw = dice(seed, place, "aside").randbytes(len(levels))
    edge = int(share * _DICE_SIDES)
    return array("i", [1 + roll % 2 if roll < edge and level > 2 else 0 for roll, level in zip(raw, levels, strict=True)])  # noqa: PLR2004 - three or more


def _levels(spans: Sequence[tuple[float, int, int]], seed: int, place: str, products: Sequence[Product]) -> array[int]:
    tables = [_table(*span) for span in spans]
    raw = dice(seed, place, "levels").randbytes(len(products))
    return array("i", [tables[product.pace][roll] for product, roll in zip(products, raw, strict=True)])


def _table(empty: float, least: int, most: int) -> list[int]:
    """Return the level for each side of the dice, more often low than high."""
    edge = round(empty * _DICE_SIDES)
    span = _DICE_SIDES - edge
    return [0 if roll < edge else least + int((most - least + 0.999) * ((roll - edge) / span) ** 1.5) for roll in range(_DICE_SIDES)]
