"""Supply to come: whole at each call, so that what a source no longer lists is no longer expected."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from gateway.domain.feeds import Batch, InboundRow, RejectedRow
from gateway.domain.ids import LocationCode, StockKey, stock_key
from gateway.domain.stock import Inbound
from gateway.domain.stock_guard import MOST_UNITS
from gateway.ports.ledger import Supply
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.naming import named
from resolvers.sync.feeds import check_whole
from resolvers.sync.locations import known_places
from resolvers.sync.report import Progress, SyncReport


@dataclass
class Supplies:
    """What a pass collects, for the places that we know."""

    places: Collection[LocationCode]
    lots: dict[StockKey, list[Inbound]] = field(default_factory=lambda: defaultdict(list))


async def take_inbound(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    if ports.inbound is None:
        return before
    supplies, complete = Supplies(await known_places(world)), False
    async for batch in ports.inbound.inbound():
        await collect(world, ports, batch, supplies, report)
        complete = batch.complete
        progress(report)
    check_whole(report, replace(before, rows=0), complete=complete)
    feed = f"{ports.code}/inbound"
    told = [Supply(key, feed, tuple(lots)) for key, lots in supplies.lots.items()]
    report.count(await world.stock.supply(ports.code, told))
    return replace(before, last_full_at=world.clock.now())


async def collect(world: World, ports: SourcePorts, batch: Batch[InboundRow], supplies: Supplies, report: SyncReport) -> None:
    places = report.take(batch)
    refused = [
        RejectedRow(index, str(row.item), reason) for index, row in enumerate(batch.rows) if (reason := refusal_of(row, supplies.places))
    ]
    known, unknown = await named(world, ports.code, batch.rows)
    impossible = {row.index for row in refused}
    report.refuse(sorted([*refused, *(row for row in unknown if row.index not in impossible)], key=lambda row: row.index), places)
    for sku, row in known:
        if refusal_of(row, supplies.places) is None:
            lot = Inbound(row.kind, row.quantity, row.quantity, row.expected_at, row.reference)
            supplies.lots[stock_key(sku, row.location)].append(lot)


def refusal_of(row: InboundRow, places: Collection[LocationCode]) -> str | None:
    """Return why a row of supply is refused, None when it can be used."""
    if row.location not in places:
        return f"there is no location {row.location!r}"
    if type(row.quantity) is not int:
        return f"quantity is {row.quantity!r}; a whole number of units is needed"
    if not 0 < row.quantity <= MOST_UNITS:
        return f"quantity is {row.quantity}; from 1 to {MOST_UNITS} units can be to come"
    if row.expected_at.tzinfo is None:
        return f"the time {row.expected_at.isoformat()} has no zone"
    return None
