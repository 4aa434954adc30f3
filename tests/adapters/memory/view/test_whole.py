"""The fast view keeps the contract and says, whatever happens, what the plain one says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory.plain_view import PlainView
from adapters.memory.view.positions import Positions
from adapters.memory.view.whole import WholeView
from gateway.domain.ids import LocationCode, Sku, SourceCode, StockKey, stock_key
from gateway.domain.stock import Inbound
from gateway.ports.ledger import Marker, StockState
from gateway.ports.view import PositionView
from tests.contracts.position_view import NOW, PLAIN, SKU, STATE, PositionViewContract


class TestWholeView(PositionViewContract):
    @pytest.fixture
    def view(self) -> PositionView:
        return WholeView()

    def put(self, view: PositionView, key: StockKey, state: StockState | None) -> None:
        assert isinstance(view, WholeView)
        view.put(key, state)


class TestPlainView(PositionViewContract):
    @pytest.fixture
    def view(self) -> PositionView:
        return PlainView()

    def put(self, view: PositionView, key: StockKey, state: StockState | None) -> None:
        assert isinstance(view, PlainView)
        view.put(key, state)


def test_it_lags_for_ever_until_it_is_filled_and_then_by_the_last_moment_confirmed() -> None:
    now_s = NOW.timestamp() + 7
    view = WholeView(lambda: now_s)
    assert (view.filled, view.lag_s) == (False, float("inf"))
    view.replace(Positions(), NOW)
    assert (view.filled, view.lag_s) == (True, 7.0)
    view.confirm(NOW + timedelta(seconds=5))
    view.confirm(NOW + timedelta(seconds=4))
    assert view.lag_s == 2.0


def test_newly_filled_positions_take_over_whole() -> None:
    view, fresh = WholeView(), Positions()
    view.put(STATE.key, STATE)
    assert view.states(SKU, NOW) == (STATE,)
    fresh.put(PLAIN)
    view.replace(fresh, NOW)
    assert view.states(SKU, NOW) == (PLAIN,)
    assert len(view) == 1


SKUS = [Sku("A"), Sku("A|1"), Sku("B")]
PLACES = [LocationCode("DEPOT"), LocationCode("SHOP"), LocationCode("Z")]
KEYS = st.builds(stock_key, st.sampled_from(SKUS), st.sampled_from(PLACES))
MOMENTS = st.integers(0, 600).map(lambda s: NOW + timedelta(seconds=s))
MARKERS = st.lists(st.builds(Marker, st.integers(1, 9), st.none() | MOMENTS), max_size=3).map(tuple)
LOTS = st.lists(st.builds(Inbound, st.just("TRANSFER"), st.integers(1, 9), st.integers(0, 9), MOMENTS), max_size=2).map(tuple)
STATES = st.builds(
    StockState,
    KEYS,
    st.integers(-50, 10_000_000),
    st.integers(0, 50),
    st.integers(-50, 10_000_000),
    MOMENTS | st.just(datetime(1970, 1, 1, tzinfo=UTC)),
    st.none() | MOMENTS,
    st.sampled_from([SourceCode("wms"), SourceCode("pos")]),
    MARKERS,
    LOTS,
)
CHANGES = STATES | KEYS | MOMENTS
"""A state to take in, a key that is gone, or a moment to ask at."""


def same_answers(view: WholeView, plain: PlainView, now: datetime) -> None:
    for sku in [*SKUS, Sku("NONE")]:
        assert set(view.states(sku, now)) == set(plain.states(sku, now))
        assert view.free_total(sku) == plain.free_total(sku)
        assert [view.knows(sku, place) for place in PLACES] == [plain.knows(sku, place) for place in PLACES]
    for places in ([], PLACES[:1], PLACES[1:], PLACES):
        assert set(view.skus_at(places)) == set(plain.skus_at(places))
    assert len(view) == len(plain.state_by_key)


@settings(max_examples=150, deadline=None)
@given(st.lists(CHANGES, max_size=25))
def test_after_any_changes_it_says_what_the_plain_view_says(changes: list[StockState | StockKey | datetime]) -> None:
    view, plain = WholeView(), PlainView()
    for change in changes:
        if isinstance(change, datetime):
            same_answers(view, plain, change)
            continue
        key, state = (change.key, change) if isinstance(change, StockState) else (change, None)
        view.put(key, state)
        plain.put(key, state)
    same_answers(view, plain, NOW + timedelta(seconds=300))
