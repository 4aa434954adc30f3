"""What a source pushes: verified by its reader, then taken in as if it had been polled."""

from collections.abc import Mapping

from gateway.domain.errors import NotFound
from gateway.domain.feeds import Batch, StockDelta, StockRow, WorkNews
from gateway.domain.ids import SourceCode
from resolvers.context import World
from resolvers.sync.news import take_events
from resolvers.sync.report import SyncReport
from resolvers.sync.stock import Pass, take_batch


async def take_webhook(world: World, source: SourceCode, headers: Mapping[str, str], body: bytes) -> SyncReport:
    """Raise NotFound for a source that pushes nothing, Unauthenticated for a bad signature, SourceGarbage for an unreadable body."""
    ports = world.sources.get(source)
    if ports is None or ports.webhooks is None:
        raise NotFound("source with webhooks", source)
    batch = ports.webhooks.read(headers, body)
    report = SyncReport(source, "webhook")
    stock = tuple(row for row in batch.rows if isinstance(row, StockRow | StockDelta))
    await take_batch(world, ports, Batch(stock, batch.rejected, batch.asked_at, epoch=batch.epoch, sequence=batch.sequence), report, Pass())
    await take_events(world, source, [row for row in batch.rows if isinstance(row, WorkNews)], report)
    return report
