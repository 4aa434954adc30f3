"""Products and places: taken from the sources that own them."""

from dataclasses import replace

from gateway.domain.catalogue import ExternalId, Product
from gateway.domain.feeds import Batch, RejectedRow
from gateway.domain.ids import Sku
from gateway.domain.location import Location
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.sync.feeds import check_not_empty, duplicates
from resolvers.sync.report import Progress, SyncReport


async def take_products(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    """Save products of the minting source; those of others only add their names for ours."""
    if ports.catalogue is None:
        return before
    seen: set[Sku] = set()
    state = before
    async for batch in ports.catalogue.products(None if report.full else before.cursor):
        report.rows += len(batch.rows) + len(batch.rejected)
        report.total = batch.total or report.total
        report.refuse(batch.rejected)
        fresh = fresh_rows(batch, seen, report)
        await save_products(world, ports, fresh, report)
        state = replace(state, cursor=batch.cursor or state.cursor)
        progress(report)
    if report.full:
        check_not_empty(report, ports.code)
        if ports.code == world.network.minting_source:
            report.zeroed = await world.catalogue.retire(ports.code, frozenset(seen))
        state = replace(state, last_full_at=world.clock.now())
    return state


def fresh_rows(batch: Batch[Product], seen: set[Sku], report: SyncReport) -> list[Product]:
    """Return the rows of a batch that this pass has not had yet; the others are refused as duplicates."""
    twice = {refused.index for refused in duplicates([row.sku for row in batch.rows])}
    again = {index for index, row in enumerate(batch.rows) if row.sku in seen}
    for index in sorted(twice | again):
        report.refuse([RejectedRow(index, batch.rows[index].sku, "named twice in one feed; the first row was taken")])
    fresh = [row for index, row in enumerate(batch.rows) if index not in twice | again]
    seen.update(row.sku for row in fresh)
    return fresh


async def save_products(world: World, ports: SourcePorts, rows: list[Product], report: SyncReport) -> None:
    if ports.code == world.network.minting_source:
        known = await world.catalogue.products([row.sku for row in rows])
        saved = await world.catalogue.save([keeping_names(row, known.get(row.sku)) for row in rows])
    else:
        saved = await add_names(world, ports, rows)
    report.applied += saved
    report.unchanged += len(rows) - saved


def keeping_names(row: Product, known: Product | None) -> Product:
    """Return the row with the names that other sources have given it."""
    if known is None:
        return row
    own = {external.source for external in row.external_ids}
    return replace(row, external_ids=row.external_ids + tuple(name for name in known.external_ids if name.source not in own))


async def add_names(world: World, ports: SourcePorts, rows: list[Product]) -> int:
    """Give our products the names that another source has for them, matched by GTIN."""
    by_gtin = await world.catalogue.skus_by_gtin([row.gtin for row in rows if row.gtin])
    ours = await world.catalogue.products(list(by_gtin.values()))
    named = []
    for row in rows:
        product = ours.get(by_gtin.get(row.gtin or "", Sku("")))
        if product:
            others = tuple(name for name in product.external_ids if name.source != ports.code)
            named.append(replace(product, external_ids=(*others, ExternalId(ports.code, row.sku))))
    return await world.catalogue.save(named)


async def take_locations(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    if ports.locations is None:
        return before
    batch: Batch[Location] = await ports.locations.locations()
    report.rows = len(batch.rows) + len(batch.rejected)
    report.refuse(batch.rejected)
    report.applied = await world.locations.save([place for place in batch.rows if place.source == ports.code])
    report.unchanged = len(batch.rows) - report.applied
    progress(report)
    return replace(before, last_full_at=world.clock.now())
