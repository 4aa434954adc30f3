"""The cheapest feasible plan: its price, its policy, and what stands in the way."""

import random
from dataclasses import replace
from decimal import Decimal
from math import exp, lgamma, log

import numpy as np
import pytest

from gateway.domain.ids import LocationCode, Sku, SourceCode
from gateway.domain.location import Location
from gateway.domain.network import WeightBand
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.cost import Cost, carries, parcels, shipment_cost
from gateway.domain.sourcing.outlook import at_most, risks
from gateway.domain.sourcing.plan import NoPlan, Plan, cheapest_part, cheapest_plan, judged
from gateway.domain.sourcing.problem import Outlook, Problem
from gateway.domain.sourcing_terms import CostTerms, PlaceCosts, SplitPolicy
from tests.support.effort import calls_made_by
from tests.support.sourcing import BOXES, EXPRESS, KINDS, LATE, SMALL_BOXES, TERMS, WAY, A, B, C, candidate, problem


def found(asked: Problem) -> Plan:
    plan = cheapest_plan(asked)
    assert isinstance(plan, Plan)
    return plan


def loads(plan: Plan) -> dict[str, dict[str, int]]:
    return {shipment.candidate.location.code: {line.sku: line.quantity for line in shipment.lines} for shipment in plan.shipments}


