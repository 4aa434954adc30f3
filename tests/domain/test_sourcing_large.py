"""Baskets too large for the exact algorithms: a plan that keeps the policy is found, or it is said that the time was up."""

import random
from dataclasses import replace
from datetime import timedelta

from gateway.domain.ids import Sku
from gateway.domain.promise.options import PromiseRequest
from gateway.domain.sourcing.covering import covering_loads
from gateway.domain.sourcing.greedy import good_loads
from gateway.domain.sourcing.integer_model import Undecided
from gateway.domain.sourcing.plan import NoPlan, cheapest_part, cheapest_plan
from gateway.domain.sourcing.prices import offers
from gateway.domain.sourcing.problem import Problem
from gateway.domain.sourcing.rules import rules
from gateway.domain.sourcing_terms import Search, SourcingProfile
from tests.domain.promise.asking import absence
from tests.domain.retailer import LYON_HOME, PLACES, WAREHOUSE, facts, shelf
from tests.support.sourcing import candidate, cheapest_by_trying_all, problem, random_problem

LONG_S = 60.0
LINES, STORES = 20, 500
HARD = 6
"""There are plans of five parcels, and rules of thumb find none."""
AT_ONCE = Search(most_steps=0, time_cap=timedelta(0))


def scattered(seed: int) -> Problem:
    """Return a basket of twenty articles of which each of five hundred places has every tenth."""
    dice = random.Random(seed)  # noqa: S311 - a seeded example
    skus = [Sku(f"S{number}") for number in range(LINES)]
    places = [candidate(f"P{number}", {sku: dice.randint(1, 4) for sku in skus if dice.random() < 0.1}) for number in range(STORES)]
    return replace(problem({sku: dice.randint(1, 3) for sku in skus}, *places), weight_g_by_sku={}, value_by_sku={}, volume_cm3_by_sku={})


def test_places_that_cover_a_basket_in_few_parcels_are_found_where_rules_of_thumb_find_none() -> None:
    found = 0
    for seed in (0, HARD, 10):
        asked = scattered(seed)
        offered = offers(asked)
        kept = rules(offered, asked.policy)
        loads = covering_loads(offered, kept, LONG_S)
        if isinstance(loads, dict):
            assert kept.kept_by(loads)
            found += good_loads(offered, kept) is None
    assert found == 2


def test_what_covers_a_basket_keeps_every_rule_and_none_is_said_only_where_there_is_none() -> None:
    outcomes = {"found": 0, "none": 0}
    for seed in range(250):
        asked = random_problem(seed)
        offered = offers(asked)
        kept = rules(offered, asked.policy)
        loads = covering_loads(offered, kept, LONG_S)
        if isinstance(loads, dict):
            assert kept.kept_by(loads), f"problem {seed}"
            assert all(offered.sends(place, load) for place, load in loads.items()), f"problem {seed}"
        if loads is None:
            assert cheapest_by_trying_all(asked) is None, f"problem {seed}"
        outcomes["found" if isinstance(loads, dict) else "none"] += not isinstance(loads, Undecided)
    assert min(outcomes.values()) > 0


def test_time_that_was_up_is_not_told_as_a_rule_of_the_channel() -> None:
    asked = replace(scattered(HARD), search=AT_ONCE)
    assert cheapest_plan(asked) == NoPlan("NOT_FOUND_IN_TIME", tuple(line.sku for line in asked.lines))


def test_a_part_is_found_in_no_time() -> None:
    assert not isinstance(cheapest_part(replace(scattered(HARD), search=AT_ONCE)), NoPlan)


def test_a_quote_says_so_too() -> None:
    asked = scattered(HARD)
    places = {each.location.code: replace(PLACES[WAREHOUSE], code=each.location.code) for each in asked.candidates}
    known = facts({}, locations=places, profile=SourcingProfile("hasty", search=AT_ONCE), weight_g_by_sku={})
    lying = {
        line.sku: tuple(
            replace(shelf(line.sku, WAREHOUSE, each.units[line.sku]), location=each.location.code)
            for each in asked.candidates
            if line.sku in each.units
        )
        for line in asked.lines
    }
    told = absence("standard", PromiseRequest(asked.lines, LYON_HOME), replace(known, positions=lying))
    assert (told.reason, set(told.skus)) == ("NOT_FOUND_IN_TIME", set(lying))
