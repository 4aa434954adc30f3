"""What Tryton sells, and for how much: products, whole or as they were changed."""

from collections.abc import AsyncIterator
from functools import partial

from adapters.mapping.products import ProductMaker
from adapters.tryton import payloads
from adapters.tryton.articles import EVEN_INACTIVE, MODEL
from adapters.tryton.client import Reader
from adapters.tryton.company import Books
from adapters.tryton.trail import Trail
from gateway.domain.feeds import Batch, ProductRow

FIELDS = (
    "code",
    "active",
    "list_price_used",
    "gross_price_used",
    "create_date",
    "write_date",
    "identifiers.type",
    "identifiers.code",
    "template.name",
    "template.active",
    "template.salable",
)
GOODS = ["type", "=", "goods"]
WHERE_CHANGES_SHOW = ("", "template.", "identifiers.", "list_prices.", "gross_prices.", "template.list_prices.", "template.gross_prices.")
"""A price that changes leaves its product's own time as it was."""


class TrytonCatalogue:
    """A CatalogueSource. Records that are not sold any more are told as inactive; a deleted one leaves no trace."""

    def __init__(self, reader: Reader, trail: Trail, books: Books, make: ProductMaker, *, with_tax: bool) -> None:
        self._reader, self._trail, self._books, self._make, self._with_tax = reader, trail, books, make, with_tax

    async def products(self, changed_since: str | None = None) -> AsyncIterator[Batch[ProductRow]]:
        domain = [GOODS, EVEN_INACTIVE]
        if changed_since:
            domain.append(self._trail.since(changed_since, WHERE_CHANGES_SHOW))
        cursor: str | None = None
        context = await self._books.context("catalogue")
        async for part, last in self._reader.pages("catalogue", MODEL, domain, FIELDS, context):
            cursor = cursor or self._trail.cursor(part.server_at)
            rows, rejected = payloads.made(part.rows, partial(payloads.product, with_tax=self._with_tax), self._make)
            yield Batch(rows, rejected, part.asked_at, cursor if last else None, complete=last)
