"""What every FeedStore does."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.domain.feeds import RejectedRow
from gateway.domain.ids import LocationCode, Sku, SourceCode
from gateway.ports.stores import FeedState, FeedStore, Unread

AT = datetime(2025, 6, 26, 8, 30, 15, 123000, tzinfo=UTC)
STATE = FeedState(
    SourceCode("wms"),
    "stock",
    cursor="4711",
    last_sync_at=AT,
    last_full_at=AT,
    as_of_by_location={LocationCode("WH.1"): AT},
    rows=3,
    rejected_rows=1,
    rejected=(RejectedRow(2, "X", "no product of ours has this name"),),
    failures=2,
    failing_since=AT,
    last_error="away",
    whole_error="its stock ended before the last part",
    epoch="e1",
    unread_positions=(Unread(Sku("A.1"), LocationCode("WH.1"), AT), Unread(Sku("B"), None, None)),
)


class FeedStoreContract(ABC):
    """Inherit, and give `feed_store` (empty)."""

    @pytest.fixture
    @abstractmethod
    def feed_store(self) -> FeedStore: ...

    async def test_a_feed_that_never_ran_stands_at_its_start(self, feed_store: FeedStore) -> None:
        assert await feed_store.feed(SourceCode("wms"), "stock") == FeedState(SourceCode("wms"), "stock")
        assert list(await feed_store.feeds()) == []

    async def test_the_last_state_of_each_feed_is_found_whole(self, feed_store: FeedStore) -> None:
        other = FeedState(SourceCode("wms"), "inbound")
        for state in (replace(STATE, cursor="1"), other, STATE):
            await feed_store.save(state)
        assert await feed_store.feed(SourceCode("wms"), "stock") == STATE
        assert sorted(await feed_store.feeds(), key=lambda state: state.name) == [other, STATE]
