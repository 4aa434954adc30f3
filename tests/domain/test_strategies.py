"""A channel's profile: the first strategy that sources everything, in steps of tolerance, then the fallbacks."""

from dataclasses import replace

import pytest

from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.plan import NoPlan
from gateway.domain.sourcing.problem import Problem
from gateway.domain.sourcing.strategy import Sourced, source
from gateway.domain.sourcing_terms import DEFAULT_PROFILE, OnShortage, SourcingProfile, SplitPolicy, Strategy, profile_by_channel
from tests.support.sourcing import LATE, WAY, A, B, candidate, problem

DEPOT = Strategy("depot", kinds=("WAREHOUSE",))
SHOPS = Strategy("shops", kinds=("STORE",))
EVEN_IN_PART = Strategy("whatever there is", fallback=True, split=SplitPolicy(on_shortage="BACKORDER"))


def sourced(asked: Problem, *strategies: Strategy, days: tuple[int, ...] = ()) -> Sourced:
    found = source(asked, SourcingProfile("p", strategies=strategies, tolerance_days=days))
    assert isinstance(found, Sourced)
    return found


def places(found: Sourced) -> list[str]:
    return [each.candidate.location.code for each in found.plan.shipments]


def test_the_first_strategy_that_sources_everything_wins_even_where_another_is_cheaper() -> None:
    asked = problem({A: 1}, candidate("P", {A: 1}, LATE), candidate("L", {A: 1}, kind="STORE"))
    assert places(sourced(asked, DEPOT, SHOPS)) == ["P"]
    assert places(sourced(asked, SHOPS, DEPOT)) == ["L"]
    assert places(sourced(asked, Strategy("everywhere"))) == ["L"]


def test_a_strategy_that_sources_a_part_gives_way_to_the_next() -> None:
    asked = problem({A: 1, B: 1}, candidate("P", {A: 1}), candidate("L", {A: 1, B: 1}, kind="STORE"))
    found = sourced(asked, DEPOT, SHOPS)
    assert (found.strategy.name, places(found)) == ("shops", ["L"])


def test_tolerance_widens_only_when_nobody_can_within_the_last_step() -> None:
    later, latest = replace(WAY, late_days=2), replace(WAY, late_days=5)
    asked = problem({A: 1}, candidate("P", {A: 1}, latest), candidate("L", {A: 1}, later, kind="STORE"))
    found = sourced(asked, DEPOT, SHOPS, days=(0, 2, 5))
    assert (places(found), found.late_days) == (["L"], 2)
    assert {each.location.code: each.excluded_by for each in found.problem.candidates} == {"P": "NOT_OFFERED", "L": None}
    refused = source(asked, SourcingProfile("p", tolerance_days=(0, 1)))
    assert refused == NoPlan("NO_STOCK", (A,))


def test_of_a_places_ways_those_that_come_too_late_are_left_out() -> None:
    asked = problem({A: 1}, candidate("P", {A: 1}, replace(WAY, late_days=1), replace(LATE, bands=())))
    assert sourced(asked, DEPOT, days=(1,)).plan.shipments[0].way.late_days == 1
    assert sourced(asked, DEPOT, days=(9,)).plan.shipments[0].way.late_days == 2


@pytest.mark.parametrize(
    ("policy", "units"),
    [("BACKORDER", 2), ("CANCEL", 2), ("REFUSE", None)],
)
def test_a_fallback_may_send_a_part_where_a_shortage_is_not_refused(policy: OnShortage, units: int | None) -> None:
    asked = problem({A: 3}, candidate("P", {A: 1}), candidate("L", {A: 1}, kind="STORE"))
    fallback = replace(EVEN_IN_PART, split=SplitPolicy(on_shortage=policy))
    found = source(asked, SourcingProfile("p", strategies=(DEPOT, fallback)))
    if units is None:
        assert found == NoPlan("NO_STOCK", (A,))
        return
    assert isinstance(found, Sourced)
    assert (len(places(found)), found.plan.short) == (units, (SkuQuantity(A, 1),))


def test_a_caller_who_takes_less_gets_the_most_that_any_strategy_finds_where_no_fallback_has_anything() -> None:
    asked = problem({A: 3}, candidate("P", {A: 1}), candidate("L", {A: 1}, kind="STORE"), candidate("M", {A: 1}, kind="STORE"))
    found = source(asked, SourcingProfile("p", strategies=(DEPOT, SHOPS)), in_part=True)
    assert isinstance(found, Sourced)
    assert (found.strategy.name, places(found), found.plan.short) == ("shops", ["L", "M"], (SkuQuantity(A, 1),))
    complete = tuple(replace(each, split=SplitPolicy(ship_complete=True)) for each in (DEPOT, SHOPS))
    assert source(asked, SourcingProfile("p", strategies=complete), in_part=True) == NoPlan("NO_STOCK", (A,))
    whole = source(asked, SourcingProfile("p", strategies=(DEPOT, Strategy("everywhere"))), in_part=True)
    assert isinstance(whole, Sourced)
    assert (whole.strategy.name, whole.plan.short) == ("everywhere", ())


def test_an_order_that_ships_complete_sends_no_part() -> None:
    asked = problem({A: 3}, candidate("P", {A: 1}))
    complete = replace(EVEN_IN_PART, split=SplitPolicy(on_shortage="CANCEL", ship_complete=True))
    assert source(asked, SourcingProfile("p", strategies=(DEPOT, complete))) == NoPlan("NO_STOCK", (A,))


def test_a_strategy_asks_no_place_farther_away_than_it_says() -> None:
    near, far, unknown = (replace(candidate(code, {A: 1}), distance_m=meters) for code, meters in (("N", 900), ("F", 1100), ("U", None)))
    found = sourced(problem({A: 1}, far, unknown, near), replace(DEPOT, max_distance_m=1000))
    assert (places(found), [each.excluded_by for each in found.problem.candidates]) == (["N"], ["OUT_OF_AREA", "OUT_OF_AREA", None])


def test_a_draft_holds_for_no_channel_and_what_was_published_later_stands_over_the_file() -> None:
    web, file, draft, later = (
        "web",
        SourcingProfile("p", ("web",)),
        SourcingProfile("p", ("web",), 2, draft=True),
        SourcingProfile("p", ("web",), 3),
    )
    assert profile_by_channel([file, draft]) == {web: file}
    assert profile_by_channel([file, draft, later]) == {web: later}
    assert profile_by_channel([]).get("web", DEFAULT_PROFILE).version == 0
