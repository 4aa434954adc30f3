"""Plans of baskets: the exact algorithms and a solver of integer programs on the same problems, and problems from files."""

import os
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from benchmarks import facility
from benchmarks.baskets import basket
from gateway.domain.sourcing.exact import solve
from gateway.domain.sourcing.integer_program import Program
from gateway.domain.sourcing.millionths import from_micros
from gateway.domain.sourcing.plan import NoPlan, Plan, cheapest_plan
from gateway.domain.sourcing.prices import offers
from gateway.domain.sourcing.problem import Problem
from gateway.domain.sourcing.rules import rules
from gateway.domain.sourcing_terms import SplitPolicy

Figures = dict[str, Any]
Answer = TypeVar("Answer")
SIZES = tuple((lines, places) for places in (55, 500) for lines in (1, 3, 5, 8))
FREELY = SplitPolicy(allow_line_split="FREELY")
TIME_CAP_S = 120.0


def run(problems: int, beside: int, tell: Callable[[str], None]) -> Figures:
    """Measure every size; `beside` of the problems are solved as integer programs too. Raise SystemExit where two optima differ."""
    rows = []
    for lines, places in SIZES:
        for name, policy in (("as needed", SplitPolicy()), ("freely", FREELY)):
            tell(f"{lines} lines over {places} places, lines split {name}")
            rows.append(measured(lines, places, name, [basket(lines, places, seed, policy) for seed in range(problems)], beside))
    return {"load": [round(each, 2) for each in os.getloadavg()], "problems": problems, "beside": beside, "rows": rows}


def measured(lines: int, places: int, name: str, baskets: list[Problem], beside: int) -> Figures:
    cheapest_plan(baskets[0])
    plans, times = zip(*(timed(lambda asked=asked: cheapest_plan(asked)) for asked in baskets), strict=True)
    slow = [by_solver(asked) for asked in baskets[:beside]]
    for number, (plan, (other, _)) in enumerate(zip(plans, slow, strict=False)):
        if cost(plan) != other:
            raise SystemExit(f"basket {number} of {lines} lines over {places} places: {cost(plan)} and {other} differ")
    ratios = [other / own for own, (_, other) in zip(times, slow, strict=False)]
    ordered = sorted(times)
    return {
        "lines": lines,
        "places": places,
        "split": name,
        "p50_ms": round(median(times), 2),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 2),
        "max_ms": round(ordered[-1], 2),
        "methods": dict(Counter(plan.method if isinstance(plan, Plan) else plan.reason for plan in plans)),
        "solver_p50_ms": round(median(other for _, other in slow), 1) if slow else None,
        "ratio": round(median(ratios), 1) if ratios else None,
        "least_ratio": round(min(ratios), 1) if ratios else None,
    }


def by_solver(asked: Problem) -> tuple[Decimal | None, float]:
    """Return what the plan costs as an integer program, and what the solver alone took for it: the program's making is not counted."""
    offered = offers(asked)
    program = Program(offered, rules(offered, asked.policy))
    found, taken = timed(partial(program.solved, TIME_CAP_S))
    if found.values is None:
        return None, taken
    return sum((offered.cost(place, load)[0].total for place, load in program.loads(found.values).items()), Decimal(0)), taken


def timed(work: Callable[[], Answer]) -> tuple[Answer, float]:
    """Return an answer and the milliseconds of processor time that it took."""
    begun = time.process_time()
    answer = work()
    return answer, (time.process_time() - begun) * 1000


def cost(plan: Plan | NoPlan) -> Decimal | None:
    if isinstance(plan, NoPlan):
        return None
    if not plan.proven:
        raise SystemExit(f"a plan was not proven: {plan.cost.total}, bound {plan.bound}")
    return plan.cost.total


def table(figures: Figures) -> str:
    return "\n".join(
        [
            f"{figures['problems']} baskets a row, {figures['beside']} of them by HiGHS too, with equal optima; load {figures['load'][0]}",
            "lines places split      p50 ms  p99 ms  max ms  HiGHS p50 ms  HiGHS / exact  (least)  methods",
            *(row_of(row) for row in figures["rows"]),
        ]
    )


def row_of(row: Figures) -> str:
    methods = ", ".join(f"{name} {count}" for name, count in sorted(row["methods"].items()))
    own = f"{row['lines']:>5} {row['places']:>6} {row['split']:9} {row['p50_ms']:>7.2f} {row['p99_ms']:>7.2f} {row['max_ms']:>7.2f}"
    beside = f"{row['solver_p50_ms']:>13.1f} {row['ratio']:>14.1f} {row['least_ratio']:>8.1f}" if row["ratio"] else " " * 37
    return f"{own} {beside}  {methods}"


def solved(path: Path, time_cap_s: float) -> Figures:
    """Solve a facility problem of a file."""
    offered = facility.read(path, time_cap_s)
    begun, wall = time.process_time(), time.perf_counter()
    found = solve(offered, rules(offered, offered.problem.policy), offered.problem.search)
    used = {"cpu_s": round(time.process_time() - begun, 4), "seconds": round(time.perf_counter() - wall, 4)}
    if found is None:
        return {"problem": str(path), "optimum": None, **used}
    return {
        "problem": str(path),
        "optimum": str(from_micros(found.cost)),
        "proven": found.proven,
        "bound": str(from_micros(found.bound)),
        "method": found.method,
        "places": sorted(offered.candidates[number].location.name for number in found.loads),
        **used,
    }


def told(answer: Figures) -> str:
    if answer["optimum"] is None:
        return f"{answer['problem']}: nothing keeps all its bounds, or none was found in time ({answer['seconds']} s)"
    state = "proven" if answer["proven"] else f"not proven, at least {answer['bound']}"
    used = f"{answer['seconds']} s, {answer['cpu_s']} s of processor"
    return f"{answer['problem']}: {answer['optimum']} ({state}) by {answer['method']} in {used}; from {', '.join(answer['places'])}"
