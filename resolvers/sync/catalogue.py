"""Products: taken from the source that mints our skus; other sources add their names for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gateway.domain.catalogue import ExternalId, Product
from gateway.domain.feeds import Batch, RejectedRow
from gateway.domain.ids import Sku
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.sync.feeds import TWICE, check_whole
from resolvers.sync.gtins import Placed, settled, uncontested
from resolvers.sync.report import Progress, SyncReport


@dataclass
class Listed:
    """What a pass has had: names as the source gives them, and those of rows that could not be used."""

    names: set[Sku] = field(default_factory=set)
    unread: set[Sku] = field(default_factory=set)
    ours: set[Sku] = field(default_factory=set)
    """Products that were given their name at this source."""
    waiting: list[Placed] = field(default_factory=list)
    """Rows that claim the GTIN of another product."""


async def take_products(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    """Save products of the minting source; those of others only add their names for ours."""
    if ports.catalogue is None:
        return before
    seen, state, complete, minting = Listed(), before, False, ports.code == world.network.minting_source
    async for batch in ports.catalogue.products(None if report.full else before.cursor):
        places = report.take(batch)
        seen.unread.update(Sku(refused.item) for refused in batch.rejected)
        rows = fresh_rows(batch, places, seen, report)
        if minting:
            note_unpriced(world, rows, report)
            free, waiting = await uncontested(world, rows)
            seen.waiting += waiting
            await save_products(world, free, report)
        else:
            await add_names(world, ports, rows, seen, report)
        state, complete = replace(state, cursor=batch.cursor or state.cursor), batch.complete
        progress(report)
    if report.full:
        check_whole(report, before, complete=complete)
        state = replace(state, last_full_at=world.clock.now())
    if report.full and minting:
        report.zeroed = await world.catalogue.retire(ports.code, frozenset(seen.names | seen.unread))
    await save_waiting(world, seen, report)
    return state


def fresh_rows(batch: Batch[Product], places: Sequence[int], seen: Listed, report: SyncReport) -> list[Placed]:
    """Return the rows of a batch that this pass has not had yet; the others are refused as duplicates."""
    fresh = []
    for place, row in zip(places, batch.rows, strict=True):
        if row.sku in seen.names:
            report.refuse([RejectedRow(place, row.sku, TWICE)])
        else:
            fresh.append((place, row))
        seen.names.add(row.sku)
    return fresh


def note_unpriced(world: World, rows: Sequence[Placed], report: SyncReport) -> None:
    """Note articles whose price for a channel is in another currency than its own: it does not sell them."""
    for channel in world.network.channels:
        priced = [(row, price) for _, row in rows if row.active and (price := row.price_for(channel.code)) is not None]
        foreign = [row.sku for row, price in priced if price.currency != channel.currency]
        if foreign:
            report.unpriced.setdefault(channel.code, []).extend(foreign)


async def save_waiting(world: World, seen: Listed, report: SyncReport) -> None:
    """Save rows whose GTIN was given up in this pass, by another row or by its product's retirement; refuse the others."""
    rows, refused = await settled(world, seen.waiting)
    report.refuse(refused)
    await save_products(world, rows, report)


async def save_products(world: World, rows: Sequence[Placed], report: SyncReport) -> None:
    known = await world.catalogue.products([row.sku for _, row in rows])
    saved = await world.catalogue.save([keeping_names(row, known.get(row.sku)) for _, row in rows])
    report.applied += saved
    report.unchanged += len(rows) - saved


def keeping_names(row: Product, known: Product | None) -> Product:
    """Return the row with the names that other sources have given it."""
    if known is None:
        return row
    own = {external.source for external in row.external_ids}
    return replace(row, external_ids=row.external_ids + tuple(name for name in known.external_ids if name.source not in own))


async def add_names(world: World, ports: SourcePorts, rows: Sequence[Placed], seen: Listed, report: SyncReport) -> None:
    """Give our products the names that another source has for them, matched by GTIN and never guessed."""
    by_gtin = await world.catalogue.skus_by_gtin([row.gtin for _, row in rows if row.gtin])
    ours = await world.catalogue.products(list(by_gtin.values()))
    named = []
    for place, row in rows:
        product = ours.get(by_gtin.get(row.gtin or "", Sku("")))
        if product is None:
            report.refuse([RejectedRow(place, row.sku, f"no product of ours has its GTIN {row.gtin or '(none)'}")])
        elif product.sku in seen.ours:
            report.refuse([RejectedRow(place, row.sku, f"another row has its GTIN {row.gtin}; the first was taken")])
        else:
            seen.ours.add(product.sku)
            others = tuple(name for name in product.external_ids if name.source != ports.code)
            named.append(replace(product, external_ids=(*others, ExternalId(ports.code, row.sku))))
    saved = await world.catalogue.save(named)
    report.applied += saved
    report.unchanged += len(named) - saved
