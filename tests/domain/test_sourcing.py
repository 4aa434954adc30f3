"""The cheapest feasible plan: right by brute force, never more than there is, fast."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.ids import LocationCode, Sku, SourceCode
from gateway.domain.location import Location, LocationKind
from gateway.domain.network import CostTerms, WeightBand
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.cost import Cost, carries, parcels, shipment_cost
from gateway.domain.sourcing.plan import NoPlan, Plan, cheapest_plan, judged
from gateway.domain.sourcing.problem import Candidate, Problem, Way
from tests.support.effort import calls_made_by

NOW = datetime(2025, 6, 26, 8, tzinfo=UTC)
A, B, C = Sku("A"), Sku("B"), Sku("C")
BANDS = (WeightBand(500, Decimal(4)), WeightBand(2000, Decimal(6)), WeightBand(10_000, Decimal(11)))
DEAR_BANDS = (WeightBand(1000, Decimal(5)), WeightBand(3000, Decimal(9)))
WAY = Way("post/parcel", NOW, NOW + timedelta(days=2), NOW + timedelta(days=2), BANDS)
EXPRESS = replace(WAY, carrier_service="post/express", bands=DEAR_BANDS, max_weight_g=2500)
LATE = replace(WAY, late_days=2)
TERMS = CostTerms(per_parcel=Decimal(1), per_unit=Decimal("0.20"), by_kind={"STORE": Decimal("0.50")})
WEIGHTS = {A: 400, B: 900, C: 2600}


def candidate(code: str, units: dict[Sku, int], *ways: Way, kind: LocationKind = "WAREHOUSE") -> Candidate:
    return Candidate(Location(LocationCode(code), code, kind, "UTC", SourceCode("s")), units, ways or (WAY,))


def problem(wanted: dict[Sku, int], *candidates: Candidate, terms: CostTerms = TERMS) -> Problem:
    return Problem(tuple(SkuQuantity(sku, units) for sku, units in wanted.items()), candidates, terms, WEIGHTS)


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


def test_a_unit_too_heavy_for_a_parcel_is_not_carried() -> None:
    assert carries(EXPRESS, 2500)
    assert not carries(EXPRESS, 2501)
    assert cheapest_plan(problem({C: 1}, candidate("P", {C: 1}, EXPRESS))) == NoPlan("NO_STOCK", (C,))


def test_a_shipment_is_priced_whole() -> None:
    way = replace(WAY, late_days=2, transfer=True)
    assert shipment_cost(TERMS, way, "STORE", 5, 11_000) == Cost(Decimal(17), Decimal(3), Decimal(6), Decimal(4), Decimal("0.50"))


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
    assert cheapest_plan(problem({A: 4}, *places, terms=replace(TERMS, max_shipments=3))) == NoPlan("SPLIT_NOT_ALLOWED", (A,))
    assert len(found(problem({A: 4}, *places, terms=replace(TERMS, max_shipments=4))).shipments) == 4


def test_an_excluded_place_sends_nothing_and_is_judged_all_the_same() -> None:
    out = replace(candidate("P", {A: 9}), excluded_by="TOO_LATE", detail="cut-off missed 14 min ago")
    asked = problem({A: 2}, out, candidate("L", {A: 2}, LATE))
    assert loads(found(asked)) == {"L": {"A": 2}}
    first, second = judged(asked)
    assert (first.can_supply, first.cost) == ((SkuQuantity(A, 2),), None)
    assert second.cost == Cost(shipping=Decimal(6), handling=Decimal("1.40"), lateness=Decimal(4))


def all_plans(asked: Problem) -> Iterator[tuple[Decimal, dict[int, tuple[int, ...]]]]:
    """Try everything that the policy allows."""
    quantities = [line.quantity for line in asked.lines]
    stock = [
        [held.units.get(line.sku, 0) if any(carries(way, WEIGHTS[line.sku]) for way in held.ways) else 0 for line in asked.lines]
        for held in asked.candidates
    ]
    deals = []
    for number, quantity in enumerate(quantities):
        whole = any(held[number] >= quantity for held in stock)
        ranges = [(0, quantity) if whole and held[number] >= quantity else (0,) if whole else range(held[number] + 1) for held in stock]
        deals.append([deal for deal in product(*ranges) if sum(deal) == quantity])
    for combination in product(*deals):
        sent = {place: load for place in range(len(stock)) if any(load := tuple(deal[place] for deal in combination))}
        costs = [cheapest_shipment(asked, place, load) for place, load in sent.items()]
        if len(sent) <= asked.terms.max_shipments and None not in costs:
            yield sum((cost for cost in costs if cost is not None), Decimal(0)), sent


def cheapest_shipment(asked: Problem, place: int, load: tuple[int, ...]) -> Decimal | None:
    weights = [WEIGHTS[line.sku] for line in asked.lines]
    weight_g = sum(units * weight for units, weight in zip(load, weights, strict=True))
    heaviest = max(weight for units, weight in zip(load, weights, strict=True) if units)
    held = asked.candidates[place]
    return min(
        (shipment_cost(asked.terms, way, held.location.kind, sum(load), weight_g).total for way in held.ways if carries(way, heaviest)),
        default=None,
    )


KINDS: tuple[LocationKind, ...] = ("WAREHOUSE", "STORE")
WAYS = ((WAY,), (EXPRESS,), (LATE,), (LATE, EXPRESS))


@st.composite
def small_problems(draw: st.DrawFn) -> Problem:
    wanted = {sku: draw(st.integers(1, 3)) for sku in (A, B, C)[: draw(st.integers(1, 3))]}
    places = [
        candidate(
            str(number), {sku: draw(st.integers(0, 3)) for sku in wanted}, *draw(st.sampled_from(WAYS)), kind=draw(st.sampled_from(KINDS))
        )
        for number in range(draw(st.integers(1, 5)))
    ]
    return problem(wanted, *places, terms=replace(TERMS, max_shipments=draw(st.integers(1, 5))))


@given(small_problems())
@settings(max_examples=150, deadline=None)
def test_no_cheaper_plan_exists_for_small_baskets(asked: Problem) -> None:
    cheapest = min((cost for cost, _ in all_plans(asked)), default=None)
    plan = cheapest_plan(asked)
    if cheapest is None:
        assert isinstance(plan, NoPlan)
        return
    assert isinstance(plan, Plan)
    assert (plan.cost.total, plan.proven) == (cheapest, True)


@st.composite
def any_problems(draw: st.DrawFn) -> Problem:
    seed = random.Random(draw(st.integers()))  # noqa: S311 - a seeded example
    skus = [Sku(f"S{number}") for number in range(seed.randint(1, 12))]
    places = [
        candidate(str(number), {sku: seed.choice((0, 0, 1, 2, 9)) for sku in skus}, *seed.choice(WAYS), kind=seed.choice(KINDS))
        for number in range(seed.randint(1, 12))
    ]
    return problem({sku: seed.randint(1, 12) for sku in skus}, *places)


@given(any_problems())
@settings(max_examples=60, deadline=None)
def test_a_plan_sends_each_unit_once_and_no_more_than_there_is(asked: Problem) -> None:
    plan = cheapest_plan(asked)
    if isinstance(plan, NoPlan):
        return
    sent = dict.fromkeys((line.sku for line in asked.lines), 0)
    for shipment in plan.shipments:
        for line in shipment.lines:
            assert 0 < line.quantity <= shipment.candidate.units[line.sku]
            sent[line.sku] += line.quantity
    assert sent == {line.sku: line.quantity for line in asked.lines}
    assert len({shipment.candidate.location.code for shipment in plan.shipments}) == len(plan.shipments) <= asked.terms.max_shipments


MOST_CALLS = 200_000
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


def test_a_big_basket_with_splits_gets_a_good_plan() -> None:
    places = [candidate(str(number), {A: 10, B: number}, kind="STORE") for number in range(40)]
    plan = found(problem({A: 45, B: 60}, *places))
    assert not plan.proven
    assert len(plan.shipments) == 5
