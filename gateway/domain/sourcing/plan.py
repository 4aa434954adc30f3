"""The cheapest feasible plan for a basket, or what stands in the way of any."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import Sku
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.cost import Cost, carries, shipment_cost
from gateway.domain.sourcing.partition import cheapest_deal
from gateway.domain.sourcing.pricing import Load, Tariff, tariffs
from gateway.domain.sourcing.problem import Candidate, Problem, Way
from gateway.domain.sourcing.split import EXACT_WORK, Loads, Stock, exact_loads, exact_work, good_loads

EXACT_LINES = 7
"""Up to so many lines the partition is searched exactly."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """What one location sends, priced whole; a plan uses a location at most once."""

    candidate: Candidate
    way: Way
    lines: tuple[SkuQuantity, ...]
    weight_g: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class Plan:
    """`proven`: no cheaper plan exists under the fences and the policy."""

    shipments: tuple[Shipment, ...]
    cost: Cost
    proven: bool


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
    """Return the cheapest plan by plain cost.

    A line is split only when no single location has it whole; never more than the terms' `max_shipments`.
    Exact for few lines without a split and for small baskets with one; beyond, `proven` is False.
    """
    candidates = problem.usable
    available = [_available(problem, candidate) for candidate in candidates]
    short = tuple(line.sku for number, line in enumerate(problem.lines) if sum(have[number] for have in available) < line.quantity)
    if short:
        return NoPlan("NO_STOCK", short)
    quantities = tuple(line.quantity for line in problem.lines)
    whole = [any(have[number] >= quantity for have in available) for number, quantity in enumerate(quantities)]
    prices = tariffs(problem, candidates)
    loads, proven = _cheapest_loads(Stock(quantities, available, whole, prices), problem.terms.max_shipments)
    if loads is None:
        return NoPlan("SPLIT_NOT_ALLOWED", tuple(line.sku for line in problem.lines))
    return _plan(problem, candidates, prices, loads, proven=proven)


def judged(problem: Problem) -> tuple[JudgedCandidate, ...]:
    """Return what each candidate could have supplied and cost, in the order of the problem."""
    return tuple(_judged(problem, candidate) for candidate in problem.candidates)


def _available(problem: Problem, candidate: Candidate) -> Load:
    """Return by line what the candidate can send: nothing of a sku that none of its ways takes."""
    return tuple(
        candidate.units.get(line.sku, 0) if any(carries(way, problem.weight_g_by_sku.get(line.sku, 0)) for way in candidate.ways) else 0
        for line in problem.lines
    )


def _cheapest_loads(stock: Stock, max_shipments: int) -> tuple[Loads | None, bool]:
    if all(stock.whole) and len(stock.quantities) <= EXACT_LINES:
        return _dealt(stock, max_shipments), True
    if exact_work(stock, max_shipments) <= EXACT_WORK:
        return exact_loads(stock, max_shipments), True
    return good_loads(stock, max_shipments), False


def _dealt(stock: Stock, max_shipments: int) -> Loads | None:
    holdings = [
        sum(1 << number for number, quantity in enumerate(stock.quantities) if have[number] >= quantity) for have in stock.available
    ]
    deal = cheapest_deal(stock.quantities, holdings, stock.prices, max_shipments)
    if deal is None:
        return None
    return {
        candidate: tuple(quantity if lines >> number & 1 else 0 for number, quantity in enumerate(stock.quantities))
        for lines, candidate in deal[1]
    }


def _plan(problem: Problem, candidates: tuple[Candidate, ...], prices: list[Tariff], loads: Loads, *, proven: bool) -> Plan:
    shipments = []
    for number in sorted(loads):
        candidate, load = candidates[number], loads[number]
        _, way = prices[number].price(load) or (Decimal(0), 0)
        shipments.append(_shipment(problem, candidate, candidate.ways[way], load))
    return Plan(tuple(shipments), sum((shipment.cost for shipment in shipments), Cost()), proven)


def _shipment(problem: Problem, candidate: Candidate, way: Way, load: Load) -> Shipment:
    lines = tuple(SkuQuantity(line.sku, units) for line, units in zip(problem.lines, load, strict=True) if units)
    weight_g = sum(problem.weight_g_by_sku.get(line.sku, 0) * line.quantity for line in lines)
    cost = shipment_cost(problem.terms, way, candidate.location.kind, sum(load), weight_g)
    return Shipment(candidate, way, lines, weight_g, cost)


def _judged(problem: Problem, candidate: Candidate) -> JudgedCandidate:
    load = tuple(
        min(have, line.quantity)
        for have, line in zip((candidate.units.get(line.sku, 0) for line in problem.lines), problem.lines, strict=True)
    )
    lines = tuple(SkuQuantity(line.sku, units) for line, units in zip(problem.lines, load, strict=True) if units)
    if candidate.excluded_by is not None or not lines:
        return JudgedCandidate(candidate, lines, None)
    price = tariffs(problem, [candidate])[0].price(load)
    return JudgedCandidate(candidate, lines, None if price is None else _shipment(problem, candidate, candidate.ways[price[1]], load).cost)
