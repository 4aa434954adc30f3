"""Stock of a system: whole, what changed, and single items live."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace

from adapters.rest.config import Changes, Lookup, Stock
from adapters.rest.cursors import CursorTrail, epoch_of
from adapters.rest.endpoints import Endpoint
from adapters.rest.feeds import FeedReader, chunks
from adapters.rest.gaps import GapWatch, without_gap
from adapters.rest.paging import Part
from adapters.rest.system import System
from gateway.domain.errors import SourceRejected
from gateway.domain.feeds import Batch, Item, RejectedRow, StockDelta, StockRow


class RestStock:
    """A StockSource. A change feed whose cursor is too old, or whose epoch changed, goes on with a whole snapshot."""

    def __init__(
        self,
        snapshot: FeedReader[StockRow],
        changes: FeedReader[StockRow | StockDelta] | None,
        lookup: FeedReader[StockRow] | None,
        stated: Stock,
    ) -> None:
        self._snapshot, self._changes, self._lookup, self._stated = snapshot, changes, lookup, stated
        cursor = stated.changes.cursor if stated.changes else None
        self._trail = CursorTrail(snapshot.system, cursor) if cursor else None
        self._gaps = GapWatch(snapshot.system.clock, stated.changes.gap_wait_s if stated.changes else 0)
        self._after_snapshot: str | None = None

    @property
    def system(self) -> System:
        return self._snapshot.system

    async def snapshot(self) -> AsyncIterator[Batch[StockRow]]:
        """Yield every position. Each batch carries the cursor from which `changes` misses nothing of what came after the first part."""
        cursor: str | None = None
        async for batch, _ in self._snapshot.batches({}):
            if cursor is None:
                cursor = self._cursor_before(batch)
            yield replace(batch, cursor=cursor)
        self._after_snapshot = cursor

    async def changes(self, cursor: str | None) -> AsyncIterator[Batch[StockRow | StockDelta]]:
        stated, reader, trail = self._stated.changes, self._changes, self._trail
        if stated is None or reader is None or trail is None:
            yield Batch((), asked_at=self.system.clock.now())
            return
        start = cursor or self._after_snapshot
        first, scope = None, trail.scope(start)
        reached = scope.get("cursor", 0)
        async for batch, part in reader.batches(scope, frozenset(stated.expired_statuses)):
            first = first or part.asked_at
            seen = self._checked(stated, start, reached, batch, part)
            if seen is None:
                async for everything in self.snapshot():
                    yield replace(everything, whole=True)
                return
            whole = seen.complete and seen is batch
            moved = trail.after(part.answer.content, first, batch.epoch, scope.get("cursor")) if whole else None
            yield replace(seen, cursor=moved, settled=trail.settled(moved))
            if seen is not batch:
                return
            reached = max([reached, *(row.sequence for row in batch.rows if row.sequence is not None)])
        self._gaps.end()

    async def positions(self, items: Collection[Item]) -> Batch[StockRow]:
        """Read items live, in one call per batch limit; SourceRejected when the source cannot be asked for single items."""
        lookup, reader = self._stated.lookup, self._lookup
        if lookup is None or reader is None:
            raise SourceRejected(self.system.source.code, "cannot be asked for single items")
        asked_at = self.system.clock.now()
        rows: list[StockRow] = []
        rejected: list[RejectedRow] = []
        last: Batch[StockRow] = Batch((), asked_at=asked_at)
        for chunk in chunks(named(items, lookup), lookup.batch):
            scope = {"keys": [key for key, _ in chunk], "items": [plain(item) for _, item in chunk]}
            async for batch, _ in reader.batches(scope):
                rows += batch.rows
                rejected += batch.rejected
                last = batch
        return replace(last, rows=tuple(rows), rejected=tuple(rejected), asked_at=asked_at, complete=True)

    def _cursor_before(self, batch: Batch[StockRow]) -> str | None:
        if self._trail is None or self._stated.changes is None or self._stated.changes.cursor is None:
            return None
        if self._stated.changes.cursor.kind == "TIME":
            return self._trail.at(batch.asked_at or self.system.clock.now())
        return self._trail.numbered(batch.epoch, batch.sequence, batch.sequence) if batch.sequence is not None else None

    def _checked(
        self, stated: Changes, cursor: str | None, reached: int, batch: Batch[StockRow | StockDelta], part: Part
    ) -> Batch[StockRow | StockDelta] | None:
        """Return the batch as far as it can be taken in; None when only a snapshot helps."""
        if part.answer.status in stated.expired_statuses:
            return None
        known = epoch_of(cursor)
        if known and batch.epoch and known != batch.epoch:
            return None
        checked = without_gap(batch, reached) if stated.waits else batch
        return None if checked is not batch and self._gaps.lasts() else checked


def named(items: Collection[Item], lookup: Lookup) -> list[tuple[str, Item]]:
    """Return the items that have the name by which this source is asked, once each."""
    pairs = {key: item for item in items if (key := getattr(item, lookup.key))}
    return list(pairs.items())


def plain(item: Item) -> dict[str, str | None]:
    return {"sku": item.sku, "gtin": item.gtin, "code": item.code}


def lookup_reader(system: System, stated: Stock, snapshot: FeedReader[StockRow]) -> FeedReader[StockRow] | None:
    """Return a reader of live items; its fields are the snapshot's where it states none."""
    lookup = stated.lookup
    if lookup is None:
        return None
    single = {name: getattr(lookup, name) for name in (*Endpoint.model_fields, "rows", "page")}
    fields: Sequence[tuple[str, object]] = [("fields", lookup.fields or stated.snapshot.fields)]
    feed = stated.snapshot.model_copy(update={**single, **dict(fields), "each": None, "paging": type(stated.snapshot.paging)()})
    return FeedReader(system.doing("stock.lookup"), feed, snapshot.make, live=True)
