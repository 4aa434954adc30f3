"""Products in the orders that lists are shown in, each with the key where it stands."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal

from adapters.memory.words import folded
from gateway.domain.catalogue import Product
from gateway.domain.ids import Sku
from gateway.ports.browse import BrowseKey, BrowseOrder

Row = tuple[BrowseKey, Product]
Prices = tuple[str, str]
"""A channel and the currency that it sells in."""
MOST = Decimal(10) ** 15
UNPRICED = "~"
"""Behind every digit: what has no price comes last, whichever way prices run."""
SCATTERED = 8
"""So many times fewer products than there are: sorting them is quicker than looking for them in the whole order."""


def digits(amount: Decimal) -> str:
    """Return an amount as text that compares as amounts do."""
    return f"{amount:021.4f}"


def price_key(product: Product, prices: Prices, *, descending: bool) -> str:
    price = product.price_in(*prices)
    if price is None:
        return UNPRICED
    return digits(MOST - price.amount if descending else price.amount)


def key_of(sort: BrowseOrder, prices: Prices) -> Callable[[Product], BrowseKey]:
    if sort == "NAME":
        return lambda product: (folded(product.name), product.sku)
    if sort in {"PRICE", "PRICE_DESC"}:
        return lambda product: (price_key(product, prices, descending=sort == "PRICE_DESC"), product.sku)
    return lambda product: (product.sku,)


class Orders:
    """Each order is sorted when it is first asked for, and again after a change."""

    def __init__(self, products: Mapping[Sku, Product]) -> None:
        self._products = products
        self._rows: dict[tuple[BrowseOrder, Prices | None], list[Row]] = {}

    def forget(self) -> None:
        self._rows.clear()

    def rows(self, sort: BrowseOrder, prices: Prices, among: Collection[str] | None, after: BrowseKey | None) -> Iterator[Row]:
        """Yield rows behind `after`, those `among` some skus only (None: all)."""
        if among is not None and len(among) * SCATTERED < len(self._products):
            key = key_of(sort, prices)
            products = (self._products[Sku(sku)] for sku in among)
            return iter(sorted(((key(product), product) for product in products if after is None or key(product) > after), key=first))
        rows = self._sorted(sort, prices)
        start = 0 if after is None else bisect_right(rows, after, key=first)
        return (row for row in rows[start:] if among is None or row[1].sku in among)

    def _sorted(self, sort: BrowseOrder, prices: Prices) -> list[Row]:
        named = (sort, prices if sort in {"PRICE", "PRICE_DESC"} else None)
        rows = self._rows.get(named)
        if rows is None:
            key = key_of(sort, prices)
            rows = self._rows[named] = sorted(((key(product), product) for product in self._products.values()), key=first)
        return rows


def first(row: Row) -> BrowseKey:
    return row[0]
