"""What every CatalogueSource does."""

from abc import ABC, abstractmethod

import pytest

from gateway.domain.errors import SourceError
from gateway.domain.feeds import Batch, ProductRow
from gateway.ports.sources import CatalogueSource


async def batches_of(source: CatalogueSource, changed_since: str | None = None) -> list[Batch[ProductRow]]:
    return [batch async for batch in source.products(changed_since)]


class CatalogueSourceContract(ABC):
    """Inherit, and give `source`, `skus` (what it sells) and `lose` (what makes it fail)."""

    @pytest.fixture
    @abstractmethod
    def source(self) -> CatalogueSource: ...

    @abstractmethod
    def skus(self) -> set[str]: ...

    @abstractmethod
    def lose(self, source: CatalogueSource) -> None: ...

    async def test_a_full_pass_tells_every_product_once(self, source: CatalogueSource) -> None:
        told = [row.sku for batch in await batches_of(source) for row in batch.rows]
        assert sorted(told) == sorted(self.skus())

    async def test_only_the_last_batch_is_complete(self, source: CatalogueSource) -> None:
        complete = [batch.complete for batch in await batches_of(source)]
        assert complete == [False] * (len(complete) - 1) + [True]

    async def test_every_batch_says_when_it_was_asked_for(self, source: CatalogueSource) -> None:
        for batch in await batches_of(source):
            assert batch.asked_at is not None
            assert batch.asked_at.tzinfo is not None

    async def test_products_have_names_and_exact_prices(self, source: CatalogueSource) -> None:
        for batch in await batches_of(source):
            for product in batch.rows:
                assert product.name
                assert product.price is None or product.price.amount >= 0

    async def test_a_pass_from_the_last_cursor_repeats_no_more_than_it_must(self, source: CatalogueSource) -> None:
        cursor = (await batches_of(source))[-1].cursor
        if cursor is not None:
            again = [row.sku for batch in await batches_of(source, cursor) for row in batch.rows]
            assert set(again) <= self.skus()

    async def test_an_outage_is_an_error_and_no_empty_batch(self, source: CatalogueSource) -> None:
        self.lose(source)
        with pytest.raises(SourceError):
            await batches_of(source)
