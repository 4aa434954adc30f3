"""The cheapest feasible plan for a basket, or what stands in the way of any."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

import numpy as np

from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.cost import Cost, carries, joined
from gateway.domain.sourcing.exact import Method, Solution, solve
from gateway.domain.sourcing.integer_model import Undecided
from gateway.domain.sourcing.millionths import from_micros
from gateway.domain.sourcing.prices import Offers, offers
from gateway.domain.sourcing.problem import Candidate, Columns, Problem, Way
from gateway.domain.sourcing.rules import rules


@dataclass(frozen=True, slots=True)
class Shipment:
    """What one location sends, priced whole; a plan uses a location at most once."""

    candidate: Candidate
    way: Way
    lines: tuple[SkuQuantity, ...]
    weight_g: int
    cost: Cost
    volume_cm3: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """`proven`: no cheaper plan exists under the fences and the policy. `bound`: none can cost less."""

    shipments: tuple[Shipment, ...]
    cost: Cost
    proven: bool
    bound: Decimal
    method: Method
    short: tuple[SkuQuantity, ...] = ()
    """What cannot be had, when less than all was asked for."""


@dataclass(frozen=True, slots=True)
class NoPlan:
    """Why nothing is feasible, and which skus stand in the way."""

    reason: ExclusionReason
    skus: tuple[Sku, ...]


@dataclass(frozen=True, slots=True)
class JudgedCandidate:
    """A location that was looked at: the cost as if it shipped alone all that it can, or the fence that excluded it."""

    candidate: Candidate
    can_supply: tuple[SkuQuantity, ...]
    cost: Cost | None


def cheapest_plan(problem: Problem) -> Plan | NoPlan:
    """Return the cheapest plan that sends everything."""
    offered, told = offers(problem), problem.candidates
    if isinstance(told, Columns) and told.name is not None:
        key = (told.name, problem.policy, problem.splittable)
        if key not in told.solved:
            told.solved[key] = _cheapest(offered)
        found = told.solved[key]
    else:
        found = _cheapest(offered)
    return found if isinstance(found, NoPlan) else _plan(offered, found)


def _cheapest(offered: Offers) -> Solution | NoPlan:
    problem, had = offered.problem, offered.have.sum(axis=0).tolist()
    short = tuple(line.sku for line, units in zip(problem.lines, had, strict=True) if units < line.quantity)
    if short:
        return NoPlan("NO_STOCK", short)
    found = solve(offered, rules(offered, problem.policy), problem.search)
    if isinstance(found, Solution):
        return found
    if isinstance(found, Undecided):
        return _undecided(problem)
    return NoPlan("CAPACITY_FULL" if _is_full(offered) else "SPLIT_NOT_ALLOWED", tuple(line.sku for line in problem.lines))


def _undecided(problem: Problem) -> NoPlan:
    return NoPlan("NOT_FOUND_IN_TIME", tuple(line.sku for line in problem.lines))


def cheapest_part(problem: Problem) -> Plan | NoPlan:
    """Return the cheapest plan among those that send the most units, all of them or less."""
    offered = offers(problem)
    found = solve(offered, rules(offered, problem.policy, partial=True), problem.search)
    if isinstance(found, Undecided):
        return _undecided(problem)
    return _plan(offered, found) if found else NoPlan("NO_STOCK", tuple(line.sku for line in problem.lines))


def judged(problem: Problem, most: int | None = None, always: Collection[LocationCode] = ()) -> tuple[JudgedCandidate, ...]:
    """Return what each candidate could have supplied and cost, in the order of the problem.

    `most`: only so many of those without a fence, the cheapest, and these always.
    """
    offered = offers(problem)
    alone = offered.alone()
    cheapest = set(np.argsort(alone, kind="stable")[:most].tolist())
    numbers = {id(candidate): number for number, candidate in enumerate(offered.candidates)}
    found = [(candidate, numbers.get(id(candidate))) for candidate in problem.candidates]
    return tuple(
        _judged(offered, candidate, number)
        for candidate, number in found
        if number is None or number in cheapest or candidate.location.code in always
    )


def priced(problem: Problem, loads: Mapping[LocationCode, Sequence[SkuQuantity]], bound: Decimal | None = None) -> Plan:
    """Return a plan that was made elsewhere at the costs of this problem, whose candidates must hold what it takes of them.

    `bound`: what the cheapest plan is known to cost at least; the problem's own cheapest when it is not told.
    """
    offered = offers(problem)
    numbers = {candidate.location.code: number for number, candidate in enumerate(offered.candidates)}
    units = {code: {line.sku: line.quantity for line in lines} for code, lines in loads.items()}
    sent = {numbers[code]: tuple(held.get(line.sku, 0) for line in problem.lines) for code, held in units.items()}
    shipments = tuple(shipment(offered, number, sent[number]) for number in sorted(sent))
    cost = joined([each.cost for each in shipments])
    if bound is None:
        cheapest = cheapest_plan(problem)
        bound = cheapest.bound if isinstance(cheapest, Plan) else cost.total
    bound = min(bound, cost.total)
    return Plan(shipments, cost, proven=bound == cost.total, bound=bound, method="PROMISED")


def _is_full(offered: Offers) -> bool:
    """Tell whether places have the goods and cannot prepare so many."""
    return int(offered.most_units.sum()) < sum(offered.quantities)


def _plan(offered: Offers, found: Solution) -> Plan:
    shipments = tuple(shipment(offered, number, found.loads[number]) for number in sorted(found.loads))
    sent = [sum(load[number] for load in found.loads.values()) for number in range(len(offered.quantities))]
    short = tuple(
        SkuQuantity(line.sku, line.quantity - units)
        for line, units in zip(offered.problem.lines, sent, strict=True)
        if units < line.quantity
    )
    cost = joined([each.cost for each in shipments])
    bound = cost.total if found.proven else from_micros(found.bound)
    return Plan(shipments, cost, found.proven, bound, found.method, short)


def shipment(offered: Offers, number: int, load: tuple[int, ...]) -> Shipment:
    """Return what a candidate sends, told in full."""
    lines = tuple(SkuQuantity(line.sku, units) for line, units in zip(offered.problem.lines, load, strict=True) if units)
    weight_g = sum(units * weight for units, weight in zip(load, offered.weights, strict=True))
    volume_cm3 = sum(units * volume for units, volume in zip(load, offered.volumes, strict=True))
    cost, way = offered.cost(number, load)
    return Shipment(offered.candidates[number], way, lines, weight_g, cost, volume_cm3)


def _judged(offered: Offers, candidate: Candidate, number: int | None) -> JudgedCandidate:
    load = tuple(min(candidate.units.get(line.sku, 0), line.quantity) for line in offered.problem.lines)
    lines = tuple(SkuQuantity(line.sku, units) for line, units in zip(offered.problem.lines, load, strict=True) if units)
    sent = None if number is None else _most_at_once(offered, number)
    return JudgedCandidate(candidate, lines, None if number is None or sent is None else offered.cost(number, sent)[0])


def _most_at_once(offered: Offers, number: int) -> tuple[int, ...] | None:
    """Return the most units that a candidate can send in one shipment; None: no carrier takes any of them, or it can prepare none."""
    have = tuple(map(int, offered.have[number]))
    if any(have) and offered.sends(number, have):
        return have
    sizes = list(zip(have, offered.weights, offered.volumes, strict=True))
    loads = []
    for way in offered.candidates[number].ways:
        load = [way.most_of(line, units) if carries(way, *size) else 0 for line, (units, *size) in enumerate(sizes)]
        ready = int(offered.most_units[number])
        loads.append(_prepared(load, ready if way.most_units is None else min(ready, way.most_units)))
    most = max(loads, key=sum, default=())
    return most if any(most) else None


def _prepared(load: Sequence[int], most: int) -> tuple[int, ...]:
    """Return as much of a load as can be prepared, line by line."""
    before = accumulate(load, initial=0)
    return tuple(min(units, max(0, most - ready)) for units, ready in zip(load, before, strict=False))
