"""The exact algorithms beside the slow, obvious one, a solver of integer programs and what people do by rule of thumb.

SOURCING_PROBLEMS says how many random problems are tried (default 1200).
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.domain.ids import Sku
from gateway.domain.sourcing.cost import Cost
from gateway.domain.sourcing.exact import solve
from gateway.domain.sourcing.greedy import good_loads
from gateway.domain.sourcing.loads import line_moves, line_steps
from gateway.domain.sourcing.millionths import NEVER, micros
from gateway.domain.sourcing.plan import NoPlan, Plan, cheapest_part, cheapest_plan
from gateway.domain.sourcing.prices import offers
from gateway.domain.sourcing.problem import Problem
from gateway.domain.sourcing.rules import Rules, rules
from gateway.domain.sourcing_terms import Search, SplitPolicy
from tests.support.sourcing import KINDS, WAYS, A, B, candidate, cheapest_by_trying_all, cheapest_shipment, problem, random_problem

PROBLEMS = int(os.environ.get("SOURCING_PROBLEMS", "1200"))
SOLVED_THRICE = 8
"""Of so many problems one goes to the solver of integer programs too."""
BY_INTEGER_PROGRAM = Search(most_steps=0, time_cap=timedelta(seconds=60))
Outcome = tuple[int, Decimal] | None


def outcome(plan: Plan | NoPlan) -> Outcome:
    if isinstance(plan, NoPlan):
        return None
    assert plan.proven
    assert plan.bound == plan.cost.total == sum((each.cost for each in plan.shipments), Cost()).total
    return sum(line.quantity for each in plan.shipments for line in each.lines), plan.cost.total


@pytest.mark.parametrize("plan", [cheapest_plan, cheapest_part])
def test_no_plan_is_cheaper_than_the_exact_one(plan: Callable[[Problem], Plan | NoPlan]) -> None:
    methods: Counter[str] = Counter()
    for seed in range(PROBLEMS):
        asked = random_problem(seed)
        found, expected = plan(asked), cheapest_by_trying_all(asked, partial=plan is cheapest_part)
        assert outcome(found) == expected, f"problem {seed}"
        if seed % SOLVED_THRICE == 0:
            assert outcome(plan(replace(asked, search=BY_INTEGER_PROGRAM))) == expected, f"problem {seed} as an integer program"
        methods[found.method if isinstance(found, Plan) else found.reason] += 1
    assert min(methods["PARTITION"], methods["LOCATIONS"], methods["NO_STOCK"]) > 0


@pytest.mark.parametrize("seed", range(PROBLEMS, PROBLEMS + 300))
def test_a_plan_gives_each_unit_once_never_above_what_there_is_and_never_through_a_fence(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - a seeded example
    asked = random_problem(seed, most_places=8)
    fenced = tuple(replace(each, excluded_by="TOO_LATE") if dice.random() < 0.2 else each for each in asked.candidates)
    plan = cheapest_part(replace(asked, candidates=fenced))
    if isinstance(plan, NoPlan):
        return
    sent = Counter({line.sku: line.quantity for line in plan.short})
    for each in plan.shipments:
        assert each.candidate.excluded_by is None
        assert each.candidate.most_units is None or sum(line.quantity for line in each.lines) <= each.candidate.most_units
        for line in each.lines:
            assert 0 < line.quantity <= each.candidate.units[line.sku]
            sent[line.sku] += line.quantity
    assert sent == Counter({line.sku: line.quantity for line in asked.lines})
    codes = [each.candidate.location.code for each in plan.shipments]
    assert len(set(codes)) == len(codes) <= asked.policy.max_shipments


def heuristic_costs(asked: Problem) -> Iterator[int]:
    """Yield what rules of thumb would cost: one place for all, the first places in order, the fullest shelf, the cheapest by unit."""
    offered = offers(asked)
    kept = rules(offered, asked.policy)
    plans = [good_loads(offered, kept), in_order(asked, kept, range(len(asked.candidates)))]
    plans.append(in_order(asked, kept, sorted(range(len(asked.candidates)), key=lambda n: -sum(asked.candidates[n].units.values()))))
    plans += [in_order(asked, kept, [number]) for number in range(len(asked.candidates))]
    for plan in plans:
        costs = [cheapest_shipment(asked, place, load) for place, load in plan.items()] if plan and kept.kept_by(plan) else [None]
        yield NEVER if None in costs else sum(micros(cost) for cost in costs if cost is not None)


def in_order(asked: Problem, kept: Rules, order: list[int] | range) -> dict[int, tuple[int, ...]]:
    wanted, offered = list(kept.quantities), offers(asked)
    plan: dict[int, tuple[int, ...]] = {}
    for place in order:
        fits = [min(want, int(have)) for want, have in zip(wanted, offered.have[place], strict=True)]
        load = tuple(units if splits or units == want else 0 for units, splits, want in zip(fits, kept.splits, wanted, strict=True))
        if any(load) and offered.sends(place, load):
            plan[place] = load
            wanted = [want - units for want, units in zip(wanted, load, strict=True)]
    return plan


def test_no_rule_of_thumb_is_cheaper_than_the_exact_plan() -> None:
    dearer = 0
    for seed in range(PROBLEMS // 4):
        asked = random_problem(seed, most_places=7)
        offered = offers(asked)
        best = solve(offered, rules(offered, asked.policy), asked.search)
        others = [cost for cost in heuristic_costs(asked) if cost < NEVER]
        assert not others or (best is not None and best.cost <= min(others)), f"problem {seed}"
        dearer += bool(others) and best is not None and max(others) > best.cost
    assert dearer > 0


def test_partition_blocks_that_pick_the_same_place_twice_are_not_taken_for_a_plan() -> None:
    """Two light parcels of the cheap place would cost less than one heavy one: but it has one shipment to send."""
    light = replace(WAYS[0][0], bands=(replace(WAYS[0][0].bands[0], up_to_g=900, price=Decimal(1)), WAYS[0][0].bands[2]))
    asked = problem({A: 1, B: 1}, candidate("P", {A: 1, B: 1}, light), candidate("L", {A: 1, B: 1}, *WAYS[2]))
    plan = cheapest_plan(asked)
    assert isinstance(plan, Plan)
    assert (plan.method, plan.proven) == ("LOCATIONS", True)
    assert outcome(plan) == cheapest_by_trying_all(asked)


def test_free_splitting_considers_lines_that_a_place_has_whole() -> None:
    bands = (replace(WAYS[0][0].bands[0], up_to_g=900, price=Decimal(1)), WAYS[0][0].bands[2])
    asked = problem({A: 4}, *(candidate(code, {A: 4}, replace(WAYS[0][0], bands=bands)) for code in "PL"))
    whole, free = cheapest_plan(asked), cheapest_plan(replace(asked, policy=SplitPolicy(allow_line_split="FREELY")))
    assert isinstance(whole, Plan)
    assert isinstance(free, Plan)
    assert len(free.shipments) == 2
    assert free.cost.total < whole.cost.total


def test_a_basket_past_the_exact_reach_is_solved_as_an_integer_program() -> None:
    places = [candidate(str(number), {A: 6, B: number}, kind=KINDS[1]) for number in range(10)]
    plan = cheapest_plan(replace(problem({A: 14, B: 16}, *places), search=Search(most_steps=1000, time_cap=timedelta(seconds=300))))
    assert isinstance(plan, Plan)
    assert (plan.method, plan.proven) == ("INTEGER_PROGRAM", True)
    assert sum(line.quantity for each in plan.shipments for line in each.lines) == 30


def test_a_solver_without_time_still_leaves_a_plan_and_says_that_it_is_not_proven() -> None:
    dice = random.Random(3)  # noqa: S311 - a seeded example
    skus = [Sku(f"S{number}") for number in range(12)]
    places = [
        candidate(str(number), {sku: dice.choice((0, 1, 2, 9)) for sku in skus}, *dice.choice(WAYS[:4]), kind=dice.choice(KINDS))
        for number in range(60)
    ]
    asked = problem({sku: dice.randint(2, 9) for sku in skus}, *places, policy=SplitPolicy(max_shipments=8, allow_line_split="FREELY"))
    hurried = replace(asked, weight_g_by_sku=dict.fromkeys(skus, 300), search=Search(most_steps=0, time_cap=timedelta(0)))
    plan = cheapest_plan(hurried)
    assert isinstance(plan, Plan)
    assert not plan.proven
    assert plan.bound < plan.cost.total


@pytest.mark.parametrize("splits", [True, False])
@pytest.mark.parametrize("units", range(1, 9))
def test_steps_are_counted_as_they_would_be_made(units: int, splits: bool) -> None:  # noqa: FBT001 - a parameter
    for places in (None, *range(1, units)):
        assert line_steps(units, splits, places) == len(line_moves(units, splits, places).load)
