"""Stock of a Tryton database: whole, of what its moves have touched, and of single items live."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace

from adapters.tryton.articles import Articles
from adapters.tryton.client import Reader, Record
from adapters.tryton.figures import Figures, joined, storage_of
from adapters.tryton.trail import Trail
from adapters.tryton.warehouses import Warehouses, warehouses
from gateway.domain.feeds import Batch, Item, StockDelta, StockRow

MOVE = ("product", "from_location", "to_location", "create_date", "write_date")
DONE = [["state", "=", "done"]]
Touched = dict[int, set[int]]
"""Products by warehouse."""


class TrytonStock:
    """A StockSource.

    Changes come of the ledger of moves, and are told as figures: a move carries the time at which its transaction began, so whether a
    figure read meanwhile counts it cannot be told from its time. What it touched is read anew instead, which is right whenever it is read.
    """

    def __init__(self, reader: Reader, articles: Articles, figures: Figures, trail: Trail, wanted: Sequence[str]) -> None:
        self._reader, self._articles, self._figures = reader, articles, figures
        self._trail, self._wanted = trail, wanted

    async def snapshot(self) -> AsyncIterator[Batch[StockRow]]:
        """Yield every product in every warehouse: one call each, and one for every further page of products."""
        places = await warehouses(self._reader, "stock.snapshot", self._wanted)
        cursor = self._trail.cursor(places.server_at)
        await self._articles.load("stock.snapshot")
        sold = await self._figures.sold("stock.snapshot", places)
        numbers = list(places.code_by_id)
        for number in numbers:
            async for batch in self._figures.of_warehouse("stock.snapshot", places, number, None, sold):
                yield replace(batch, cursor=cursor, complete=batch.complete and number == numbers[-1])

    async def changes(self, cursor: str | None) -> AsyncIterator[Batch[StockRow | StockDelta]]:
        """Yield the figures of all that was moved since the cursor, in one call where nothing was."""
        start = cursor or self._trail.cursor(self._reader.clock.now())
        moves = await self._reader.all("stock.changes", "stock.move", [*self._moves(), self._trail.since(start)], MOVE)
        lines = await self._counter(start)
        fresh = self._trail.unseen(moves.rows), self._trail.unseen(lines)
        after = self._trail.cursor(moves.server_at)
        if not any(fresh):
            yield Batch((), asked_at=moves.asked_at, cursor=after)
            return
        places = await warehouses(self._reader, "stock.changes", self._wanted)
        sold = await self._figures.sold("stock.changes", places)
        yield Batch((), asked_at=moves.asked_at, complete=False)
        within = self._figures.states == "AVAILABLE"
        for number, products in touched(*fresh, places, within=within).items():
            async for batch in self._figures.of_warehouse("stock.changes", places, number, products, sold):
                yield Batch(batch.rows, batch.rejected, batch.asked_at, complete=False)
        self._trail.keep([*moves.rows, *lines])
        yield Batch((), asked_at=moves.asked_at, cursor=after)

    async def positions(self, items: Collection[Item]) -> Batch[StockRow]:
        """Read items live: one call for each item or each warehouse, whichever are fewer."""
        operation = "stock.lookup"
        places = await warehouses(self._reader, operation, self._wanted)
        products = sorted(set((await self._articles.ids_of(operation, items)).values()))
        if not products:
            return Batch((), asked_at=places.asked_at)
        sold = await self._figures.sold(operation, places)
        if len(products) < len(places.code_by_id):
            batches = await asyncio.gather(*(self._figures.of_product(operation, places, one, sold) for one in products))
        else:
            batches = await asyncio.gather(*(self._of_warehouse(places, one, products, sold) for one in places.code_by_id))
        return joined(batches, places.asked_at)

    async def _of_warehouse(
        self, places: Warehouses, number: int, products: Collection[int], sold: dict[tuple[int, int], float]
    ) -> Batch[StockRow]:
        parts = [part async for part in self._figures.of_warehouse("stock.lookup", places, number, products, sold)]
        return joined(parts, places.asked_at)

    def _moves(self) -> list[list[object]]:
        """Return which moves change a figure: assigned ones only where those are taken off."""
        return [] if self._figures.states == "AVAILABLE" else [list(one) for one in DONE]

    async def _counter(self, start: str) -> list[Record]:
        """Return the lines of counter sales that changed, each stamped as its sale is."""
        if not self._figures.till:
            return []
        domain = self._trail.since(start, ("sale.",))
        fields = ("product", "sale.point.storage_location", "sale.create_date", "sale.write_date")
        told = await self._reader.all("stock.changes", "sale.point.sale.line", [domain], fields)
        return [{**row, **{name: row["sale"].get(name) for name in ("create_date", "write_date")}} for row in told.rows]


def touched(moves: Sequence[Record], lines: Sequence[Record], places: Warehouses, *, within: bool) -> Touched:
    """Return what moves and counter sales have touched in warehouses of ours; `within`: what moves inside one counts too."""
    found: Touched = {}
    for row in moves:
        ends = {places.of.get(row["from_location"]), places.of.get(row["to_location"])}
        for number in ends if within or len(ends) > 1 else ():
            add(found, number, row["product"])
    for row in lines:
        add(found, places.of.get(storage_of(row) or 0), row.get("product"))
    return found


def add(found: Touched, warehouse: int | None, product: int | None) -> None:
    if warehouse and product:
        found.setdefault(warehouse, set()).add(product)
