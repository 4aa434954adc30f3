"""A GTIN names one product: a row that claims another one's waits for the end of its pass, by when it may have been given up."""

from collections.abc import Iterable, Sequence

from gateway.domain.catalogue import Product, plain_gtin
from gateway.domain.feeds import RejectedRow
from gateway.domain.ids import Sku
from resolvers.context import World

Placed = tuple[int, Product]
"""A row with its place in the feed."""


async def uncontested(world: World, rows: Sequence[Placed]) -> tuple[list[Placed], list[Placed]]:
    """Split rows into those whose GTIN no other product has, and those that must wait."""
    sku_by_gtin = await holders(world, rows)
    free: list[Placed] = []
    waiting: list[Placed] = []
    for place, row in rows:
        (free if first_to_claim(sku_by_gtin, row) == row.sku else waiting).append((place, row))
    return free, waiting


async def settled(world: World, waiting: Sequence[Placed]) -> tuple[list[Placed], list[RejectedRow]]:
    """Split rows that waited into those whose GTIN nobody else has any more, and refusals.

    A row that is refused leaves its product the GTIN it had, for which another one may have waited: so it is looked at again.
    """
    known, rows, refused = await holders(world, waiting), list(waiting), list[RejectedRow]()
    while True:
        giving_up = {row.sku for _, row in rows}
        sku_by_gtin = {gtin: sku for gtin, sku in known.items() if sku not in giving_up}
        clashing = {place: holder for place, row in rows if (holder := first_to_claim(sku_by_gtin, row)) != row.sku}
        if not clashing:
            return rows, refused
        refused += [
            RejectedRow(place, row.sku, f"its GTIN {row.gtin} is that of {clashing[place]}; a number names one product")
            for place, row in rows
            if place in clashing
        ]
        rows = [(place, row) for place, row in rows if place not in clashing]


async def holders(world: World, rows: Iterable[Placed]) -> dict[str, Sku]:
    """Return which active product has each GTIN that is claimed; a retired one keeps no number from others."""
    found = await world.catalogue.skus_by_gtin({gtin for _, row in rows if (gtin := claimed(row))})
    known = await world.catalogue.products(list(found.values()))
    return {gtin: sku for gtin, sku in found.items() if sku in known and known[sku].active}


def first_to_claim(sku_by_gtin: dict[str, Sku], row: Product) -> Sku:
    """Return whose the row's GTIN is: another product's, or from now on its own."""
    gtin = claimed(row)
    return sku_by_gtin.setdefault(gtin, row.sku) if gtin else row.sku


def claimed(row: Product) -> str | None:
    """Return the GTIN as it is compared; None for a product that is not sold, and for zeros that stand where there is no number."""
    return (plain_gtin(row.gtin) or None) if row.gtin and row.active else None
