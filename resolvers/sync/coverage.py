"""What a pass over stock has seen: which articles at which places, and up to where in the source's order it surely holds."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.domain.feeds import Batch, Item, RejectedRow, StockDelta, StockRow
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.network import Source
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.figures import feed_order
from resolvers.naming import sku_by_item
from resolvers.sync.feeds import TWICE

StockBatch = Batch[StockRow] | Batch[StockRow | StockDelta]
Named = list[tuple[Sku, StockRow | StockDelta]]


@dataclass
class Coverage:
    """`order` None: unknown; `unread`: articles with a row that could not be used, which are listed all the same."""

    asked_at: datetime | None = None
    order: int | None = None
    listed: dict[LocationCode, set[Sku]] = field(default_factory=dict)
    unread: set[Sku] = field(default_factory=set)

    def start(self, source: Source, batch: StockBatch, now: datetime) -> None:
        """Note when the pass began: it holds as of its first part."""
        if self.asked_at is None:
            self.asked_at = batch.asked_at or now
            self.order = feed_order(source, batch.sequence, self.asked_at)

    def reach(self, source: Source, batch: Batch[StockRow | StockDelta]) -> None:
        """Note how far a numbered feed has come: its changes are told in their order."""
        numbers = [number for number in (batch.sequence, *(row.sequence for row in batch.rows)) if number is not None]
        if source.ordered_by == "SEQUENCE" and numbers:
            self.order = max(numbers) if self.order is None else max(self.order, *numbers)

    def add(self, rows: Iterable[tuple[Sku, StockRow | StockDelta]]) -> None:
        for sku, row in rows:
            self.listed.setdefault(row.location, set()).add(sku)

    def add_places(self, places: Collection[LocationCode]) -> None:
        for place in places:
            self.listed.setdefault(place, set())

    def once(self, rows: Named, batch: StockBatch) -> tuple[Named, list[RejectedRow]]:
        """Split rows into those of positions that the pass has not had yet, and refusals of the others."""
        index_of = {id(row): index for index, row in enumerate(batch.rows)}
        had = {(sku, row.location) for sku, row in rows if sku in self.listed.get(row.location, ())}
        fresh, refused = [], []
        for sku, row in rows:
            if (sku, row.location) in had:
                refused.append(RejectedRow(index_of[id(row)], str(row.item), TWICE))
            else:
                fresh.append((sku, row))
            had.add((sku, row.location))
        return fresh, refused


async def unread_skus(world: World, ports: SourcePorts, names: Sequence[str]) -> set[Sku]:
    """Return our skus of rows that were refused, as far as their names tell: what is said badly of them is not nothing."""
    items = [item for name in set(names) for item in (Item(sku=name), Item(gtin=name), Item(code=name))]
    return set((await sku_by_item(world, ports.code, items)).values()) if items else set()


def as_of(state: FeedState, seen: Coverage) -> FeedState:
    """Return the feed's state as fresh as the pass is, at the places that it saw; never less fresh than it was."""
    if seen.asked_at is None:
        return state
    known = state.as_of_by_location or {}
    moved = {place: max(seen.asked_at, known.get(place, seen.asked_at)) for place in seen.listed}
    return replace(state, as_of_by_location={**known, **moved})
