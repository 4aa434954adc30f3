"""The index in memory keeps its contract, answers as a plain look at every product would, and outlives an outage."""

import random
from decimal import Decimal
from functools import partial

import pytest

from adapters.memory.catalogue_store import MemoryCatalogueStore
from adapters.memory.search import CatalogueIndex, words_of
from adapters.memory.words import folded
from gateway.domain.catalogue import Price, Product
from gateway.domain.errors import Unavailable
from gateway.domain.ids import ChannelCode, Sku
from gateway.ports.browse import Browse, BrowseQuery
from tests.contracts.browse import BLUE, BrowseContract
from tests.support.effort import calls_made_by

WEB = ChannelCode("web")


class TestCatalogueIndex(BrowseContract):
    @pytest.fixture
    def browse(self) -> Browse:
        return CatalogueIndex(MemoryCatalogueStore())

    async def save(self, browse: Browse, products: list[Product]) -> None:
        assert isinstance(browse, CatalogueIndex)
        await browse._store.save(products)


class Away(MemoryCatalogueStore):
    away = True

    async def version(self) -> int:
        if self.away:
            raise Unavailable("away")
        return await super().version()


async def test_without_any_reading_an_outage_is_told_and_after_one_the_last_reading_stands() -> None:
    store = Away()
    index = CatalogueIndex(store)
    with pytest.raises(Unavailable):
        await index.refresh()
    store.away = False
    await store.save([BLUE])
    await index.refresh()
    store.away = True
    await index.refresh()
    assert index.products([BLUE.sku]) == {BLUE.sku: BLUE}


def retailer(count: int) -> list[Product]:
    draw = random.Random(7)  # noqa: S311 - seeded, not secret
    names = [f"{a}{b}" for a in "abcdefghij" for b in ("eau", "il", "or", "une", "ette")]
    return [
        Product(
            Sku(f"SKU-{n:05}"),
            " ".join(draw.sample(names, 3)),
            brand=draw.choice(names),
            categories=(draw.choice(names),),
            price=Price(Decimal(draw.randint(1, 20_000)) / 100, "EUR") if n % 10 else None,
        )
        for n in range(count)
    ]


def plainly(products: list[Product], query: BrowseQuery) -> list[str]:
    def fits(product: Product) -> bool:
        asked = folded(query.search or "").split()
        return all(any(word.startswith(one) for word in words_of(product)) for one in asked) and (
            query.categories is None or bool(set(product.categories) & query.categories)
        )

    return sorted(product.sku for product in products if fits(product))


def answer(index: CatalogueIndex, query: BrowseQuery) -> list[str]:
    return [product.sku for _, product in index.ordered(query)]


async def test_it_answers_as_a_look_at_every_product_would_without_looking_at_every_product() -> None:
    products, store = retailer(1_500), MemoryCatalogueStore()
    await store.save(products)
    index = CatalogueIndex(store)
    await index.refresh()
    list(index.ordered(BrowseQuery(WEB, "EUR", sort="PRICE")))
    for search in ("a", "beau", "beau cil", "b c d", "sku-0001", "nothing"):
        for categories in (None, frozenset({"beau", "aor"})):
            query = BrowseQuery(WEB, "EUR", search=search, categories=categories)
            answered, calls = calls_made_by(partial(answer, index, query))
            looked_at_all, plain_calls = calls_made_by(partial(plainly, products, query))
            assert answered == looked_at_all
            assert calls * 5 < plain_calls
