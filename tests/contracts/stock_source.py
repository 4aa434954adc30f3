"""What every StockSource does."""

from abc import ABC, abstractmethod

import pytest

from gateway.domain.errors import SourceError, SourceRejected
from gateway.domain.feeds import Batch, Item, StockDelta, StockRow
from gateway.ports.sources import StockSource


async def snapshot_of(source: StockSource) -> list[Batch[StockRow]]:
    return [batch async for batch in source.snapshot()]


async def changes_of(source: StockSource, cursor: str | None) -> list[Batch[StockRow | StockDelta]]:
    return [batch async for batch in source.changes(cursor)]


class StockSourceContract(ABC):
    """Inherit, and give `source`, `places`, `move` (what changes one position there and how it then stands) and `lose`."""

    reads_live = True

    @pytest.fixture
    @abstractmethod
    def source(self) -> StockSource: ...

    @abstractmethod
    def places(self) -> set[str]: ...

    @abstractmethod
    def move(self, source: StockSource, row: StockRow) -> int: ...

    @abstractmethod
    def lose(self, source: StockSource) -> None: ...

    async def test_a_snapshot_tells_every_position_once(self, source: StockSource) -> None:
        told = [(row.location, str(row.item)) for batch in await snapshot_of(source) for row in batch.rows]
        assert len(told) == len(set(told)) > 0
        assert {location for location, _ in told} == self.places()

    async def test_only_the_last_batch_of_a_snapshot_is_complete(self, source: StockSource) -> None:
        complete = [batch.complete for batch in await snapshot_of(source)]
        assert complete == [False] * (len(complete) - 1) + [True]

    async def test_each_figure_holds_as_of_a_sequence_or_a_time(self, source: StockSource) -> None:
        for batch in await snapshot_of(source):
            for row in batch.rows:
                assert row.sequence is not None or batch.sequence is not None or row.as_of is not None or batch.asked_at is not None
                assert row.as_of is None or row.as_of.tzinfo is not None

    async def test_figures_are_whole_and_not_negative(self, source: StockSource) -> None:
        for batch in await snapshot_of(source):
            assert all(row.quantity >= 0 and row.unavailable >= 0 for row in batch.rows)

    async def test_changes_from_nowhere_end_with_a_complete_batch(self, source: StockSource) -> None:
        assert (await changes_of(source, None))[-1].complete

    async def test_what_changed_after_the_snapshot_is_told_by_its_cursor(self, source: StockSource) -> None:
        batches = await snapshot_of(source)
        row = batches[-1].rows[0]
        stands_at = self.move(source, row)
        told = [one for batch in await changes_of(source, batches[-1].cursor) for one in batch.rows]
        if not told:
            told = [one for batch in await snapshot_of(source) for one in batch.rows]
        mine = [one for one in told if one.location == row.location and str(one.item) == str(row.item)]
        figures = [one.quantity for one in mine if isinstance(one, StockRow)]
        differences = [one.change for one in mine if isinstance(one, StockDelta)]
        assert figures[-1:] == [stands_at] or row.quantity + sum(differences) == stands_at

    async def test_a_live_read_agrees_with_the_snapshot(self, source: StockSource) -> None:
        rows = [row for batch in await snapshot_of(source) for row in batch.rows]
        item = rows[0].item
        if not self.reads_live:
            with pytest.raises(SourceRejected):
                await source.positions([item])
            return
        live = await source.positions([item])
        expected = {row.location: row.quantity for row in rows if str(row.item) == str(item)}
        assert {row.location: row.quantity for row in live.rows} == expected

    async def test_an_item_that_the_source_does_not_know_has_no_positions(self, source: StockSource) -> None:
        if self.reads_live:
            assert (await source.positions([Item(sku="NO-SUCH", gtin="4006381333931", code="NO-SUCH")])).rows == ()

    async def test_an_outage_is_an_error_and_no_empty_batch(self, source: StockSource) -> None:
        self.lose(source)
        with pytest.raises(SourceError):
            await snapshot_of(source)
        with pytest.raises(SourceError):
            await source.positions([Item(sku="A", gtin="4006381333931", code="A")])
