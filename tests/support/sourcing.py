"""Sourcing problems small enough to try every plan, and the slow, obvious way to find the cheapest."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

from gateway.domain.ids import LocationCode, Sku, SourceCode
from gateway.domain.location import Location, LocationKind
from gateway.domain.network import WeightBand
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.cost import carries, shipment_cost
from gateway.domain.sourcing.outlook import risks
from gateway.domain.sourcing.problem import Candidate, Outlook, Problem, Way
from gateway.domain.sourcing_terms import CostTerms, PlaceCosts, SplitPolicy

NOW = datetime(2025, 6, 26, 8, tzinfo=UTC)
A, B, C = Sku("A"), Sku("B"), Sku("C")
BANDS = (WeightBand(500, Decimal(4)), WeightBand(2000, Decimal(6)), WeightBand(10_000, Decimal(11)))
DEAR_BANDS = (WeightBand(1000, Decimal(5)), WeightBand(3000, Decimal(9)))
SINKING_BANDS = (WeightBand(900, Decimal(8)), WeightBand(4000, Decimal(5)))
"""A heavier parcel may be cheaper: nothing but a contract says that it is not."""
WAY = Way("post/parcel", NOW, NOW + timedelta(days=2), NOW + timedelta(days=2), BANDS)
EXPRESS = replace(WAY, carrier_service="post/express", bands=DEAR_BANDS, max_weight_g=2500)
BOXES = replace(WAY, carrier_service="post/boxes", max_volume_cm3=3000)
"""Parcels that are full before they are heavy."""
SMALL_BOXES = replace(EXPRESS, carrier_service="post/small", max_volume_cm3=2000)
LOOSE = replace(WAY, carrier_service=None, bands=(), max_volume_cm3=2500)
LATE = replace(WAY, late_days=2)
SINKING = replace(WAY, carrier_service="post/odd", bands=SINKING_BANDS)
FREE = replace(WAY, carrier_service=None, bands=(), max_weight_g=1800)
BY_VAN = replace(WAY, carrier_service="van/shuttle", transfer=True)
TERMS = CostTerms(per_parcel=Decimal(1), per_unit=Decimal("0.20"), places=(PlaceCosts(kind="STORE", penalty=Decimal("0.50")),))
WEIGHTS = {A: 400, B: 900, C: 2600}
VOLUMES = {A: 700, B: 2100, C: 0}
VALUES = {A: Decimal(10), B: Decimal(25), C: Decimal(60)}
KINDS: tuple[LocationKind, ...] = ("WAREHOUSE", "STORE")
WAYS = ((WAY,), (EXPRESS,), (LATE,), (LATE, EXPRESS), (SINKING,), (FREE,), (BY_VAN, EXPRESS), (BOXES,), (SMALL_BOXES, LATE), (LOOSE,))
Loads = dict[int, tuple[int, ...]]


def candidate(
    code: str, units: Mapping[Sku, int], *ways: Way, kind: LocationKind = "WAREHOUSE", most_units: int | None = None
) -> Candidate:
    place = Location(LocationCode(code), code, kind, "UTC", SourceCode("s"))
    return Candidate(place, units, ways or (WAY,), most_units=most_units)


def problem(wanted: Mapping[Sku, int], *candidates: Candidate, terms: CostTerms = TERMS, policy: SplitPolicy | None = None) -> Problem:
    lines = tuple(SkuQuantity(sku, units) for sku, units in wanted.items())
    return Problem(lines, candidates, terms, WEIGHTS, policy or SplitPolicy(), VALUES, volume_cm3_by_sku=VOLUMES)


def all_plans(asked: Problem, *, partial: bool = False) -> Iterator[tuple[int, Decimal, Loads]]:
    """Try everything that the policy allows: units sent, what it costs, and the loads."""
    policy, wanted = asked.policy, [line.quantity for line in asked.lines]
    stock = [[_sendable(asked, held, line.sku) for line in asked.lines] for held in asked.candidates]
    deals = []
    for number, quantity in enumerate(wanted):
        has_whole = any(
            _sendable(asked, replace(held, ways=_first(held.ways)), asked.lines[number].sku) >= quantity and _prepares(asked, n, quantity)
            for n, held in enumerate(asked.candidates)
        )
        splits = policy.allow_line_split == "FREELY" or (policy.allow_line_split == "WHEN_NEEDED" and not has_whole)
        most = (policy.max_locations_per_line or len(stock)) if splits else 1
        every = product(*(range(min(have[number], quantity) + 1) for have in stock))
        deals.append(
            [
                deal
                for deal in every
                if (sum(deal) == quantity or (partial and sum(deal) < quantity)) and sum(units > 0 for units in deal) <= most
            ]
        )
    for combination in product(*deals):
        sent = {place: load for place in range(len(stock)) if any(load := tuple(deal[place] for deal in combination))}
        if sent and len(sent) <= policy.max_shipments and all(_prepares(asked, place, sum(load)) for place, load in sent.items()):
            worth = [sum(units * VALUES[line.sku] for units, line in zip(load, asked.lines, strict=True)) for load in sent.values()]
            costs = [cheapest_shipment(asked, place, load) for place, load in sent.items()]
            if None not in costs and (len(sent) == 1 or min(worth) >= policy.min_value_per_shipment):
                yield sum(map(sum, sent.values())), sum((cost for cost in costs if cost is not None), Decimal(0)), sent


def cheapest_by_trying_all(asked: Problem, *, partial: bool = False) -> tuple[int, Decimal] | None:
    """Return the units sent (the most that can be) and the least cost of sending them."""
    best = min(((-units, cost) for units, cost, _ in all_plans(asked, partial=partial)), default=None)
    return None if best is None else (-best[0], best[1])


def _sendable(asked: Problem, held: Candidate, sku: Sku) -> int:
    number = next(n for n, line in enumerate(asked.lines) if line.sku == sku)
    ways = [way for way in held.ways if carries(way, asked.weight_g_by_sku[sku], VOLUMES[sku])]
    ready = [[units for units in range(held.units.get(sku, 0) + 1) if _ready(way, number, units)] for way in ways]
    return max((max(each, default=0) for each in ready), default=0)


def _ready(way: Way, number: int, units: int) -> bool:
    return (way.most is None or units <= way.most[number]) and (way.most_units is None or units <= way.most_units)


def _first(ways: Sequence[Way]) -> tuple[Way, ...]:
    """Return those by which a place has something already, or on the first date."""
    return tuple(way for way in ways if not way.awaited or not way.late_days)


def _prepares(asked: Problem, place: int, units: int) -> bool:
    most = asked.candidates[place].most_units
    return most is None or units <= most


def cheapest_shipment(asked: Problem, place: int, load: Sequence[int]) -> Decimal | None:
    weights = [WEIGHTS[line.sku] for line in asked.lines]
    weight_g = sum(units * weight for units, weight in zip(load, weights, strict=True))
    volumes = [VOLUMES[line.sku] for line in asked.lines]
    volume_cm3 = sum(units * volume for units, volume in zip(load, volumes, strict=True))
    sizes = [size for *size, units in zip(weights, volumes, load, strict=True) if units]
    held = asked.candidates[place]
    ways = [
        way
        for way in held.ways
        if all(carries(way, *size) for size in sizes)
        and (way.most_units is None or sum(load) <= way.most_units)
        and all(_ready(replace(way, most_units=None), number, units) for number, units in enumerate(load))
    ]
    plain = [shipment_cost(asked.terms, way, held.location, sum(load), weight_g, volume_cm3).total for way in ways]
    return min(plain) + _shelf(asked, held, load) if plain else None


def _shelf(asked: Problem, held: Candidate, load: Sequence[int]) -> Decimal:
    total = Decimal(0)
    for line, units in zip(asked.lines, load, strict=True):
        outlook = asked.outlook_by_sku.get(line.sku)
        if outlook and units and held.location.code in outlook.per_day:
            total += sum(table[units] for table in risks(outlook, asked.terms, held.location.code, held.units[line.sku], units))
    return total


def random_problem(seed: int, most_places: int = 4) -> Problem:
    """Return one of many small problems: every policy, weight bands, capacities, prices of shelves."""
    dice = random.Random(seed)  # noqa: S311 - a seeded example
    wanted = {sku: dice.randint(1, 3) for sku in (A, B, C)[: dice.randint(1, 3)]}
    places = [
        candidate(
            str(number),
            {sku: dice.choice((0, 0, 1, 2, 3)) for sku in wanted},
            *ready_by(dice, dice.choice(WAYS), len(wanted)),
            kind=dice.choice(KINDS),
            most_units=dice.choice((None, None, None, 2, 4)),
        )
        for number in range(dice.randint(1, most_places))
    ]
    policy = SplitPolicy(
        max_shipments=dice.choice((1, 2, 3, 5)),
        max_locations_per_line=dice.choice((None, None, 1, 2)),
        allow_line_split=dice.choice(("NEVER", "WHEN_NEEDED", "FREELY")),
        min_value_per_shipment=Decimal(dice.choice((0, 0, 0, 20, 50))),
    )
    asked = problem(wanted, *places, policy=policy)
    return replace(asked, outlook_by_sku=_outlooks(dice, wanted, places)) if dice.random() < 0.5 else asked


def ready_by(dice: random.Random, ways: tuple[Way, ...], lines: int) -> tuple[Way, ...]:
    """Return ways of which some come sooner with less: as much as can be prepared by then, or is there."""
    if dice.random() < 0.6:
        return ways
    sooner = [replace(way, late_days=0, most_units=dice.choice((None, 1, 2))) for way in ways]
    if dice.random() < 0.5:
        sooner = [replace(way, most=tuple(dice.randint(0, 2) for _ in range(lines))) for way in sooner]
    return (*sooner, *(replace(way, late_days=way.late_days + dice.randint(0, 2), awaited=dice.random() < 0.5) for way in ways))


def _outlooks(dice: random.Random, wanted: Mapping[Sku, int], places: Sequence[Candidate]) -> dict[Sku, Outlook]:
    return {
        sku: Outlook(
            per_day={place.location.code: dice.choice((0.0, 0.05, 0.3, 1.0)) for place in places if dice.random() < 0.7},
            margin=Decimal(dice.choice((4, 9))),
            markdown_in_days=dice.choice((None, 0.0, 5.0, 20.0)),
            markdown_loss=Decimal(dice.choice((3, 12))),
        )
        for sku in wanted
        if dice.random() < 0.7
    }
