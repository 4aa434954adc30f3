"""The catalogue's index in this process: what is searched, filtered and sorted without a question to the database."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from gateway.domain.catalogue import Product
from gateway.domain.errors import Unavailable
from gateway.domain.ids import ChannelCode, Sku

BrowseOrder = Literal["SKU", "NAME", "PRICE", "PRICE_DESC"]
BrowseKey = tuple[str, ...]
"""Where a product stands in an order, as texts that compare as the order does; the sku is the last of them."""


@dataclass(frozen=True, slots=True)
class BrowseQuery:
    """All given conditions hold. `search`: every word begins a word of name or brand, or the sku or gtin."""

    channel: ChannelCode
    """Whose prices are sorted by; products without one come last."""
    currency: str
    """In which the channel sells; a price in another one is none."""
    search: str | None = None
    categories: frozenset[str] | None = None
    brands: frozenset[str] | None = None
    group_code: str | None = None
    sort: BrowseOrder = "SKU"


class Browse(Protocol):
    """Contract: tests/contracts/browse.py. Answers from memory; only `refresh` does I/O. Products that are not active are left out."""

    async def refresh(self) -> None:
        """Take in what changed in the catalogue, if anything did; raises Unavailable when it was never read and cannot be."""
        ...

    def products(self, skus: Collection[Sku]) -> dict[Sku, Product]:
        """Return those of the skus that the index holds; one that it does not may still be in the catalogue."""
        ...

    def ordered(self, query: BrowseQuery, after: BrowseKey | None = None) -> Iterator[tuple[BrowseKey, Product]]:
        """Yield products that fit, in order, those behind `after` only."""
        ...


class Unindexed:
    """Stands where no index was wired: single products are then read from the catalogue's store, lists cannot be."""

    async def refresh(self) -> None:
        return

    def products(self, skus: Collection[Sku]) -> dict[Sku, Product]:  # noqa: ARG002 - it has none of them
        return {}

    def ordered(self, query: BrowseQuery, after: BrowseKey | None = None) -> Iterator[tuple[BrowseKey, Product]]:
        raise Unavailable(f"There is no index of the catalogue here; a page by {query.sort} after {after} was asked for.")
