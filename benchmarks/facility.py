"""Facility problems from a file: what opening a place costs, what it asks for each unit of a line, and how much it can send."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from benchmarks.facility_file import Facility, Malformed, Stated, stated
from gateway.domain.ids import LocationCode, Sku, SourceCode
from gateway.domain.location import Location
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.cost import Cost
from gateway.domain.sourcing.loads import Ints
from gateway.domain.sourcing.millionths import micros
from gateway.domain.sourcing.prices import Offers
from gateway.domain.sourcing.problem import Candidate, Problem, Way
from gateway.domain.sourcing_terms import CostTerms, PlaceCosts, Search

NOBODY_WAITS = datetime(2025, 1, 1, tzinfo=UTC)
PLAIN = (Way(None, NOBODY_WAITS, NOBODY_WAITS, NOBODY_WAITS),)
FREE = Decimal(0)


class FacilityOffers(Offers):
    """Offers of places that ask for each unit of each line what the file says."""

    unit_costs: list[list[Decimal]]

    def shelf_costs(self) -> list[tuple[int, Ints]]:
        asked = np.array([[micros(cost) for cost in costs] for costs in self.unit_costs], np.int64)
        return [(number, asked[:, number, None] * np.arange(units + 1)) for number, units in enumerate(self.quantities)]

    def shelf_costs_of(self, candidate: int, load: Sequence[int]) -> Iterator[Cost]:
        asked = zip(self.unit_costs[candidate], load, strict=True)
        yield Cost(handling=sum((cost * units for cost, units in asked), FREE))


def read(path: Path, time_cap_s: float) -> FacilityOffers:
    """Return a problem's offers; raise SystemExit that says what the file lacks."""
    try:
        return _offers(stated(path), time_cap_s)
    except Malformed as error:
        raise SystemExit(f"{path}: {error}. benchmarks/README.md says what stands in the file.") from error


def _offers(problem: Stated, time_cap_s: float) -> FacilityOffers:
    lines = tuple(SkuQuantity(Sku(f"{number}"), units) for number, units in enumerate(problem.demand))
    fixed = tuple(PlaceCosts(_code(n), penalty=place.fixed) for n, place in enumerate(problem.facilities))
    asked = Problem(
        lines=lines,
        candidates=tuple(_candidate(number, place, lines) for number, place in enumerate(problem.facilities)),
        terms=CostTerms(FREE, FREE, FREE, FREE, fixed),
        policy=problem.policy,
        search=Search(time_cap=timedelta(seconds=time_cap_s)),
    )
    nothing = (0,) * len(lines)
    offered = FacilityOffers(asked, asked.usable, problem.demand, nothing, nothing)
    offered.unit_costs = [list(place.costs) for place in problem.facilities]
    return offered


def _code(number: int) -> LocationCode:
    return LocationCode(str(number))


def _candidate(number: int, place: Facility, lines: tuple[SkuQuantity, ...]) -> Candidate:
    return Candidate(
        Location(_code(number), place.name, "WAREHOUSE", "UTC", SourceCode("file")),
        {line.sku: held for line, held in zip(lines, place.stock, strict=True)},
        PLAIN,
        most_units=place.capacity,
    )
