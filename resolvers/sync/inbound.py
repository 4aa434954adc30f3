"""Supply to come: whole at each call, so that what a source no longer lists is no longer expected."""

from collections import defaultdict
from dataclasses import replace

from gateway.domain.feeds import InboundRow, RejectedRow
from gateway.domain.ids import Sku, StockKey, stock_key
from gateway.domain.stock import Inbound
from gateway.ports.ledger import Supply
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.naming import named
from resolvers.sync.report import Progress, SyncReport


async def take_inbound(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    if ports.inbound is None:
        return before
    lots: dict[StockKey, list[Inbound]] = defaultdict(list)
    async for batch in ports.inbound.inbound():
        report.rows += len(batch.rows) + len(batch.rejected)
        report.refuse(batch.rejected)
        known, unknown = await named(world, ports.code, batch.rows)
        report.refuse(unknown)
        for sku, row in known:
            collect(lots, sku, row, report)
        progress(report)
    feed = f"{ports.code}/inbound"
    report.count(await world.stock.supply(ports.code, [Supply(key, feed, tuple(rows)) for key, rows in lots.items()]))
    return replace(before, last_full_at=world.clock.now())


def collect(lots: dict[StockKey, list[Inbound]], sku: Sku, row: InboundRow, report: SyncReport) -> None:
    if row.quantity <= 0:
        report.refuse([RejectedRow(report.rows, str(row.item), f"the quantity {row.quantity} to come is not positive")])
        return
    lot = Inbound(row.kind, row.quantity, row.quantity, row.expected_at, row.reference)
    lots[stock_key(sku, row.location)].append(lot)
