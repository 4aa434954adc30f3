"""Facility problems of files are solved to their optimum, and a benchmark of plans tells only figures of equal optima."""

import json
import random
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from benchmarks.baskets import basket
from benchmarks.sourcing import measured, solved, table, told

SMALL: dict[str, Any] = {
    "demand": [3, 2, 4],
    "locations": [
        {"name": "north", "fixed": 20, "capacity": 6, "cost": [1, 4, 2.5]},
        {"name": "south", "fixed": 15, "capacity": 6, "cost": [3, 1, 2]},
        {"name": "west", "fixed": 2, "capacity": 3, "cost": [5, 1, 9], "stock": [1, 2, 0]},
    ],
}


def written(tmp_path: Path, problem: object) -> Path:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(problem), encoding="utf-8")
    return path


def by_trying_all(problem: dict[str, Any]) -> float:
    """Return the least cost over every way to deal each line's units out."""
    demand, places = problem["demand"], problem["locations"]
    deals = [[deal for deal in product(range(units + 1), repeat=len(places)) if sum(deal) == units] for units in demand]
    costs = []
    for combination in product(*deals):
        loads = list(zip(*combination, strict=True))
        fits = all(
            sum(load) <= place.get("capacity", sum(demand)) and all(n <= m for n, m in zip(load, place.get("stock", demand), strict=True))
            for load, place in zip(loads, places, strict=True)
        )
        if fits:
            costs.append(
                sum(
                    place["fixed"] + sum(cost * units for cost, units in zip(place["cost"], load, strict=True))
                    for load, place in zip(loads, places, strict=True)
                    if any(load)
                )
            )
    return min(costs)


def test_a_facility_problem_is_solved_to_its_optimum(tmp_path: Path) -> None:
    answer = solved(written(tmp_path, SMALL), 60.0)
    assert (float(answer["optimum"]), answer["proven"]) == (by_trying_all(SMALL), True)
    assert f"{answer['optimum']} (proven)" in told(answer)


@pytest.mark.parametrize("seed", range(20))
def test_random_facility_problems_are_solved_to_their_optimum(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)  # noqa: S311 - a seeded example
    demand = [dice.randint(1, 3) for _ in range(3)]
    places = [{"fixed": dice.randint(0, 9), "capacity": dice.randint(3, 9), "cost": [dice.randint(1, 9) for _ in demand]} for _ in range(4)]
    problem = {"demand": demand, "locations": places}
    assert float(solved(written(tmp_path, problem), 60.0)["optimum"]) == by_trying_all(problem)


def test_a_facility_problem_past_the_exact_reach_is_solved_as_an_integer_program(tmp_path: Path) -> None:
    """Fifty lines: each goes to the cheapest of the places that are worth opening."""
    dice = random.Random(5)  # noqa: S311 - a seeded example
    places = [{"fixed": 60, "cost": [dice.randint(1, 20) for _ in range(50)]} for _ in range(4)]
    answer = solved(written(tmp_path, {"demand": [1] * 50, "locations": places}), 60.0)
    chosen = [pick for pick in product((False, True), repeat=4) if any(pick)]
    least = min(
        sum(60 for used in pick if used)
        + sum(min(place["cost"][n] for place, used in zip(places, pick, strict=True) if used) for n in range(50))
        for pick in chosen
    )
    assert (answer["method"], answer["proven"], float(answer["optimum"])) == ("INTEGER_PROGRAM", True, least)


def test_a_demand_of_thousands_is_dealt_out_by_capacity(tmp_path: Path) -> None:
    """Line 1: 900 from the near place, which can send no more, 1,100 from the far one; line 2 whole from the far one."""
    places = [{"fixed": 10, "capacity": 900, "cost": [1, 2]}, {"fixed": 10, "capacity": 9_000, "cost": [2, 1]}]
    answer = solved(written(tmp_path, {"demand": [2_000, 7_000], "locations": places}), 60.0)
    assert (answer["method"], answer["proven"]) == ("INTEGER_PROGRAM", True)
    assert float(answer["optimum"]) == 10 + 900 + 10 + 2 * 1_100 + 7_000


