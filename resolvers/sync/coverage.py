"""What a pass over stock has seen: which articles at which places, and up to where in the source's order it surely holds."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.domain.claims.figures import Reach
from gateway.domain.feeds import Item, RejectedRow, StockDelta, StockRow
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.network import Source
from gateway.ports.stores import FeedState, Unread
from resolvers.context import SourcePorts, World
from resolvers.figures import StockBatch, feed_order
from resolvers.naming import sku_by_item
from resolvers.sync.feeds import TWICE

Named = list[tuple[Sku, StockRow | StockDelta]]
Position = tuple[Sku, LocationCode | None]
"""An article at a place; None: anywhere, where a row did not tell the place."""
MOST_UNREAD = 20_000
"""Positions that are remembered one by one; of more only their articles are."""


@dataclass
class Coverage:
    """`order` None: unknown; `unread`: positions with a row that could not be used, whose articles are listed all the same."""

    asked_at: datetime | None = None
    begun_at: datetime | None = None
    order: int | None = None
    epoch: str = ""
    listed: dict[LocationCode, set[Sku]] = field(default_factory=dict)
    unread: set[Position] = field(default_factory=set)

    def start(self, source: Source, batch: StockBatch, now: datetime) -> None:
        """Note when the pass began: it holds as of its first part."""
        if self.asked_at is None:
            self.asked_at, self.begun_at = batch.asked_at or now, batch.surely_since
            self.order, self.epoch = feed_order(source, batch.sequence, self.begun_at), batch.epoch

    @property
    def reach(self) -> Reach | None:
        """Return what the pass covers; None: nobody knows."""
        begun_ms = int(self.begun_at.timestamp() * 1000) if self.begun_at else None
        return None if self.order is None else Reach(self.order, self.epoch, begun_ms)

    def come_on(self, source: Source, batch: StockBatch) -> None:
        """Note how far a numbered feed has surely been told: its changes come in their order, some of them late."""
        if source.ordered_by == "SEQUENCE" and batch.settled is not None:
            self.order = batch.settled
            return
        numbers = [number for number in (batch.sequence, *(row.sequence for row in batch.rows)) if number is not None]
        if source.ordered_by == "SEQUENCE" and numbers:
            self.order = max(numbers) if self.order is None else max(self.order, *numbers)

    def add(self, rows: Iterable[tuple[Sku, StockRow | StockDelta]]) -> None:
        for sku, row in rows:
            self.listed.setdefault(row.location, set()).add(sku)

    @property
    def unread_skus(self) -> frozenset[Sku]:
        return frozenset(sku for sku, _ in self.unread)

    def take(self, rows: Named, unread: set[Position]) -> None:
        """Note what a part could not tell. A figure makes good what an earlier part could not."""
        self.unread -= {(sku, row.location) for sku, row in rows if isinstance(row, StockRow)}
        self.unread |= unread

    def add_places(self, places: Collection[LocationCode]) -> None:
        for place in places:
            self.listed.setdefault(place, set())

    def leave_out(self, places: Collection[LocationCode]) -> None:
        """Take places out whose figures are not believed: nothing was learned of them."""
        for place in places:
            self.listed.pop(place, None)

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


async def unread_positions(world: World, ports: SourcePorts, refused: Sequence[RejectedRow]) -> set[Position]:
    """Return the positions that rows were refused of, as far as their names tell: what is said badly of them is not nothing."""
    items = {name: (Item(sku=name), Item(gtin=name), Item(code=name)) for name in {row.item for row in refused}}
    if not items:
        return set()
    sku_of = await sku_by_item(world, ports.code, [item for named in items.values() for item in named])
    return {(sku_of[item], row.location) for row in refused for item in items[row.item] if item in sku_of}


def as_of(state: FeedState, seen: Coverage) -> FeedState:
    """Return the feed's state as fresh as the pass is, at the places that it saw; never less fresh than it was."""
    if seen.asked_at is None:
        return state
    known = state.as_of_by_location or {}
    moved = {place: max(seen.asked_at, known.get(place, seen.asked_at)) for place in seen.listed}
    return replace(state, as_of_by_location={**known, **moved})


def with_unread(state: FeedState, unread: Collection[Position]) -> FeedState:
    """Return the state with what could not be read, each as of when a complete pass told it before. To be asked before `as_of`."""
    positions = set(unread) if len(unread) <= MOST_UNREAD else {(sku, None) for sku, _ in unread}
    known, told_at = {(one.sku, one.location): one for one in state.unread_positions}, dict(state.as_of_by_location or {})
    anywhere = min(told_at.values(), default=None)
    ordered = sorted(positions, key=lambda one: (one[0], one[1] or ""))
    told = (known.get((sku, place)) or Unread(sku, place, told_at.get(place) if place else anywhere) for sku, place in ordered)
    return replace(state, unread_positions=tuple(told))


async def heard_places(world: World, ports: SourcePorts, state: FeedState) -> set[LocationCode]:
    """Return the source's places that an earlier pass has told of: one that is not named now has nothing, or nothing new."""
    owned = {place.code for place in await world.locations.locations() if place.source == ports.code}
    return owned & (state.as_of_by_location or {}).keys()
