"""The index of the catalogue in this process: searched, filtered and sorted without a question to the database."""

import asyncio
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress

import structlog

from adapters.memory.orders import Orders
from adapters.memory.words import Words, folded, words
from gateway.domain.catalogue import Product, plain_gtin
from gateway.domain.errors import Unavailable
from gateway.domain.ids import Sku
from gateway.ports.browse import BrowseKey, BrowseQuery
from gateway.ports.stores import CatalogueStore

log = structlog.get_logger(__name__)
TURN = 200
"""Products that are taken in before other work of this process gets its turn."""


class CatalogueIndex:
    """Active products alone. Brands and categories are compared without case and accents."""

    def __init__(self, store: CatalogueStore) -> None:
        self._store = store
        self._version: int | None = None
        self._products: dict[Sku, Product] = {}
        self._words, self._orders = Words(), Orders(self._products)
        self._skus_by_facet: dict[tuple[str, str], set[str]] = {}
        self._refreshing = asyncio.Lock()

    async def refresh(self) -> None:
        """Take in what changed; while the database is away, or another refresh runs, the last reading stands."""
        if self._version is None:
            async with self._refreshing:
                await self._refresh()
        elif not self._refreshing.locked():
            async with self._refreshing:
                with suppress(Unavailable):
                    await self._refresh()

    def products(self, skus: Collection[Sku]) -> dict[Sku, Product]:
        known = self._products
        return {sku: known[sku] for sku in skus if sku in known}

    def ordered(self, query: BrowseQuery, after: BrowseKey | None = None) -> Iterator[tuple[BrowseKey, Product]]:
        return self._orders.rows(query.sort, (query.channel, query.currency), self._fitting(query), after)

    async def _refresh(self) -> None:
        version = await self._store.version()
        if version == self._version:
            return
        listed = {product.sku: product for product in await self._store.everything() if product.active}
        gone = [product for sku, product in self._products.items() if sku not in listed]
        changed = [product for sku, product in listed.items() if self._products.get(sku) != product]
        for product in gone:
            self._remove(product)
        for n, product in enumerate(changed, 1):
            self._put(product)
            if n % TURN == 0:
                await asyncio.sleep(0)
        self._orders.forget()
        self._version = version
        log.debug("catalogue_indexed", changed=len(changed), gone=len(gone), products=len(self._products))

    def _put(self, product: Product) -> None:
        known = self._products.get(product.sku)
        if known:
            self._remove(known)
        self._products[product.sku] = product
        self._words.add(product.sku, words_of(product))
        for facet in facets_of(product):
            self._skus_by_facet.setdefault(facet, set()).add(product.sku)
        self._orders.forget()

    def _remove(self, product: Product) -> None:
        del self._products[product.sku]
        self._words.remove(product.sku, words_of(product))
        for facet in facets_of(product):
            self._skus_by_facet[facet].discard(product.sku)
        self._orders.forget()

    def _fitting(self, query: BrowseQuery) -> set[str] | None:
        """Return the skus that meet every condition, None when there is none."""
        met = [
            self._having("category", query.categories),
            self._having("brand", query.brands),
            self._having("group", None if query.group_code is None else (query.group_code,)),
            self._words.having_all(query.search) if query.search and query.search.strip() else None,
        ]
        given = [skus for skus in met if skus is not None]
        return set.intersection(*given) if given else None

    def _having(self, facet: str, names: Iterable[str] | None) -> set[str] | None:
        """Return the skus with any of the names, None when none was asked for."""
        if names is None:
            return None
        return set().union(*(self._skus_by_facet.get((facet, facet_name(facet, name)), set()) for name in names))


def facet_name(facet: str, name: str) -> str:
    """Return a name as it is compared; codes of groups are compared as they stand."""
    return name if facet == "group" else folded(name)


def facets_of(product: Product) -> list[tuple[str, str]]:
    told = [("category", name) for name in product.categories]
    told += [("brand", product.brand)] if product.brand else []
    told += [("group", product.group_code)] if product.group_code else []
    return [(facet, facet_name(facet, name)) for facet, name in told]


def words_of(product: Product) -> set[str]:
    gtins = {product.gtin, plain_gtin(product.gtin)} if product.gtin else set()
    return words(product.name) | words(product.brand or "") | {folded(product.sku), *gtins}