def test_a_problem_that_cannot_be_met_is_told(tmp_path: Path) -> None:
    answer = solved(written(tmp_path, {**SMALL, "demand": [9, 9, 9]}), 60.0)
    assert answer["optimum"] is None
    assert "nothing keeps all its bounds" in told(answer)


BINDING: dict[str, Any] = {
    "demand": [4, 4],
    "locations": [
        {"name": "dear", "fixed": 10, "capacity": 5, "cost": [1, 1]},
        {"name": "cheap", "fixed": 1, "capacity": 5, "cost": [2, 3]},
    ],
}
"""No place may send all eight units, so both are opened (11); dear sends the second line and one of the first (5), cheap three (6): 22."""
SCATTERED: dict[str, Any] = {
    "demand": [1, 1, 1],
    "locations": [
        {"name": "hub", "fixed": 7, "cost": [1, 1, 1]},
        *({"name": name, "fixed": 3, "cost": [0 if n == own else 9 for n in range(3)]} for own, name in enumerate("abc")),
    ],
}
"""One small place for each line costs 9 in all, the hub 7 and 1 a line: 10."""


@pytest.mark.parametrize(("problem", "optimum", "places"), [(BINDING, 22.0, ["cheap", "dear"]), (SCATTERED, 9.0, ["a", "b", "c"])])
def test_instances_with_a_known_optimum(problem: dict[str, Any], optimum: float, places: list[str], tmp_path: Path) -> None:
    answer = solved(written(tmp_path, problem), 60.0)
    assert (float(answer["optimum"]), answer["proven"], answer["places"]) == (optimum, True, places)


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ([], r"the file is \[\]; write an object with demand, locations, policy"),
        ({"locations": []}, "demand is missing; list at least one"),
        ({"demand": [1], "locations": []}, r"locations is \[\]; list at least one"),
        ({"demand": [0], "locations": [{"cost": [1]}]}, r"demand\[0\] is 0; write a whole number of at least 1"),
        ({"demand": [1.5], "locations": [{"cost": [1]}]}, r"demand\[0\] is .*1.5.*; write a whole number"),
        ({"demand": [1], "locations": [{"cost": [1, 2]}]}, r"locations\[0\].cost has 2 numbers; write one for each of the 1 lines"),
        ({"demand": [1], "locations": [{"cost": ["x"]}]}, r"locations\[0\].cost\[0\] is 'x'; write a number"),
        ({"demand": [1], "locations": [{"cost": [1], "fixed": -1}]}, r"locations\[0\].fixed is -1; write a number of at least 0"),
        ({"demand": [1], "locations": [{"cost": [1], "capacity": "5"}]}, r"locations\[0\].capacity is '5'; write a whole number"),
        ({"demand": [1], "locations": [{"cost": [1], "opening": 5}]}, r"locations\[0\] has a key 'opening'; use name, fixed, capacity"),
        (
            {"demand": [1], "locations": [{"cost": [1]}], "policy": {"allow_line_split": "OFTEN"}},
            "policy.allow_line_split is 'OFTEN'; use one",
        ),
        ({"demand": [1], "locations": [{"cost": [float("nan")]}]}, "the file holds NaN; write a number"),
    ],
)
def test_a_file_that_is_no_problem_says_what_it_lacks(problem: object, words: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=words):
        solved(written(tmp_path, problem), 60.0)


def test_a_file_that_is_no_json_says_so(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_text("demand: 3", encoding="utf-8")
    with pytest.raises(SystemExit, match="the file is no JSON"):
        solved(path, 60.0)


def test_baskets_are_measured_beside_the_solver_with_equal_optima() -> None:
    row = measured(3, 20, "as needed", [basket(3, 20, seed) for seed in range(4)], 2)
    assert sum(row["methods"].values()) == 4
    assert row["ratio"] > 0
    assert "HiGHS" in table({"problems": 4, "beside": 2, "load": [0.0], "rows": [row]})
