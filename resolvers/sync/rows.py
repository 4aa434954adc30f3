"""Rows of stock on their way into the ledger: checked one by one, the bad refused, the good taken in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.domain.feeds import StockDelta, StockRow
from gateway.domain.ids import LocationCode, Sku, stock_key
from gateway.domain.network import Source
from gateway.ports.ledger import Difference, Outcome, Statement
from gateway.ports.order_book import Record
from resolvers.context import SourcePorts, World
from resolvers.figures import StockBatch, checked, source_of, statement
from resolvers.scales import Scales, Taken
from resolvers.sync.coverage import Coverage, Named, unread_positions
from resolvers.sync.report import SyncReport


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch's figures. Those `held` wait for the end of their whole pass, those of `doubts` for one to come."""

    statements: Sequence[Statement] = ()
    outcome: Outcome = field(default_factory=Outcome)
    doubts: Mapping[LocationCode, str] = field(default_factory=dict)


async def take_batch(
    world: World, ports: SourcePorts, batch: StockBatch, report: SyncReport, seen: Coverage, scales: Scales | None = None
) -> Written:
    """Take in what can be used. `scales` None: of a whole pass, which names a position once and judges what would move a figure."""
    places = report.take(batch)
    rows, refused = await checked(world, ports, batch.rows, batch.sequence)
    seen.take(rows, await unread_positions(world, ports, (*refused, *batch.rejected)))
    if scales is None:
        rows, twice = seen.once(rows, batch)
        refused += twice
    report.refuse(sorted(refused, key=lambda row: row.index), places)
    seen.add(rows)
    return await write(world, ports, batch, rows, report, scales)


async def write(world: World, ports: SourcePorts, batch: StockBatch, rows: Named, report: SyncReport, scales: Scales | None) -> Written:
    source, now, taken = source_of(world, ports), world.clock.now(), Taken(())
    statements = [told for sku, row in rows if isinstance(row, StockRow) if (told := statement(source, batch, sku, row, now))]
    changed = [(sku, row) for sku, row in rows if isinstance(row, StockDelta)]
    if statements and scales:
        taken = await scales.take(statements, last=batch.complete)
    elif statements:
        taken = Taken((await world.stock.state_all(ports.code, statements, holding=True, of_pass=True),))
    for outcome in taken.outcomes:
        report.count(outcome)
    differences = await differences_of(world, source, batch.epoch, [(sku, row) for sku, row in changed if row.location not in taken.doubts])
    if differences:
        report.count(await world.stock.apply_differences(ports.code, differences))
    return Written(statements, next(iter(taken.outcomes), Outcome()), taken.doubts)


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
