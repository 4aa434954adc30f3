"""Stock: full passes and deltas, put into the order of their own source and taken into the ledger."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from gateway.domain.feeds import StockDelta, StockRow
from gateway.domain.ids import LocationCode, Sku, stock_key
from gateway.domain.network import Source
from gateway.ports.ledger import Difference
from gateway.ports.order_book import Record
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.figures import checked, source_of, statement
from resolvers.sync.ahead import ahead
from resolvers.sync.coverage import Coverage, Named, StockBatch, as_of, unread_positions, with_unread
from resolvers.sync.feeds import check_whole
from resolvers.sync.report import Progress, SyncReport


async def take_snapshot(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    """Take in every position; what a complete pass no longer lists is set to zero, what it left unchanged is as fresh as the pass."""
    if ports.stock is None:
        return before
    source, seen, state, complete = source_of(world, ports), Coverage(), before, False
    async with aclosing(ahead(ports.stock.snapshot())) as batches:
        async for batch in batches:
            seen.start(source, batch, world.clock.now())
            state = replace(state, epoch=batch.epoch or state.epoch, cursor=batch.cursor or state.cursor)
            await take_batch(world, ports, batch, report, seen, once=True)
            complete = batch.complete
            progress(report)
    check_whole(report, before, complete=complete)
    seen.add_places(await heard_places(world, ports, before))
    await close_snapshot(world, ports, seen, report)
    unread = {(sku, place) for sku, place in seen.unread if place is None or sku not in seen.listed.get(place, ())}
    return as_of(with_unread(replace(state, last_full_at=world.clock.now()), unread), seen)


async def take_changes(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    """Take in what changed since the cursor; a complete pass makes the source's every position as fresh as its start.

    A source without a change feed tells no cursor: nothing was learned then, and nothing is fresher than before.
    """
    if ports.stock is None:
        return before
    source, seen = source_of(world, ports), Coverage(unread={(one.sku, one.location) for one in before.unread_positions})
    state, complete, report.unasked = before, False, True
    async for batch in ports.stock.changes(before.cursor):
        report.unasked &= batch.cursor is None and not batch.rows and not batch.rejected
        seen.start(source, batch, world.clock.now())
        await take_batch(world, ports, batch, report, seen)
        state = with_unread(replace(state, cursor=batch.cursor or state.cursor, epoch=batch.epoch or state.epoch), seen.unread)
        complete = batch.complete and (batch.cursor is not None or bool(batch.rows))
        seen.reach(source, batch)
        progress(report)
    if not complete:
        return state
    seen.add_places(await heard_places(world, ports, state))
    await lift_covered(world, ports, seen)
    return as_of(state, seen)


async def heard_places(world: World, ports: SourcePorts, state: FeedState) -> set[LocationCode]:
    """Return the source's places that an earlier pass has told of: one that is not named now has nothing, or nothing new."""
    owned = {place.code for place in await world.locations.locations() if place.source == ports.code}
    return owned & (state.as_of_by_location or {}).keys()


async def lift_covered(world: World, ports: SourcePorts, seen: Coverage) -> None:
    if seen.order is not None:
        await world.stock.advance(ports.code, list(seen.listed), seen.order, seen.unread_skus)


async def close_snapshot(world: World, ports: SourcePorts, seen: Coverage, report: SyncReport) -> None:
    """Zero what is no longer listed, and lift what the pass covers; only after the last part came."""
    if seen.asked_at is None or seen.order is None:
        return
    for place, skus in seen.listed.items():
        listed = frozenset(skus | seen.unread_skus)
        report.zeroed += await world.stock.zero_unlisted(ports.code, place, listed, seen.order, seen.asked_at)
    await lift_covered(world, ports, seen)


async def take_batch(
    world: World, ports: SourcePorts, batch: StockBatch, report: SyncReport, seen: Coverage, *, once: bool = False
) -> None:
    """Check the rows one by one, refuse the bad, take in the good; `once`: a position is named by one row of the pass."""
    places = report.take(batch)
    rows, refused = await checked(world, ports, batch.rows, batch.sequence)
    seen.take(rows, await unread_positions(world, ports, (*refused, *batch.rejected)))
    if once:
        rows, twice = seen.once(rows, batch)
        refused += twice
    report.refuse(sorted(refused, key=lambda row: row.index), places)
    seen.add(rows)
    await write(world, ports, batch, rows, report)


async def write(world: World, ports: SourcePorts, batch: StockBatch, rows: Named, report: SyncReport) -> None:
    source, asked_at = source_of(world, ports), batch.asked_at or world.clock.now()
    statements = [told for sku, row in rows if isinstance(row, StockRow) if (told := statement(source, batch, sku, row, asked_at))]
    differences = await differences_of(world, source, batch.epoch, [(sku, row) for sku, row in rows if isinstance(row, StockDelta)])
    if statements:
        report.count(await world.stock.state_all(ports.code, statements))
    if differences:
        report.count(await world.stock.apply_differences(ports.code, differences))


async def differences_of(world: World, source: Source, epoch: str, rows: Sequence[tuple[Sku, StockDelta]]) -> list[Difference]:
    numbers = {order_number(row.reference) for _, row in rows if row.reference}
    records = await world.orders.by_number(sorted(numbers)) if numbers else {}
    told = []
    for sku, row in rows:
        key = stock_key(sku, row.location)
        mid = claim_behind(records.get(order_number(row.reference)), row.reference, key) if row.reference else None
        order = row.sequence if source.ordered_by == "SEQUENCE" else None
        told.append(Difference(key, row.event, row.change, row.at, order, mid, epoch))
    return told


def order_number(reference: str) -> str:
    """Return the number of the order that a fulfillment's number begins with."""
    return reference.rpartition("-")[0]


def claim_behind(record: Record | None, reference: str, key: str) -> str | None:
    """Return the claim that a change of the owner's carries out: that of our fulfillment on this very position."""
    if record is None or record.order is None:
        return None
    work = next((work for work in record.order.fulfillments if work.number == reference), None)
    mids = {line.mid for line in work.lines} if work else set()
    return next((claim.mid for claim in record.claims if claim.key == key and claim.mid in mids), None)
