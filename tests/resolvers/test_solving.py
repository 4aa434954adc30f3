"""Large plans are searched for aside: who asked for something else is served meanwhile, and the plan is the same."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from benchmarks.baskets import basket
from benchmarks.sourcing import FREELY
from gateway.domain.sourcing.aside import Unsolved, solved_elsewhere
from gateway.domain.sourcing.plan import NoPlan, Plan, cheapest_plan
from gateway.domain.sourcing.prices import offers
from gateway.domain.sourcing.problem import Problem
from gateway.domain.sourcing_terms import Search
from resolvers.commands.inputs import PublishSourcingProfile
from resolvers.commands.publish_sourcing_profile import publish_sourcing_profile
from resolvers.commands.route_order import route_order
from resolvers.solving import Solvers
from tests.domain.retailer import LYON, WAREHOUSE
from tests.resolvers.commands.test_route_order import ask, from_the_warehouse
from tests.support.memory_shop import OPERATOR, MemoryShop

BY_INTEGER_PROGRAM = Search(most_steps=1, time_cap=timedelta(seconds=60))


def large(seed: int) -> Problem:
    return replace(basket(4, 40, seed, FREELY), search=BY_INTEGER_PROGRAM)


async def test_others_go_on_while_a_large_plan_is_searched_for() -> None:
    ticks, asked = 0, 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    def plan() -> Plan | NoPlan:
        nonlocal asked
        asked += 1
        return cheapest_plan(large(1))

    ticking = asyncio.create_task(tick())
    found = await Solvers().answered(plan)
    ticking.cancel()
    assert ticks > 20
    assert asked == 2
    assert isinstance(found, Plan)
    assert (found.method, found.proven) == ("INTEGER_PROGRAM", True)
    assert found == cheapest_plan(large(1))


async def test_a_question_of_several_programs_has_each_solved_once() -> None:
    asked = 0

    def plans() -> list[Plan | NoPlan]:
        nonlocal asked
        asked += 1
        return [cheapest_plan(large(seed)) for seed in (1, 2, 1)]

    found = await Solvers().answered(plans)
    assert asked == 3
    assert found == [cheapest_plan(large(seed)) for seed in (1, 2, 1)]


def test_a_solution_is_taken_for_no_other_question() -> None:
    asked = large(1)
    richer = replace(asked, candidates=tuple(replace(each, units=dict.fromkeys(each.units, 8)) for each in asked.candidates))
    dearer = replace(asked, terms=replace(asked.terms, per_unit=asked.terms.per_unit * 2))
    names = [offers(problem).stated for problem in (asked, large(1), richer, dearer, replace(asked, outlook_by_sku={}))]
    assert names[0] == names[1]
    assert len(set(names)) == 4
    with solved_elsewhere({}), pytest.raises(Unsolved):
        cheapest_plan(asked)


async def test_units_are_routed_by_a_program_solved_aside_and_what_decided_is_logged(shop: MemoryShop) -> None:
    definition = "search = { most_steps = 1, time_cap = 60 }"
    await publish_sourcing_profile(shop.context(OPERATOR), PublishSourcingProfile("p" * 22, "slow", definition, ("web",)))
    record = await from_the_warehouse(shop)
    shop.look_again()
    with capture_logs() as lines:
        await route_order(shop.context(OPERATOR), ask(record, excluded_location_codes=(WAREHOUSE,)))
    (line,) = (line for line in lines if line["event"] == "sourcing_decided")
    assert (line["trigger"], line["method"], line["proven"], line["lines"], line["places"]) == (
        "ROUTED_BY_HAND",
        "INTEGER_PROGRAM",
        True,
        1,
        1,
    )
    assert line["bound"] == line["cost"]
    assert line["planned_ms"] >= 0
    assert line["explained_ms"] >= 0
    assert {"rid", "group", "channel", "strategy"} < line.keys()
    (told,) = await shop.world.decisions.of(record.rid, 9)
    assert (told.method, [each.location for each in told.shipments]) == ("INTEGER_PROGRAM", [LYON])
