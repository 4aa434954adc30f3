"""Stock: full passes and deltas, put into the order of their own source and taken into the ledger."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.domain.feeds import Batch, StockDelta, StockRow
from gateway.domain.ids import LocationCode, Sku, stock_key
from gateway.domain.network import Source
from gateway.ports.ledger import Difference
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.figures import checked, feed_order, source_of, statement
from resolvers.sync.feeds import check_not_empty
from resolvers.sync.report import Progress, SyncReport


@dataclass
class Pass:
    """What one pass has seen: which skus of which place, and up to where in the source's order it surely holds (None: unknown)."""

    asked_at: datetime | None = None
    order: int | None = None
    listed: dict[LocationCode, set[Sku]] = field(default_factory=dict)


async def take_snapshot(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    """Take in every position; what a complete pass no longer lists is set to zero, what it left unchanged is as fresh as the pass."""
    if ports.stock is None:
        return before
    source, seen, state = source_of(world, ports), Pass(), before
    async for batch in ports.stock.snapshot():
        start(world, source, seen, batch)
        state = replace(state, epoch=batch.epoch or state.epoch, cursor=batch.cursor or state.cursor)
        await take_batch(world, ports, batch, report, seen)
        report.total = batch.total or report.total
        progress(report)
    check_not_empty(report, ports.code)
    await close_snapshot(world, ports, seen, report)
    return as_of_now(replace(state, last_full_at=world.clock.now()), seen)


async def take_changes(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    """Take in what changed since the cursor; a complete pass makes the source's every position as fresh as its start.

    A source without a change feed tells no cursor: nothing was learned then, and nothing is fresher than before.
    """
    if ports.stock is None:
        return before
    source, seen = source_of(world, ports), Pass()
    state, complete = before, False
    async for batch in ports.stock.changes(before.cursor):
        start(world, source, seen, batch)
        await take_batch(world, ports, batch, report, seen)
        state = replace(state, cursor=batch.cursor or state.cursor, epoch=batch.epoch or state.epoch)
        complete = batch.complete and (batch.cursor is not None or bool(batch.rows))
        reach(source, seen, batch)
        progress(report)
    if not complete:
        return state
    for place in state.as_of_by_location or {}:
        seen.listed.setdefault(place, set())
    await lift_covered(world, ports, seen)
    return as_of_now(state, seen)


def reach(source: Source, seen: Pass, batch: Batch[StockRow | StockDelta]) -> None:
    """Note how far a numbered feed has come: its changes are told in their order."""
    numbers = [number for number in (batch.sequence, *(row.sequence for row in batch.rows)) if number is not None]
    if source.ordered_by == "SEQUENCE" and numbers:
        seen.order = max(numbers) if seen.order is None else max(seen.order, *numbers)


async def lift_covered(world: World, ports: SourcePorts, seen: Pass) -> None:
    if seen.order is not None:
        await world.stock.advance(ports.code, list(seen.listed), seen.order)


def start(world: World, source: Source, seen: Pass, batch: Batch[StockRow] | Batch[StockRow | StockDelta]) -> None:
    if seen.asked_at is None:
        seen.asked_at = batch.asked_at or world.clock.now()
        seen.order = feed_order(source, batch.sequence, seen.asked_at)


async def close_snapshot(world: World, ports: SourcePorts, seen: Pass, report: SyncReport) -> None:
    """Zero what is no longer listed, and lift what the pass covers; only after the last part came."""
    if seen.asked_at is None or seen.order is None:
        return
    for place, skus in seen.listed.items():
        report.zeroed += await world.stock.zero_unlisted(ports.code, place, frozenset(skus), seen.order, seen.asked_at)
    await lift_covered(world, ports, seen)


def as_of_now(state: FeedState, seen: Pass) -> FeedState:
    if seen.asked_at is None:
        return state
    moved = dict.fromkeys(seen.listed, seen.asked_at)
    return replace(state, as_of_by_location={**(state.as_of_by_location or {}), **moved})


async def take_batch(
    world: World, ports: SourcePorts, batch: Batch[StockRow] | Batch[StockRow | StockDelta], report: SyncReport, seen: Pass
) -> None:
    """Check the rows one by one, refuse the bad, take in the good."""
    report.rows += len(batch.rows) + len(batch.rejected)
    report.refuse(batch.rejected)
    rows, refused = await checked(world, ports, batch.rows, batch.sequence)
    report.refuse(refused)
    for sku, row in rows:
        seen.listed.setdefault(row.location, set()).add(sku)
    source, asked_at = source_of(world, ports), batch.asked_at or world.clock.now()
    statements = [told for sku, row in rows if isinstance(row, StockRow) if (told := statement(source, batch, sku, row, asked_at))]
    differences = [await difference(world, source, batch.epoch, sku, row) for sku, row in rows if isinstance(row, StockDelta)]
    if statements:
        report.count(await world.stock.state_all(ports.code, statements))
    if differences:
        report.count(await world.stock.apply_differences(ports.code, differences))


async def difference(world: World, source: Source, epoch: str, sku: Sku, row: StockDelta) -> Difference:
    key = stock_key(sku, row.location)
    mid = await claim_behind(world, row.reference, key) if row.reference else None
    order = row.sequence if source.ordered_by == "SEQUENCE" else None
    return Difference(key, row.event, row.change, row.at, order, mid, epoch)


async def claim_behind(world: World, reference: str, key: str) -> str | None:
    """Return the claim that a change of the owner's carries out: that of our fulfillment on this very position."""
    order_number = reference.rpartition("-")[0]
    record = (await world.orders.by_number([order_number])).get(order_number)
    if record is None or record.order is None:
        return None
    work = next((work for work in record.order.fulfillments if work.number == reference), None)
    mids = {line.mid for line in work.lines} if work else set()
    return next((claim.mid for claim in record.claims if claim.key == key and claim.mid in mids), None)
