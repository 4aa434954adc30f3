"""What a source pushes: verified by its reader, then taken in as if it had been polled."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from gateway.domain.errors import NotFound, SourceError
from gateway.domain.feeds import Batch, StockDelta, StockRow, WorkNews
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.quarantine import Quarantine, Weighing
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.figures import StockBatch, source_of, with_epoch
from resolvers.scales import Scales
from resolvers.sync.coverage import Coverage
from resolvers.sync.news import take_events
from resolvers.sync.report import SyncReport, quiet
from resolvers.sync.rows import Written, take_batch
from resolvers.sync.stock import read_changes

log = structlog.get_logger(__name__)


async def take_webhook(world: World, source: SourceCode, headers: Mapping[str, str], body: bytes) -> SyncReport:
    """Raise NotFound for a source that pushes nothing, Unauthenticated for a bad signature, SourceGarbage for an unreadable body."""
    ports = world.sources.get(source)
    if ports is None or ports.webhooks is None:
        raise NotFound("source with webhooks", source)
    batch = ports.webhooks.read(headers, body)
    report = SyncReport(source, "webhook")
    stock = tuple(row for row in batch.rows if isinstance(row, StockRow | StockDelta))
    state = await world.feeds.feed(source, "stock")
    pushed = with_epoch(Batch(stock, batch.rejected, batch.asked_at, epoch=batch.epoch, sequence=batch.sequence, unasked=True), state)
    if must_be_fetched(world, ports, pushed, state):
        report.take(Batch((), batch.rejected))
        await fetch_changes(world, ports, state, report)
    else:
        scales = Scales(world, ports, state)
        written = await take_batch(world, ports, pushed, report, Coverage(), scales)
        await distrust(world, source, written, scales, report)
    epoch = batch.epoch or (await world.feeds.feed(source, "news")).epoch
    await take_events(world, source, [row for row in batch.rows if isinstance(row, WorkNews)], report, epoch=epoch)
    return report


def must_be_fetched(world: World, ports: SourcePorts, pushed: StockBatch, state: FeedState) -> bool:
    """Tell whether a push only says that there is something new.

    Numbered differences must come in their order, else an earlier one would count as known; pushes come in any. Which of two numberings is
    the later one only a pass that was asked for tells.
    """
    numbered = source_of(world, ports).ordered_by == "SEQUENCE" and any(isinstance(row, StockDelta) for row in pushed.rows)
    anew = bool(pushed.rows) and state.epoch not in {"", pushed.epoch}
    return (numbered or anew) and state.cursor is not None


async def fetch_changes(world: World, ports: SourcePorts, state: FeedState, report: SyncReport) -> None:
    """Take in what the feed tells since its cursor. Where it stands is left to the regular pass, which may be under way."""

    async def in_doubt(reached: FeedState, written: Written, scales: Scales) -> FeedState:
        await distrust(world, ports.code, written, scales, report)
        return reached

    try:
        await read_changes(world, ports, state, report, quiet, in_doubt)
    except SourceError as error:
        report.error = str(error)


async def distrust(world: World, source: SourceCode, written: Written, scales: Scales, report: SyncReport) -> None:
    """Keep what stands where a push looks like garbage, marked, until the whole pass that is due at once says it again or otherwise."""
    if not written.doubts:
        return
    report.quarantined += [f"{place}: {why}" for place, why in written.doubts.items()]
    state, now = await world.feeds.feed(source, "stock"), world.clock.now()
    known = {one.location for one in state.quarantines}
    pushed = [pushed_in_doubt(scales.weighing(place), place, why, now) for place, why in written.doubts.items() if place not in known]
    for one in pushed:
        log.warning("stock_quarantined", source=source, location=one.location, reason=one.why, rows=one.rows, moved=one.moved)
    if pushed:
        await world.feeds.save(replace(state, quarantines=(*state.quarantines, *pushed)))


def pushed_in_doubt(weighing: Weighing, place: LocationCode, why: str, now: datetime) -> Quarantine:
    return Quarantine(place, why, now, now, None, weighing.rows, len(weighing.moved), weighing.sample())
