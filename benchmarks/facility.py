"""Facility problems from a file: what opening a place costs, what it asks for each unit of a line, and how much it can send."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from gateway.domain.ids import LocationCode, Sku, SourceCode
from gateway.domain.location import Location
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.cost import Cost
from gateway.domain.sourcing.loads import Ints
from gateway.domain.sourcing.prices import Offers, micros
from gateway.domain.sourcing.problem import Candidate, Problem, Way
from gateway.domain.sourcing_terms import CostTerms, PlaceCosts, Search, SplitPolicy

NOBODY_WAITS = datetime(2025, 1, 1, tzinfo=UTC)
PLAIN = (Way(None, NOBODY_WAITS, NOBODY_WAITS, NOBODY_WAITS),)
FREE = Decimal(0)


class FacilityOffers(Offers):
    """Offers of places that ask for each unit of each line what the file says."""

    unit_costs: list[list[Decimal]]

    def shelf_costs(self) -> list[tuple[int, Ints]]:
        asked = np.array([[micros(cost) for cost in costs] for costs in self.unit_costs], np.int64)
        return [(number, asked[:, number, None] * np.arange(units + 1)) for number, units in enumerate(self.quantities)]

    def shelf_cost(self, candidate: int, load: Any) -> Cost:
        asked = zip(self.unit_costs[candidate], load, strict=True)
        return Cost(handling=sum((cost * units for cost, units in asked), FREE))


def read(path: Path, time_cap_s: float) -> FacilityOffers:
    """Return a problem's offers; raise SystemExit that says what the file lacks."""
    try:
        stated = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return _offers(stated, time_cap_s)
    except (OSError, ValueError) as error:
        raise SystemExit(f"{path}: {error}") from error
    except (KeyError, TypeError) as error:
        raise SystemExit(f"{path}: {error} is missing or of another type; benchmarks/README.md says what stands in the file") from error


def _offers(stated: dict[str, Any], time_cap_s: float) -> FacilityOffers:
    lines = tuple(SkuQuantity(Sku(f"{number}"), int(units)) for number, units in enumerate(stated["demand"]))
    places = stated["locations"]
    policy = stated.get("policy", {})
    asked = Problem(
        lines=lines,
        candidates=tuple(_candidate(number, place, lines) for number, place in enumerate(places)),
        terms=CostTerms(
            FREE, FREE, FREE, FREE, tuple(PlaceCosts(_code(n), penalty=Decimal(place.get("fixed", 0))) for n, place in enumerate(places))
        ),
        policy=SplitPolicy(
            policy.get("max_shipments", len(places)), policy.get("max_locations_per_line"), policy.get("allow_line_split", "FREELY")
        ),
        search=Search(time_cap=timedelta(seconds=time_cap_s)),
    )
    asked = replace(asked, weight_g_by_sku={line.sku: 0 for line in lines})
    offered = FacilityOffers(asked, asked.usable, tuple(line.quantity for line in lines), (0,) * len(lines), (0,) * len(lines))
    offered.unit_costs = [[Decimal(cost) for cost in place["cost"]] for place in places]
    return offered


def _code(number: int) -> LocationCode:
    return LocationCode(str(number))


def _candidate(number: int, place: dict[str, Any], lines: tuple[SkuQuantity, ...]) -> Candidate:
    if len(place["cost"]) != len(lines):
        raise ValueError(f"location {number} states {len(place['cost'])} costs for {len(lines)} lines")
    stock = place.get("stock", [line.quantity for line in lines])
    units = {line.sku: int(held) for line, held in zip(lines, stock, strict=True)}
    capacity = place.get("capacity")
    return Candidate(
        Location(_code(number), str(place.get("name", number)), "WAREHOUSE", "UTC", SourceCode("file")),
        units,
        PLAIN,
        most_units=None if capacity is None else int(capacity),
    )
