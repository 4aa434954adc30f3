"""All products in this process, found by sku, GTIN, a source's own name and group."""

from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from gateway.domain.catalogue import Product, plain_gtin
from gateway.domain.ids import Sku, SourceCode

Name = TypeVar("Name", bound=Hashable)


class Named(Generic[Name]):
    """Whose a name is: one that was passed on is the product's that is sold, not the retired one's that had it before."""

    def __init__(self) -> None:
        self._sold: dict[Name, Sku] = {}
        self._retired: dict[Name, Sku] = {}

    def put(self, name: Name, product: Product) -> None:
        (self._sold if product.active else self._retired)[name] = product.sku

    def drop(self, name: Name, sku: Sku) -> None:
        for sku_by_name in (self._sold, self._retired):
            if sku_by_name.get(name) == sku:
                del sku_by_name[name]

    def sku(self, name: Name) -> Sku | None:
        return self._sold.get(name) or self._retired.get(name)


class Catalogue:
    """An index that is kept up to date by `put`; no I/O."""

    def __init__(self, products: Iterable[Product] = ()) -> None:
        self._product_by_sku: dict[Sku, Product] = {}
        self._gtins = Named[str]()
        self._externals = Named[tuple[SourceCode, str]]()
        self._skus_by_group: dict[str, dict[Sku, None]] = {}
        for product in products:
            self.put(product)

    def put(self, product: Product) -> None:
        self._drop(product.sku)
        self._product_by_sku[product.sku] = product
        if product.gtin:
            self._gtins.put(plain_gtin(product.gtin), product)
        for name in product.external_ids:
            self._externals.put((name.source, name.value), product)
        if product.group_code:
            self._skus_by_group.setdefault(product.group_code, {})[product.sku] = None

    def _drop(self, sku: Sku) -> None:
        known = self._product_by_sku.get(sku)
        if known is None:
            return
        if known.gtin:
            self._gtins.drop(plain_gtin(known.gtin), sku)
        for name in known.external_ids:
            self._externals.drop((name.source, name.value), sku)
        if known.group_code:
            self._skus_by_group[known.group_code].pop(sku, None)

    def products(self, skus: Collection[Sku]) -> dict[Sku, Product]:
        known = self._product_by_sku
        return {sku: known[sku] for sku in skus if sku in known}

    def skus_by_gtin(self, gtins: Collection[str]) -> dict[str, Sku]:
        found = {gtin: self._gtins.sku(plain_gtin(gtin)) for gtin in gtins}
        return {gtin: sku for gtin, sku in found.items() if sku is not None}

    def skus_by_external(self, source: SourceCode, values: Collection[str]) -> dict[str, Sku]:
        found = {value: self._externals.sku((source, value)) for value in values}
        return {value: sku for value, sku in found.items() if sku is not None}

    def groups(self, codes: Collection[str]) -> dict[str, Sequence[Product]]:
        """Return the products of each group that has any, in the order of their skus."""
        return {code: [self._product_by_sku[sku] for sku in sorted(skus)] for code in codes if (skus := self._skus_by_group.get(code))}

    def everything(self) -> list[Product]:
        return list(self._product_by_sku.values())

    def changed(self, products: Iterable[Product]) -> list[Product]:
        """Return those that are new or differ."""
        return [product for product in products if self._product_by_sku.get(product.sku) != product]

    def unlisted(self, kept: frozenset[Sku]) -> list[Product]:
        """Return active products that are not among those kept."""
        return [product for sku, product in self._product_by_sku.items() if product.active and sku not in kept]
