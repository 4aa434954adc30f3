"""Values by key, gathered into one call per level of a request: products, groups, orders and holds, personal data."""

import asyncio
from collections.abc import Sequence
from typing import Generic, TypeVar

from aiodataloader import DataLoader

from gateway.domain.catalogue import Product
from gateway.domain.ids import Rid, Sku
from gateway.domain.personal import PersonalData
from gateway.ports.order_book import Record
from resolvers.context import Context

Key = TypeVar("Key")
Value = TypeVar("Value")


class Batched(DataLoader[Key, Value], Generic[Key, Value]):
    """A loader of one request. Each waiter gets a shield: one who goes away takes nothing from the others who wait for the same key."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context

    def load(self, key: Key) -> "asyncio.Future[Value]":
        return asyncio.shield(super().load(key))

    async def batch_load_fn(self, keys: list[Key]) -> list[Value]:
        raise NotImplementedError


class ProductsBySku(Batched[Sku, Product | None]):
    async def batch_load_fn(self, keys: list[Sku]) -> list[Product | None]:
        found = await self.context.world.catalogue.products(keys)
        return [found.get(sku) for sku in keys]


class SkusByGtin(Batched[str, Sku | None]):
    async def batch_load_fn(self, keys: list[str]) -> list[Sku | None]:
        found = await self.context.world.catalogue.skus_by_gtin(keys)
        return [found.get(gtin) for gtin in keys]


class ProductsByGroup(Batched[str, Sequence[Product]]):
    async def batch_load_fn(self, keys: list[str]) -> list[Sequence[Product]]:
        found = await self.context.world.catalogue.groups(keys)
        return [found.get(code, ()) for code in keys]


class RecordsByRid(Batched[Rid, Record | None]):
    async def batch_load_fn(self, keys: list[Rid]) -> list[Record | None]:
        found = await self.context.world.orders.records(keys)
        return [found.get(rid) for rid in keys]


class RecordsByNumber(Batched[str, Record | None]):
    async def batch_load_fn(self, keys: list[str]) -> list[Record | None]:
        found = await self.context.world.orders.by_number(keys)
        return [found.get(number) for number in keys]


class PersonalByRid(Batched[Rid, PersonalData | None]):
    async def batch_load_fn(self, keys: list[Rid]) -> list[PersonalData | None]:
        found = await self.context.world.orders.personal(keys)
        return [found.get(rid) for rid in keys]


async def products_by_sku(context: Context, skus: Sequence[Sku]) -> list[Product | None]:
    """Return products in the order asked, None where unknown: from this process's index, else from the store in one call."""
    at_hand = context.world.browse.products(skus)
    missing = [sku for sku in dict.fromkeys(skus) if sku not in at_hand]
    if not missing:
        return [at_hand[sku] for sku in skus]
    loaded = dict(zip(missing, await context.loader(ProductsBySku).load_many(missing), strict=True))
    return [at_hand.get(sku) or loaded.get(sku) for sku in skus]
