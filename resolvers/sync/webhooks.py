"""What a source pushes: verified by its reader, then taken in as if it had been polled."""

from collections.abc import Mapping

from gateway.domain.errors import NotFound, SourceError
from gateway.domain.feeds import Batch, StockDelta, StockRow, WorkNews
from gateway.domain.ids import SourceCode
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.figures import StockBatch, source_of, with_epoch
from resolvers.sync.coverage import Coverage
from resolvers.sync.news import take_events
from resolvers.sync.report import SyncReport, quiet
from resolvers.sync.rows import take_batch
from resolvers.sync.stock import take_changes


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
        await take_batch(world, ports, pushed, report, Coverage())
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
    try:
        await take_changes(world, ports, state, report, quiet)
    except SourceError as error:
        report.error = str(error)
