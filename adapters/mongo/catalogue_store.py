"""The catalogue in MongoDB, read whole into this process and again whenever its version has risen."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.memory.catalogue import Catalogue
from adapters.mongo.bulk import put_each
from adapters.mongo.codec import dump, load
from adapters.mongo.versions import Version
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.catalogue import Product
from gateway.domain.ids import Sku, SourceCode

YIELD_EVERY = 200
"""Products that are decoded before other work of this process gets its turn."""


class MongoCatalogueStore:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._products = database["products"]
        self._version = Version(database, "catalogue", self._bounds)
        self._cache, self._cached_version = Catalogue(), 0
        self._reading = asyncio.Lock()

    async def products(self, skus: Collection[Sku]) -> dict[Sku, Product]:
        return (await self._current()).products(skus) if skus else {}

    async def skus_by_gtin(self, gtins: Collection[str]) -> dict[str, Sku]:
        return (await self._current()).skus_by_gtin(gtins) if gtins else {}

    async def skus_by_external(self, source: SourceCode, values: Collection[str]) -> dict[str, Sku]:
        return (await self._current()).skus_by_external(source, values) if values else {}

    async def groups(self, codes: Collection[str]) -> dict[str, Sequence[Product]]:
        return (await self._current()).groups(codes) if codes else {}

    async def save(self, products: Sequence[Product]) -> int:
        catalogue = await self._current()
        changed = catalogue.changed(products)
        if not changed:
            return 0
        known = catalogue.products([product.sku for product in changed])
        try:
            await put_each(self._products, [{"_id": one.sku, "product": dump(one)} for one in changed], known, self._bounds)
        finally:
            raised = await self._version.rise()
        self._take_over(changed, raised)
        return len(changed)

    async def retire(self, source: SourceCode, kept: frozenset[Sku]) -> int:  # noqa: ARG002 - one source mints all skus
        unlisted = (await self._current()).unlisted(kept)
        return await self.save([replace(product, active=False) for product in unlisted])

    async def everything(self) -> Sequence[Product]:
        return (await self._current()).everything()

    async def version(self) -> int:
        return await self._version.current()

    def _take_over(self, changed: Sequence[Product], raised: int) -> None:
        """Know what was just written without reading it; another's change in between makes the next call read all."""
        for product in changed:
            self._cache.put(product)
        if raised == self._cached_version + 1:
            self._cached_version = raised

    async def _current(self) -> Catalogue:
        version = await self._version.current()
        if version != self._cached_version:
            async with self._reading:
                version = await self._version.current()
                if version != self._cached_version:
                    self._cache, self._cached_version = await self._read(), version
        return self._cache

    async def _read(self) -> Catalogue:
        catalogue = Catalogue()
        documents = await repeated(lambda: self._products.find().to_list(None), self._bounds)
        for n, document in enumerate(documents):
            catalogue.put(load(Product, document["product"]))
            if n % YIELD_EVERY == 0:
                await asyncio.sleep(0)
        return catalogue
