"""What owners of stock state, row by row: usable or refused, in our names and in their own order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.domain.feeds import Batch, RejectedRow, StockDelta, StockRow
from gateway.domain.ids import Sku, stock_key
from gateway.domain.network import Source
from gateway.domain.stock_guard import refusal_of
from gateway.ports.ledger import Statement
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.naming import named

StockBatch = Batch[StockRow] | Batch[StockRow | StockDelta]


def source_of(world: World, ports: SourcePorts) -> Source:
    return next(source for source in world.network.sources if source.code == ports.code)


def feed_order(source: Source, sequence: int | None, begun_at: datetime | None) -> int | None:
    """Return a figure's place in its feed's order: the source's own number (None: it told none), or our clock in ms since when it was made.

    0: what came unasked counts no claim of ours.
    """
    if source.ordered_by == "SEQUENCE":
        return sequence
    return int(begun_at.timestamp() * 1000) if begun_at else 0


def with_epoch(batch: StockBatch, state: FeedState) -> StockBatch:
    """Return a batch in the epoch that it belongs to: where it names none, the one that is known; where an operator declared one, that."""
    declared = f"{batch.epoch}~{state.declared}" if state.declared else batch.epoch
    return replace(batch, epoch=declared if batch.epoch else state.epoch)


async def checked(
    world: World, ports: SourcePorts, rows: Sequence[StockRow | StockDelta], sequence: int | None = None
) -> tuple[list[tuple[Sku, StockRow | StockDelta]], list[RejectedRow]]:
    """Split rows into the usable, with our sku, and the refused: unknown names, unknown or foreign places, impossible figures."""
    owned = {place.code for place in await world.locations.locations() if place.source == ports.code}
    source = source_of(world, ports)
    now = world.clock.now()
    refused, usable, places = [], [], []
    for index, row in enumerate(rows):
        reason = refusal_of(row, now) if row.location in owned else f"{row.location!r} is no location of {ports.code}"
        reason = reason or unordered(source, row, sequence)
        if reason:
            refused.append(RejectedRow(index, str(row.item), reason, row.location))
        else:
            usable.append(row)
            places.append(index)
    known, unknown = await named(world, ports.code, usable)
    return known, refused + [replace(row, index=places[row.index]) for row in unknown]


def unordered(source: Source, row: StockRow | StockDelta, sequence: int | None) -> str | None:
    """Refuse a figure without a place in its source's order: it could undo a newer one."""
    numbered = row.sequence is not None or (sequence is not None and isinstance(row, StockRow))
    return None if source.ordered_by == "TIME" or numbered else "its source numbers its figures, and this one carries no number"


def statement(source: Source, batch: StockBatch, sku: Sku, row: StockRow, now: datetime) -> Statement | None:
    """Return the figure as the ledger counts: on hand less unavailable, or what the owner says it can sell."""
    sellable = row.quantity - row.unavailable if source.states == "ON_HAND" else row.quantity
    begun_at = batch.surely_since
    order = feed_order(source, row.sequence if row.sequence is not None else batch.sequence, begun_at)
    if order is None:
        return None
    as_of = row.as_of or batch.asked_at or now
    return Statement(stock_key(sku, row.location), sellable, row.unavailable, order, as_of, batch.epoch, begun_at)
