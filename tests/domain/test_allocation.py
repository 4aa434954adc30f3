"""Which places a hold takes from."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.allocation import Need, Pick, Shortage, ShortNeed, allocate
from gateway.domain.ids import LocationCode, Sku, StockKey, stock_key
from gateway.domain.sourcing_terms import SourcingProfile, SplitPolicy, Strategy
from gateway.domain.stock import StockPosition
from tests.domain.retailer import LYON, NANTES, PLACES, WAREHOUSE, WEB, A, B, shelf

Stock = Mapping[tuple[Sku, LocationCode], int]


def taken(
    stock: Stock, *needs: Need, excluded: frozenset[StockKey] = frozenset(), allow_partial: bool = False
) -> tuple[Pick, ...] | Shortage:
    return allocate(needs, positions(stock), PLACES, WEB, excluded, allow_partial=allow_partial)


def positions(stock: Stock) -> dict[Sku, list[StockPosition]]:
    found: dict[Sku, list[StockPosition]] = {}
    for (sku, location), units in stock.items():
        found.setdefault(sku, []).append(shelf(sku, location, units))
    return found


def test_a_warehouse_is_drawn_on_before_a_store() -> None:
    assert taken({(A, LYON): 9, (A, WAREHOUSE): 2}, Need(A, 2)) == (Pick(0, A, WAREHOUSE, 2),)


def test_one_place_that_has_everything_comes_before_two() -> None:
    stock = {(A, WAREHOUSE): 2, (A, LYON): 2, (B, LYON): 1}
    assert taken(stock, Need(A, 2), Need(B, 1)) == (Pick(0, A, LYON, 2), Pick(1, B, LYON, 1))


def test_a_line_that_no_place_has_whole_is_split() -> None:
    assert taken({(A, WAREHOUSE): 2, (A, LYON): 2}, Need(A, 3)) == (Pick(0, A, LYON, 1), Pick(0, A, WAREHOUSE, 2))


def test_a_named_place_is_served_first_and_alone() -> None:
    stock = {(A, WAREHOUSE): 9, (A, LYON): 1}
    assert taken(stock, Need(A, 2), Need(A, 1, LYON)) == (Pick(0, A, WAREHOUSE, 2), Pick(1, A, LYON, 1))
    assert taken(stock, Need(A, 2, LYON)) == Shortage((ShortNeed(0, A, LYON, 2, 1),))


def test_what_was_found_short_is_left_out() -> None:
    stock = {(A, WAREHOUSE): 2, (A, LYON): 9}
    assert taken(stock, Need(A, 2), excluded=frozenset({stock_key(A, WAREHOUSE)})) == (Pick(0, A, LYON, 2),)


def test_a_shortage_names_what_could_be_had() -> None:
    stock = {(A, WAREHOUSE): 2, (A, LYON): 1, (B, LYON): 5}
    assert taken(stock, Need(A, 2), Need(A, 2), Need(B, 5)) == Shortage((ShortNeed(1, A, None, 2, 1),))


def test_a_part_is_taken_only_when_that_is_allowed() -> None:
    assert taken({(A, LYON): 1}, Need(A, 3), Need(B, 1), allow_partial=True) == (Pick(0, A, LYON, 1),)
    assert taken({}, Need(A, 3), allow_partial=True) == Shortage((ShortNeed(0, A, None, 3, 0),))


def test_old_figures_and_other_channels_places_give_nothing() -> None:
    old = {A: [shelf(A, WAREHOUSE, 5, sellable=False)]}
    assert allocate([Need(A, 1)], old, PLACES, WEB) == Shortage((ShortNeed(0, A, None, 1, 0),))
    stores = replace(WEB, kinds=("STORE",))
    assert allocate([Need(A, 1)], positions({(A, WAREHOUSE): 5}), PLACES, stores) == Shortage((ShortNeed(0, A, None, 1, 0),))


def test_more_places_than_shipments_are_allowed_only_when_nothing_else_will_do() -> None:
    frugal = SourcingProfile("frugal", strategies=(Strategy("one parcel", split=SplitPolicy(max_shipments=1)),))
    stock = positions({(A, WAREHOUSE): 1, (A, LYON): 1, (A, NANTES): 1})
    picks = allocate([Need(A, 3)], stock, PLACES, WEB, profile=frugal)
    assert picks == (Pick(0, A, LYON, 1), Pick(0, A, NANTES, 1), Pick(0, A, WAREHOUSE, 1))


PLACE = st.sampled_from([WAREHOUSE, LYON, NANTES])
NEEDS = st.lists(st.builds(Need, st.sampled_from([A, B]), st.integers(1, 4), st.none() | PLACE), min_size=1, max_size=5)
STOCK = st.dictionaries(st.tuples(st.sampled_from([A, B]), PLACE), st.integers(0, 6))


@given(STOCK, NEEDS, st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_unit_is_given_twice_and_no_need_gets_more_than_it_asked(stock: Stock, needs: list[Need], partial: bool) -> None:  # noqa: FBT001 - drawn
    picks = taken(stock, *needs, allow_partial=partial)
    if isinstance(picks, Shortage):
        assert all(short.available < short.requested for short in picks.needs)
        return
    given_out: dict[StockKey, int] = {}
    met = [0] * len(needs)
    for pick in picks:
        assert pick.location == (needs[pick.need].location or pick.location)
        assert pick.sku == needs[pick.need].sku
        given_out[pick.key] = given_out.get(pick.key, 0) + pick.units
        met[pick.need] += pick.units
    assert all(units <= stock[pick.sku, pick.location] for pick in picks for units in [given_out[pick.key]])
    assert all(got <= need.units for got, need in zip(met, needs, strict=True))
    if not partial:
        assert met == [need.units for need in needs]
