"""The catalogue kept in this process alone."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from adapters.memory.catalogue import Catalogue
from gateway.domain.catalogue import Product
from gateway.domain.ids import Sku, SourceCode


class MemoryCatalogueStore:
    def __init__(self) -> None:
        self._catalogue = Catalogue()
        self._version = 0

    async def products(self, skus: Collection[Sku]) -> dict[Sku, Product]:
        return self._catalogue.products(skus)

    async def skus_by_gtin(self, gtins: Collection[str]) -> dict[str, Sku]:
        return self._catalogue.skus_by_gtin(gtins)

    async def skus_by_external(self, source: SourceCode, values: Collection[str]) -> dict[str, Sku]:
        return self._catalogue.skus_by_external(source, values)

    async def groups(self, codes: Collection[str]) -> dict[str, Sequence[Product]]:
        return self._catalogue.groups(codes)

    async def save(self, products: Sequence[Product]) -> int:
        changed = self._catalogue.changed(products)
        for product in changed:
            self._catalogue.put(product)
        self._version += bool(changed)
        return len(changed)

    async def retire(self, source: SourceCode, kept: frozenset[Sku]) -> int:  # noqa: ARG002 - one source mints all skus
        return await self.save([replace(product, active=False) for product in self._catalogue.unlisted(kept)])

    async def everything(self) -> Sequence[Product]:
        return self._catalogue.everything()

    async def version(self) -> int:
        return self._version
