"""Stock: full passes and deltas, put into the order of their own source and taken into the ledger."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.figures import StockBatch, source_of, with_epoch
from resolvers.scales import Scales
from resolvers.sync.ahead import ahead
from resolvers.sync.coverage import Coverage, as_of, heard_places, with_unread
from resolvers.sync.report import Progress, SyncReport
from resolvers.sync.rows import Written, take_batch
from resolvers.sync.whole import WholePass, check_numbering

InDoubt = Callable[[FeedState, Written, Scales], Awaitable[FeedState]]
"""Says what follows when a part of changes is not believed; gets where the feed stood before that part."""


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
    """Take in what changed since the cursor. A source whose changes look like garbage is asked for everything, which is weighed anew."""

    async def everything(state: FeedState, _written: Written, _scales: Scales) -> FeedState:
        report.start_over()
        return await take_snapshot(world, ports, state, report, progress)

    return await read_changes(world, ports, before, report, progress, everything)


async def read_changes(
    world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress, in_doubt: InDoubt
) -> FeedState:
    """Take in what changed since the cursor; a complete pass makes the source's every position as fresh as its start.

    A source without a change feed tells no cursor: nothing was learned then, and nothing is fresher than before. One that cannot go on from
    the cursor tells everything instead. Where a part looks like garbage, `in_doubt` ends the pass.
    """
    if ports.stock is None:
        return before
    changes = ports.stock.changes(before.cursor)
    source, seen = source_of(world, ports), Coverage(unread={(one.sku, one.location) for one in before.unread_positions})
    state, complete, report.unasked, scales = before, False, True, Scales(world, ports, before)
    async for told in changes:
        report.unasked &= told.cursor is None and not told.rows and not told.rejected and not told.whole
        if told.whole:
            report.start_over()
            return await rest_as_whole(WholePass(world, ports, state, report), told, changes, progress)
        batch = with_epoch(told, before)
        check_numbering(source, batch, before, report)
        seen.start(source, batch, world.clock.now())
        written = await take_batch(world, ports, batch, report, seen, scales)
        if written.doubts:
            return await in_doubt(state, written, scales)
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


async def rest_as_whole(whole: WholePass, first: StockBatch, rest: AsyncIterator[StockBatch], progress: Progress) -> FeedState:
    async with whole.begun():
        await whole.take(first)
        async for batch in rest:
            await whole.take(batch)
            progress(whole.report)
    return await whole.closed()
