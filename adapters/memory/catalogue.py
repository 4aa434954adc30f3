"""All products in this process, found by sku, GTIN, a source's own name and group."""

from collections.abc import Collection, Iterable, Sequence

from gateway.domain.catalogue import Product
from gateway.domain.ids import Sku, SourceCode


def plain_gtin(gtin: str) -> str:
    """Return a GTIN without the zeros that pad it from one length to another: EAN-13 and GTIN-14 name the same article."""
    return gtin.strip().lstrip("0")


class Catalogue:
    """An index that is kept up to date by `put`; no I/O."""

    def __init__(self, products: Iterable[Product] = ()) -> None:
        self._product_by_sku: dict[Sku, Product] = {}
        self._sku_by_gtin: dict[str, Sku] = {}
        self._sku_by_external: dict[tuple[SourceCode, str], Sku] = {}
        self._skus_by_group: dict[str, dict[Sku, None]] = {}
        for product in products:
            self.put(product)

    def put(self, product: Product) -> None:
        self._drop(product.sku)
        self._product_by_sku[product.sku] = product
        if product.gtin:
            self._sku_by_gtin[plain_gtin(product.gtin)] = product.sku
        for name in product.external_ids:
            self._sku_by_external[name.source, name.value] = product.sku
        if product.group_code:
            self._skus_by_group.setdefault(product.group_code, {})[product.sku] = None

    def _drop(self, sku: Sku) -> None:
        known = self._product_by_sku.get(sku)
        if known is None:
            return
        if known.gtin and self._sku_by_gtin.get(plain_gtin(known.gtin)) == sku:
            del self._sku_by_gtin[plain_gtin(known.gtin)]
        for name in known.external_ids:
            if self._sku_by_external.get((name.source, name.value)) == sku:
                del self._sku_by_external[name.source, name.value]
        if known.group_code:
            self._skus_by_group[known.group_code].pop(sku, None)

    def products(self, skus: Collection[Sku]) -> dict[Sku, Product]:
        known = self._product_by_sku
        return {sku: known[sku] for sku in skus if sku in known}

    def skus_by_gtin(self, gtins: Collection[str]) -> dict[str, Sku]:
        found = {gtin: self._sku_by_gtin.get(plain_gtin(gtin)) for gtin in gtins}
        return {gtin: sku for gtin, sku in found.items() if sku is not None}

    def skus_by_external(self, source: SourceCode, values: Collection[str]) -> dict[str, Sku]:
        found = {value: self._sku_by_external.get((source, value)) for value in values}
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
