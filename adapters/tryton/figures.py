"""What lies in a warehouse as Tryton counts it, read absolute for many products at once."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from adapters.mapping.figures import Negative, stock_maker
from adapters.tryton import payloads
from adapters.tryton.articles import EVEN_INACTIVE, MODEL, Articles, chunks
from adapters.tryton.catalogue import GOODS
from adapters.tryton.client import Reader, Record
from adapters.tryton.warehouses import Warehouses
from gateway.domain.feeds import Batch, StockRow

States = Literal["ON_HAND", "AVAILABLE"]
Units = dict[tuple[int, int], float]
"""By warehouse and product."""
PAID = ["sale.state", "=", "done"]


@dataclass(frozen=True)
class Figures:
    """`states` AVAILABLE: less what is assigned to shipments; ON_HAND: what lies there. `till`: see the option of that name."""

    reader: Reader
    articles: Articles
    states: States
    negative: Negative
    till: bool

    async def of_warehouse(
        self, operation: str, places: Warehouses, warehouse: int, products: Collection[int] | None, sold: Units
    ) -> AsyncIterator[Batch[StockRow]]:
        """Yield the figures of a warehouse, of some products or all."""
        context = {"locations": [warehouse], "with_childs": True, "stock_assign": self.states == "AVAILABLE"}
        chosen = [None] if products is None else chunks(sorted(products))
        for number, chunk in enumerate(chosen, 1):
            domain = [GOODS, EVEN_INACTIVE, *([["id", "in", chunk]] if chunk else [])]
            async for part, last in self.reader.pages(operation, MODEL, domain, ("quantity",), context):
                rows = [{**row, "product": row["id"]} for row in part.rows]
                batch = await self._batch(operation, places, warehouse, rows, sold, part.asked_at)
                yield replace(batch, complete=last and number == len(chosen))

    async def of_product(self, operation: str, places: Warehouses, product: int, sold: Units) -> Batch[StockRow]:
        """Return the figures of one product in all warehouses, by one call."""
        context = {"product": product, "with_childs": True, "stock_assign": self.states == "AVAILABLE"}
        told = await self.reader.all(operation, "stock.location", [["id", "in", sorted(places.code_by_id)]], ("quantity",), context)
        rows = [{**row, "product": product} for row in told.rows]
        batches = [await self._batch(operation, places, row["id"], [row], sold, told.asked_at) for row in rows]
        return joined(batches, told.asked_at)

    async def sold(self, operation: str, places: Warehouses) -> Units:
        """Return what was paid for at the counter and is still counted as lying there.

        To be asked before the figures: what is posted between the two is taken off twice for a moment, and never not at all.
        """
        units: Units = {}
        if not self.till:
            return units
        told = await self.reader.all(operation, "sale.point.sale.line", [PAID], ("product", "quantity", "sale.point.storage_location"))
        for row in told.rows:
            place = places.of.get(storage_of(row) or 0)
            if place and row.get("product"):
                units[place, row["product"]] = units.get((place, row["product"]), 0) + (row.get("quantity") or 0)
        return units

    async def _batch(
        self, operation: str, places: Warehouses, warehouse: int, rows: Sequence[Record], sold: Units, asked_at: datetime
    ) -> Batch[StockRow]:
        names = await self.articles.named(operation, [row["product"] for row in rows])

        def words(row: Record) -> payloads.Words:
            quantity: Any = row.get("quantity")
            taken = sold.get((warehouse, row["product"]), 0)
            left = quantity - taken if isinstance(quantity, int | float) else quantity
            return {"location": places.code_by_id[warehouse], **payloads.named(names[row["product"]]), "quantity": left}

        good, rejected = payloads.made(rows, words, stock_maker(self.negative))
        return Batch(good, rejected, asked_at)


def storage_of(row: Record) -> int | None:
    point = (row.get("sale") or {}).get("point") or {}
    storage = point.get("storage_location")
    return storage.get("id") if isinstance(storage, dict) else storage


def joined(batches: Sequence[Batch[StockRow]], asked_at: datetime) -> Batch[StockRow]:
    """Return parts as one, as of the first of them."""
    rows = tuple(row for batch in batches for row in batch.rows)
    rejected = tuple(replace(one, index=index) for index, one in enumerate(one for batch in batches for one in batch.rejected))
    return Batch(rows, rejected, asked_at)
