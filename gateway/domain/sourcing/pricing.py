"""Prices of possible shipments, worked out once for all locations that send in the same ways."""

from collections.abc import Hashable, Sequence
from decimal import Decimal

from gateway.domain.sourcing.cost import carries, shipment_cost
from gateway.domain.sourcing.problem import Candidate, Problem, Way

Load = tuple[int, ...]
"""Units by line, in the order of the problem's lines."""


class Tariff:
    """The cheapest way for each load, remembered; None where no way takes such a parcel."""

    def __init__(self, problem: Problem, pattern: Candidate) -> None:
        self._terms = problem.terms
        self._kind = pattern.location.kind
        self._ways = pattern.ways
        self._weights = [problem.weight_g_by_sku.get(line.sku, 0) for line in problem.lines]
        self._known: dict[Load, tuple[Decimal, int] | None] = {}

    def price(self, load: Load) -> tuple[Decimal, int] | None:
        """Return the cost and the number of the way that has it."""
        if load not in self._known:
            self._known[load] = self._cheapest(load)
        return self._known[load]

    def _cheapest(self, load: Load) -> tuple[Decimal, int] | None:
        units = sum(load)
        weight_g = sum(count * weight for count, weight in zip(load, self._weights, strict=True))
        heaviest_g = max((weight for count, weight in zip(load, self._weights, strict=True) if count), default=0)
        offers = [
            (shipment_cost(self._terms, way, self._kind, units, weight_g).total, number)
            for number, way in enumerate(self._ways)
            if carries(way, heaviest_g)
        ]
        return min(offers, default=None)


def tariffs(problem: Problem, candidates: Sequence[Candidate]) -> list[Tariff]:
    """Return each candidate's tariff; those that differ in nothing that costs share one."""
    shared: dict[Hashable, Tariff] = {}
    found = []
    for candidate in candidates:
        signature = _signature(candidate)
        if signature not in shared:
            shared[signature] = Tariff(problem, candidate)
        found.append(shared[signature])
    return found


def _signature(candidate: Candidate) -> Hashable:
    return candidate.location.kind, tuple(_way_signature(way) for way in candidate.ways)


def _way_signature(way: Way) -> Hashable:
    return id(way.bands), way.max_weight_g, way.late_days, way.transfer
