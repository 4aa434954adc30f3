"""Other sources' names for our skus: by sku where the source mints them, else by GTIN, else by its own code; never guessed."""

from collections.abc import Collection, Sequence
from typing import Protocol, TypeVar

from gateway.domain.feeds import Item, RejectedRow
from gateway.domain.ids import Sku, SourceCode
from resolvers.context import World


class NamesItem(Protocol):
    """Any row that names an article."""

    @property
    def item(self) -> Item: ...


R = TypeVar("R", bound=NamesItem)


async def sku_by_item(world: World, source: SourceCode, items: Collection[Item]) -> dict[Item, Sku]:
    """Return our sku of each item that is known; the others are left out."""
    by_sku = await world.catalogue.products([Sku(item.sku) for item in items if item.sku])
    by_gtin = await world.catalogue.skus_by_gtin([item.gtin for item in items if item.gtin])
    by_code = await world.catalogue.skus_by_external(source, [item.code for item in items if item.code])
    found = {}
    for item in items:
        sku = Sku(item.sku) if item.sku and Sku(item.sku) in by_sku else None
        sku = sku or by_gtin.get(item.gtin or "") or by_code.get(item.code or "")
        if sku:
            found[item] = sku
    return found


async def named(world: World, source: SourceCode, rows: Sequence[R]) -> tuple[list[tuple[Sku, R]], list[RejectedRow]]:
    """Split rows into those whose article is known, with our sku, and refusals of the others."""
    sku_of = await sku_by_item(world, source, {row.item for row in rows})
    known = [(sku_of[row.item], row) for row in rows if row.item in sku_of]
    unknown = [RejectedRow(i, str(row.item), "no product of ours has this name") for i, row in enumerate(rows) if row.item not in sku_of]
    return known, unknown