@pytest.mark.parametrize(
    ("weight_g", "expected"),
    [(0, (1, 4)), (500, (1, 4)), (501, (1, 6)), (10_000, (1, 11)), (10_001, (2, 15)), (20_000, (2, 22)), (25_000, (3, 33))],
)
def test_what_passes_the_top_band_makes_more_parcels(weight_g: int, expected: tuple[int, int]) -> None:
    assert parcels(WAY, weight_g) == (expected[0], Decimal(expected[1]))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((400, 3000), (1, 4)),
        ((400, 3001), (2, 8)),  # what the first parcel does not hold goes in another of the lowest band
        ((2500, 9001), (4, 23)),
        ((20_000, 6000), (2, 22)),  # weight makes room enough
        ((20_000, 6001), (3, 26)),
        ((0, 0), (1, 4)),
    ],
)
def test_what_passes_the_room_of_a_parcel_makes_more_parcels(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert parcels(BOXES, *size) == (expected[0], Decimal(expected[1]))
    assert parcels(replace(BOXES, max_volume_cm3=None), *size) == parcels(WAY, size[0])


def test_a_unit_too_large_for_a_parcel_is_not_carried() -> None:
    assert (carries(SMALL_BOXES, 1, 2000), carries(SMALL_BOXES, 1, 2001)) == (True, False)
    assert cheapest_plan(problem({B: 1}, candidate("P", {B: 1}, SMALL_BOXES))) == NoPlan("NO_STOCK", (B,))


def test_a_plan_counts_its_parcels_by_weight_and_volume() -> None:
    (sent,) = found(problem({A: 9}, candidate("P", {A: 9}, BOXES))).shipments
    assert (sent.weight_g, sent.volume_cm3) == (3600, 6300)
    assert sent.cost == Cost(shipping=Decimal(19), handling=Decimal("4.80"))


def test_a_unit_too_heavy_for_a_parcel_is_not_carried() -> None:
    assert carries(EXPRESS, 2500)
    assert not carries(EXPRESS, 2501)
    assert cheapest_plan(problem({C: 1}, candidate("P", {C: 1}, EXPRESS))) == NoPlan("NO_STOCK", (C,))


def test_a_shipment_is_priced_whole() -> None:
    way = replace(WAY, late_days=2, transfer=True)
    shop = Location(LocationCode("P"), "P", "STORE", "UTC", SourceCode("s"))
    assert shipment_cost(TERMS, way, shop, 5, 11_000) == Cost(
        shipping=Decimal(17), handling=Decimal(3), transfer=Decimal(6), lateness=Decimal(4), location_penalty=Decimal("0.50")
    )


def test_one_parcel_beats_two_when_it_is_cheaper() -> None:
    plan = found(problem({A: 1, B: 1}, candidate("P", {A: 1}), candidate("L", {B: 1}), candidate("X", {A: 1, B: 1}, LATE)))
    assert loads(plan) == {"X": {"A": 1, "B": 1}}
    assert plan.cost == Cost(shipping=Decimal(6), handling=Decimal("1.40"), lateness=Decimal(4))
    assert plan.proven


def test_of_equal_plans_the_first_candidate_wins() -> None:
    assert loads(found(problem({A: 1}, candidate("P", {A: 1}), candidate("L", {A: 1})))) == {"P": {"A": 1}}
    assert loads(found(problem({A: 1}, candidate("L", {A: 1}), candidate("P", {A: 1})))) == {"L": {"A": 1}}


def test_a_line_is_split_only_when_no_place_has_it_whole() -> None:
    dear = candidate("DEAR", {A: 4}, replace(WAY, late_days=30))
    assert loads(found(problem({A: 4}, candidate("P", {A: 2}), candidate("L", {A: 2}), dear))) == {"DEAR": {"A": 4}}
    assert loads(found(problem({A: 4}, candidate("P", {A: 3}), candidate("L", {A: 2})))) == {"P": {"A": 3}, "L": {"A": 1}}


def test_a_shortage_and_a_needed_split_that_is_not_allowed_are_told_apart() -> None:
    places = [candidate(str(number), {A: 1, B: 5}) for number in range(4)]
    assert cheapest_plan(problem({A: 5, B: 1}, *places)) == NoPlan("NO_STOCK", (A,))
    assert cheapest_plan(problem({A: 4}, *places, policy=SplitPolicy(max_shipments=3))) == NoPlan("SPLIT_NOT_ALLOWED", (A,))
    assert len(found(problem({A: 4}, *places, policy=SplitPolicy(max_shipments=4))).shipments) == 4


def test_an_excluded_place_sends_nothing_and_is_judged_all_the_same() -> None:
    out = replace(candidate("P", {A: 9}), excluded_by="TOO_LATE", detail="cut-off missed 14 min ago")
    asked = problem({A: 2}, out, candidate("L", {A: 2}, LATE))
    assert loads(found(asked)) == {"L": {"A": 2}}
    first, second = judged(asked)
    assert (first.can_supply, first.cost) == ((SkuQuantity(A, 2),), None)
    assert second.cost == Cost(shipping=Decimal(6), handling=Decimal("1.40"), lateness=Decimal(4))


MOST_CALLS = 40_000
"""Of functions, by one plan: a walk over every plan of five lines at 500 places would take more than 10^9."""


def test_five_lines_over_500_places_are_planned_without_a_walk_over_every_plan() -> None:
    dice = random.Random(7)  # noqa: S311 - a seeded example
    skus = [Sku(f"S{number}") for number in range(5)]
    ways = [tuple(replace(way, late_days=days) for way in (WAY, EXPRESS)) for days in range(4)]
    places = [
        candidate(str(number), {sku: dice.choice((0, 1, 3, 8)) for sku in skus}, *dice.choice(ways), kind=dice.choice(KINDS))
        for number in range(500)
    ]
    asked = problem({sku: dice.randint(1, 3) for sku in skus}, *places)
    plan, calls = calls_made_by(lambda: found(asked))
    assert plan.proven
    assert calls < MOST_CALLS


def test_a_place_of_its_own_costs_goes_before_its_kind() -> None:
    rules = (PlaceCosts(kind="STORE", per_unit=Decimal(2), penalty=Decimal(1)), PlaceCosts(LocationCode("P"), per_unit=Decimal(3)))
    asked = problem({A: 1}, candidate("P", {A: 1}, kind="STORE"), terms=replace(TERMS, places=rules))
    assert found(asked).cost == Cost(shipping=Decimal(4), handling=Decimal(4), location_penalty=Decimal(1))


def test_what_a_place_can_still_prepare_bounds_what_it_sends() -> None:
    full = candidate("P", {A: 5}, most_units=2)
    assert loads(found(problem({A: 3}, full, candidate("L", {A: 9}, LATE)))) == {"L": {"A": 3}}
    assert cheapest_plan(problem({A: 3}, full)) == NoPlan("CAPACITY_FULL", (A,))


def test_a_line_is_split_freely_where_that_is_cheaper() -> None:
    heavy = replace(WAY, bands=(WeightBand(900, Decimal(1)), WeightBand(9000, Decimal(20))))
    places = [candidate(code, {A: 4}, heavy) for code in ("P", "L")]
    asked = problem({A: 4}, *places, policy=SplitPolicy(allow_line_split="FREELY"))
    assert loads(found(asked)) == {"P": {"A": 2}, "L": {"A": 2}}
    assert loads(found(replace(asked, policy=SplitPolicy()))) == {"P": {"A": 4}}


def test_a_line_that_may_not_be_split_stays_whole() -> None:
    places = [candidate(code, {A: 2}) for code in ("P", "L")]
    asked = problem({A: 3}, *places, policy=SplitPolicy(allow_line_split="NEVER"))
    assert cheapest_plan(asked) == NoPlan("SPLIT_NOT_ALLOWED", (A,))
    thrice = [candidate(code, {A: 1}) for code in ("P", "L", "X")]
    assert cheapest_plan(problem({A: 3}, *thrice, policy=SplitPolicy(max_locations_per_line=2))) == NoPlan("SPLIT_NOT_ALLOWED", (A,))


def test_no_shipment_of_several_is_worth_less_than_it_must_be() -> None:
    near, far = candidate("P", {A: 1, B: 1}, LATE), (candidate("L", {A: 1}), candidate("X", {B: 1}))
    asked = problem({A: 1, B: 1}, near, *far, terms=replace(TERMS, lateness_per_day=Decimal(50)))
    assert loads(found(asked)) == {"L": {"A": 1}, "X": {"B": 1}}
    assert loads(found(replace(asked, policy=SplitPolicy(min_value_per_shipment=Decimal(20))))) == {"P": {"A": 1, "B": 1}}
    alone = problem({A: 1}, candidate("P", {A: 1}), policy=SplitPolicy(min_value_per_shipment=Decimal(1000)))
    assert loads(found(alone)) == {"P": {"A": 1}}


def test_a_part_is_the_most_that_can_be_had_and_then_the_cheapest() -> None:
    asked = problem({A: 3, B: 1}, candidate("P", {A: 1}), candidate("L", {A: 1}, LATE), candidate("X", {A: 1, B: 1}, LATE))
    plan = cheapest_part(replace(asked, policy=SplitPolicy(max_shipments=2)))
    assert isinstance(plan, Plan)
    assert (loads(plan), plan.short) == ({"P": {"A": 1}, "X": {"A": 1, "B": 1}}, (SkuQuantity(A, 1),))
    assert cheapest_part(problem({A: 1}, candidate("P", {B: 1}))) == NoPlan("NO_STOCK", (A,))


PUBLISHED = {
    "A": ("4.90", "3.50", "0.012", "0.003", "42.65"),
    "B": ("4.33", "3.25", "0.056", "0.001", "0.59"),
}
"""IBM's worked example: shipping, handling, stock-out, load of the place, markdown credit."""


def worked_example(*, markdown: bool) -> Problem:
    """Return a basket of one unit whose costs are the published ones: demand is chosen so that the probabilities come out so."""
    places, rules, per_day, supplied = [], [], {}, {}
    for name, (shipping, handling, out, load, credit) in PUBLISHED.items():
        code = LocationCode(name)
        places.append(candidate(name, {A: 1}, replace(WAY, bands=(WeightBand(10_000, Decimal(shipping)),))))
        rules.append(PlaceCosts(code, per_parcel=Decimal(handling), per_unit=Decimal(0), penalty=Decimal(load)))
        per_day[code] = -log(float(credit) / 50) / 10
        supplied[code] = -log(1 - float(out)) / per_day[code]
    outlook = Outlook(per_day, Decimal(1), supplied, 10.0 if markdown else None, Decimal(50))
    return replace(problem({A: 1}, *places, terms=CostTerms(places=tuple(rules))), outlook_by_sku={A: outlook})


def test_the_published_example_comes_out_to_the_digit() -> None:
    costs = {each.candidate.location.code: each.cost for each in judged(worked_example(markdown=True)) if each.cost}
    assert {code: cost.total for code, cost in costs.items()} == {"A": Decimal("-34.235"), "B": Decimal("7.047")}
    for code, amounts in PUBLISHED.items():
        shipping, handling, out, load, credit = map(Decimal, amounts)
        assert costs[LocationCode(code)] == Cost(shipping, handling, Decimal(0), out, -credit, Decimal(0), load)
    assert list(loads(found(worked_example(markdown=True)))) == ["A"]


def test_without_the_markdown_credit_the_other_place_wins_the_published_example() -> None:
    costs = {each.candidate.location.code: each.cost for each in judged(worked_example(markdown=False)) if each.cost}
    assert {code: cost.total for code, cost in costs.items()} == {"A": Decimal("8.415"), "B": Decimal("7.637")}
    assert list(loads(found(worked_example(markdown=False)))) == ["B"]


@pytest.mark.parametrize("mean", [0.0, 0.3, 4.0, 60.0])
def test_demand_is_poisson(mean: float) -> None:
    expected = [
        sum(exp(-mean + count * log(mean) - lgamma(count + 1)) if mean else float(count == 0) for count in range(n + 1)) for n in range(90)
    ]
    assert at_most(np.array([mean]), np.arange(-1, 90)[None, :])[0].tolist() == pytest.approx([0.0, *expected], abs=1e-12)


def test_demand_of_a_large_mean_is_nearly_normal() -> None:
    low, middle, high = at_most(np.array([900.0]), np.array([[800, 900, 1000]]))[0]
    assert (low, high) == pytest.approx((0.0004, 0.9996), abs=2e-4)
    assert middle == pytest.approx(0.5, abs=0.02)


def test_each_unit_given_away_spares_its_own_markdown_and_adds_to_the_risk_of_running_out() -> None:
    outlook = Outlook({LocationCode("P"): 0.1}, Decimal(10), {}, 20.0, Decimal(30))
    out, markdown = risks(outlook, TERMS, LocationCode("P"), 3, 3)
    left = [1 - exp(-0.7) * (1 + 0.7 + 0.245), 1 - exp(-0.7) * 1.7, 1 - exp(-0.7)]
    assert [float(each) for each in out] == pytest.approx([0, *(10 * chance for chance in left)], abs=1e-4)
    unsold = [exp(-2) * (1 + 2 + 2), exp(-2) * (1 + 2), exp(-2)]
    assert [float(each) for each in markdown] == pytest.approx([0, *(-30 * sum(unsold[:n]) for n in (1, 2, 3))], abs=1e-4)


def test_a_place_without_a_counter_has_neither_risk() -> None:
    outlook = Outlook({LocationCode("L"): 0.1}, Decimal(10), {}, 20.0, Decimal(30))
    asked = replace(problem({A: 1}, candidate("P", {A: 3}), candidate("L", {A: 3}, LATE)), outlook_by_sku={A: outlook})
    warehouse, shop = judged(asked)
    assert warehouse.cost == Cost(shipping=Decimal(4), handling=Decimal("1.20"))
    assert shop.cost is not None
    assert shop.cost.stock_out > 0 > shop.cost.markdown_credit
