"""What every PositionView answers, however it keeps its positions."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.ids import LocationCode, Sku, SourceCode, StockKey, stock_key
from gateway.domain.stock import Inbound
from gateway.ports.ledger import Marker, StockState
from gateway.ports.view import PositionView

NOW = datetime(2025, 6, 26, 8, tzinfo=UTC)
SKU, OTHER = Sku("A|1"), Sku("B")
DEPOT, SHOP = LocationCode("DEPOT"), LocationCode("SHOP")
LOT = Inbound("PURCHASE_ORDER", 5, 5, NOW + timedelta(days=2), "PO-1")
STATE = StockState(stock_key(SKU, DEPOT), 10, 2, 7, NOW, NOW - timedelta(hours=1), SourceCode("wms"), (Marker(3, None),), (LOT,))
PLAIN = StockState(stock_key(SKU, SHOP), 4, 0, 4, NOW, None, SourceCode("pos"))


class PositionViewContract(ABC):
    """Inherit, and give `view` (empty) and `put`."""

    @pytest.fixture
    @abstractmethod
    def view(self) -> PositionView: ...

    @abstractmethod
    def put(self, view: PositionView, key: StockKey, state: StockState | None) -> None: ...

    def told(self, view: PositionView, *states: StockState) -> PositionView:
        for state in states:
            self.put(view, state.key, state)
        return view

    def test_what_was_told_is_answered_whole(self, view: PositionView) -> None:
        self.told(view, STATE, PLAIN)
        assert set(view.states(SKU, NOW)) == {STATE, PLAIN}
        assert view.states(OTHER, NOW) == ()

    def test_the_last_word_counts(self, view: PositionView) -> None:
        self.told(view, STATE, PLAIN)
        view.states(SKU, NOW)
        bare = replace(STATE, quantity=9, free=9, markers=(), lots=(), source=SourceCode("other"))
        self.told(view, bare)
        assert set(view.states(SKU, NOW)) == {bare, PLAIN}

    def test_a_hold_that_ended_counts_as_free_and_one_that_runs_does_not(self, view: PositionView) -> None:
        runs, ends = Marker(1, NOW + timedelta(minutes=5)), Marker(2, NOW + timedelta(minutes=1))
        self.told(view, replace(STATE, free=4, markers=(Marker(3, None), runs, ends)))
        for later, free, left in ((0, 4, {ends, runs}), (1, 6, {runs}), (4, 6, {runs}), (5, 7, set())):
            (state,) = view.states(SKU, NOW + timedelta(minutes=later))
            assert (state.free, set(state.markers)) == (free, {Marker(3, None), *left}), later
        (earlier,) = view.states(SKU, NOW)
        assert earlier.free == 4

    def test_a_document_that_is_gone_is_forgotten(self, view: PositionView) -> None:
        self.told(view, STATE, PLAIN)
        self.put(view, STATE.key, None)
        self.put(view, stock_key(OTHER, SHOP), None)
        assert view.states(SKU, NOW) == (PLAIN,)
        assert (view.knows(SKU, DEPOT), view.knows(SKU, SHOP)) == (False, True)
        self.told(view, STATE)
        assert set(view.states(SKU, NOW)) == {STATE, PLAIN}

    def test_it_knows_what_an_owner_said_and_not_what_will_only_come(self, view: PositionView) -> None:
        unstated = replace(PLAIN, quantity=0, free=0, as_of=datetime(1970, 1, 1, tzinfo=UTC), lots=(LOT,))
        self.told(view, STATE, unstated)
        assert (view.knows(SKU, DEPOT), view.knows(SKU, SHOP), view.knows(OTHER, DEPOT)) == (True, False, False)
        assert set(view.states(SKU, NOW)) == {STATE, unstated}

    def test_skus_with_free_units_are_found_by_place(self, view: PositionView) -> None:
        none = StockState(stock_key(OTHER, DEPOT), 3, 0, 0, NOW, None, SourceCode("wms"), (Marker(3, None),))
        debt = replace(none, key=stock_key(OTHER, SHOP), quantity=0, free=-2, markers=(Marker(2, None),))
        self.told(view, STATE, none, debt)
        assert set(view.skus_at([DEPOT, SHOP])) == {SKU}
        assert set(view.skus_at([SHOP])) == set(view.skus_at([])) == set(view.skus_at([LocationCode("NONE")])) == set()
        self.told(view, replace(debt, free=1))
        assert set(view.skus_at([SHOP])) == {OTHER}
        assert set(view.skus_at([DEPOT, SHOP])) == {SKU, OTHER}

    def test_one_places_debt_takes_nothing_from_anothers_units(self, view: PositionView) -> None:
        self.told(view, STATE, replace(PLAIN, free=-4))
        assert (view.free_total(SKU), view.free_total(OTHER)) == (7, 0)
