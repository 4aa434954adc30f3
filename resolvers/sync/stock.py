"""Stock: full passes and deltas, put into the order of their own source and taken into the ledger."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from gateway.domain.feeds import StockRow
from gateway.domain.ids import LocationCode, sku_and_location, stock_key
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.figures import StockBatch, checked, source_of, with_epoch
from resolvers.sync.ahead import ahead
from resolvers.sync.coverage import Coverage, as_of, heard_places, with_unread
from resolvers.sync.report import Progress, SyncReport
from resolvers.sync.rows import take_batch
from resolvers.sync.whole import WholePass, check_numbering


async def take_snapshot(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    """Take in every position; what a complete pass no longer lists is set to zero, what it left unchanged is as fresh as the pass."""
    if ports.stock is None:
        return before
    whole = WholePass(world, ports, before, report)
    async with whole.begun(), aclosing(ahead(ports.stock.snapshot())) as batches:
        async for batch in batches:
            await whole.take(batch)
            progress(report)
    return await whole.closed()


async def take_changes(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    """Take in what changed since the cursor; a complete pass makes the source's every position as fresh as its start.

    A source without a change feed tells no cursor: nothing was learned then, and nothing is fresher than before. One that cannot go on from
    the cursor tells everything instead; one that empties a place is asked for everything, which is weighed.
    """
    if ports.stock is None:
        return before
    changes = ports.stock.changes(before.cursor)
    source, seen = source_of(world, ports), Coverage(unread={(one.sku, one.location) for one in before.unread_positions})
    state, complete, report.unasked = before, False, True
    async for told in changes:
        report.unasked &= told.cursor is None and not told.rows and not told.rejected and not told.whole
        if told.whole:
            return await rest_as_whole(WholePass(world, ports, state, report), told, changes, progress)
        batch = with_epoch(told, before)
        check_numbering(source, batch, before, report)
        if await empties_a_place(world, ports, batch, state):
            return await take_snapshot(world, ports, state, report, progress)
        seen.start(source, batch, world.clock.now())
        await take_batch(world, ports, batch, report, seen)
        state = with_unread(replace(state, cursor=batch.cursor or state.cursor, epoch=batch.epoch or state.epoch), seen.unread)
        complete = batch.complete and (batch.cursor is not None or bool(batch.rows))
        seen.come_on(source, batch)
        state = replace(state, order=max(state.order or 0, batch.sequence or 0) or None)
        progress(report)
    if not complete:
        return state
    seen.add_places(await heard_places(world, ports, state))
    seen.leave_out([one.location for one in state.quarantines])
    if seen.reach:
        await world.stock.advance(ports.code, list(seen.listed), seen.reach, seen.unread_skus)
    return as_of(state, seen)


async def empties_a_place(world: World, ports: SourcePorts, batch: StockBatch, state: FeedState) -> bool:
    """Tell whether changes would set more positions of a place to zero at once than its guard lets a whole pass."""
    zeros = Counter(row.location for row in batch.rows if isinstance(row, StockRow) and row.quantity == 0)
    suspects = {place for place, count in zeros.items() if is_too_many(world, ports, state, place, count)}
    if not suspects:
        return False
    rows, _ = await checked(world, ports, [row for row in batch.rows if row.location in suspects], batch.sequence)
    keys = [stock_key(sku, row.location) for sku, row in rows if isinstance(row, StockRow) and row.quantity == 0]
    fallen = Counter(sku_and_location(key)[1] for key, doc in (await world.stock.documents(keys)).items() if doc.q > 0)
    return any(is_too_many(world, ports, state, place, count) for place, count in fallen.items())


def is_too_many(world: World, ports: SourcePorts, state: FeedState, place: LocationCode, count: int) -> bool:
    guard, usual = source_of(world, ports).guard, (state.rows_by_location or {}).get(place, 0)
    return usual >= guard.from_rows and count > guard.most_to_zero * usual


async def rest_as_whole(whole: WholePass, first: StockBatch, rest: AsyncIterator[StockBatch], progress: Progress) -> FeedState:
    async with whole.begun():
        await whole.take(first)
        async for batch in rest:
            await whole.take(batch)
            progress(whole.report)
    return await whole.closed()
