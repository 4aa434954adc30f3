"""What every place asks for every load: worked out at once, in millionths of the currency, and the same as `shipment_cost` one by one."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from gateway.domain.sourcing.cost import Cost, Rates, carries, heaviest_parcel_g, lowest_price, parcel_price, rates, shipment_cost
from gateway.domain.sourcing.loads import Ints
from gateway.domain.sourcing.outlook import risk_table, risks
from gateway.domain.sourcing.problem import Candidate, Columns, Problem, Way
from gateway.domain.sourcing_terms import CostTerms

MICROS = 1_000_000
NEVER = 1 << 60
"""The cost of what cannot be."""
POSSIBLE = NEVER // 2
"""Whatever costs less can be; a sum with NEVER in it stays above, whatever credit is taken off."""
EVER = datetime(1, 1, 1, tzinfo=UTC)
TEN_THOUSANDTH = MICROS // 10_000
Flags = NDArray[np.bool_]


def micros(amount: Decimal) -> int:
    return int((amount * MICROS).to_integral_value())


def from_micros(amount: int) -> Decimal:
    return Decimal(int(amount)) / MICROS


@dataclass
class Offers:
    """What the candidates of a problem have, and what they ask.

    `have`: candidates x lines, never more than is wanted, nor than a candidate may send of a line (`sendable`: without that bound).
    `tariffs`: the distinct ways and rates; `tariff_of` which a candidate has.
    """

    problem: Problem
    candidates: Sequence[Candidate]
    quantities: tuple[int, ...]
    weights: tuple[int, ...]
    volumes: tuple[int, ...]
    shelves: Ints = field(init=False)
    sendable: Ints = field(init=False)
    have: Ints = field(init=False)
    most_units: Ints = field(init=False)
    tariffs: list["Tariff"] = field(init=False)
    tariff_of: Ints = field(init=False)

    def __post_init__(self) -> None:
        total, told = sum(self.quantities), self.candidates
        if isinstance(told, Columns):
            self.tariffs, self.tariff_of = [self._tariff(told[n]) for n in told.sample], told.group
            self.shelves, self.most_units = told.shelves, np.full(len(told), total, np.int64)
        else:
            self.tariffs, self.tariff_of = self._tariffs()
            self.shelves = self._shelves()
            self.most_units = np.array([total if each.most_units is None else max(0, each.most_units) for each in told], np.int64)
        self.sendable = self._sendable()
        self.have = self._have()

    def _tariff(self, candidate: Candidate) -> "Tariff":
        terms = self.problem.terms
        return Tariff(candidate.ways, rates(terms, candidate.location), terms)

    def _shelves(self) -> Ints:
        """Return the units of every candidate by line, of all that lies there."""
        units = [candidate.units for candidate in self.candidates]
        held = np.empty((len(units), len(self.quantities)), np.int64)
        for number, line in enumerate(self.problem.lines):
            held[:, number] = [shelf.get(line.sku, 0) for shelf in units]
        return held

    def _have(self) -> Ints:
        told = () if isinstance(self.candidates, Columns) else self.candidates
        bounded = [(n, each.most_of) for n, each in enumerate(told) if each.most_of is not None]
        have = self.sendable.copy() if bounded else self.sendable
        for n, (sku, most) in bounded:
            line = next(number for number, line in enumerate(self.problem.lines) if line.sku == sku)
            have[n, line] = min(int(have[n, line]), most)
        return have

    def _sendable(self) -> Ints:
        if not len(self.candidates):
            return self.shelves
        carried = np.array(
            [[tariff.carries(*size) for size in zip(self.weights, self.volumes, strict=True)] for tariff in self.tariffs], bool
        )
        return np.where(carried[self.tariff_of], np.clip(self.shelves, 0, np.array(self.quantities)), 0)

    def _tariffs(self) -> tuple[list["Tariff"], Ints]:
        terms, known, found = self.problem.terms, dict[Hashable, int](), list[Tariff]()
        own = {rule.location for rule in terms.places}
        numbers = []
        for candidate in self.candidates:
            place, ways = candidate.location, candidate.ways
            way = ways[0]
            key: tuple[Hashable, ...] = (
                id(way.bands),
                way.max_weight_g,
                way.max_volume_cm3,
                way.late_days,
                way.transfer,
                place.kind,
                place.code if place.code in own else None,
            )
            if len(ways) > 1:
                key = (*key, *[(id(way.bands), way.max_weight_g, way.max_volume_cm3, way.late_days, way.transfer) for way in ways[1:]])
            number = known.get(key)
            if number is None:
                number = known[key] = len(found)
                found.append(self._tariff(candidate))
            numbers.append(number)
        return found, np.array(numbers, np.int64)

    def shelf_costs(self) -> list[tuple[int, Ints]]:
        """Return by line that has any (candidates x units given away) what shelves lose and gain, in micros."""
        told, costs = self.candidates, []
        places = told.codes if isinstance(told, Columns) else [candidate.location.code for candidate in told]
        for number, line in enumerate(self.problem.lines):
            outlook = self.problem.outlook_by_sku.get(line.sku)
            if outlook is not None and outlook.per_day:
                out, markdown = risk_table(outlook, self.problem.terms, places, self.shelves[:, number], line.quantity)
                costs.append((number, (out + markdown) * TEN_THOUSANDTH))
        return costs

    def table(self, amounts: Ints) -> Ints:
        """Return what each candidate asks for each load (candidates x loads); NEVER where it cannot send it, or where nothing is sent."""
        fits = np.ones((len(self.candidates), len(amounts)), bool)
        for number in range(len(self.quantities)):
            fits &= self.have[:, number, None] >= amounts[None, :, number]
        fits &= self.most_units[:, None] >= amounts.sum(axis=1)[None, :]
        fits[:, ~amounts.any(axis=1)] = False
        weighed = Weighed(amounts, self.weights, self.volumes)
        asked = np.stack([tariff.prices(weighed) for tariff in self.tariffs])[self.tariff_of]
        for number, shelf in self.shelf_costs():
            asked = asked + shelf[:, amounts[:, number]]
        return np.where(fits & (asked < POSSIBLE), asked, NEVER)

    def alone(self) -> Ints:
        """Return what each candidate asks to send all that it can of what is wanted; NEVER where it cannot send that at once."""
        if not len(self.candidates):
            return np.zeros(0, np.int64)
        loads, number = np.unique(self.have, axis=0, return_inverse=True)
        weighed = Weighed(loads, self.weights, self.volumes)
        asked = np.stack([tariff.prices(weighed) for tariff in self.tariffs])[self.tariff_of, number.ravel()]
        for line, shelf in self.shelf_costs():
            asked = asked + shelf[np.arange(len(asked)), self.have[:, line]]
        sent = self.have.sum(axis=1)
        return np.where((sent > 0) & (sent <= self.most_units) & (asked < POSSIBLE), asked, NEVER)

    @property
    def stated(self) -> Hashable:
        """All that decides what is cheapest, as a name: offers of the same name have the same cheapest loads."""
        tariffs = tuple(
            (tariff.here, tuple(replace(way, ships_by=EVER, earliest=EVER, latest=EVER) for way in tariff.ways)) for tariff in self.tariffs
        )
        columns = (self.tariff_of, self.sendable, self.have, self.most_units)
        shelves = tuple((number, costs.tobytes()) for number, costs in self.shelf_costs())
        return (self.quantities, self.weights, self.volumes, self.problem.terms, tariffs, shelves, *(each.tobytes() for each in columns))

    def sends(self, candidate: int, load: Sequence[int]) -> bool:
        """Tell whether a place has all of a load, can prepare it, and can send it by one way."""
        largest = self.largest(load)
        return (
            all(have >= units for have, units in zip(self.have[candidate], load, strict=True))
            and sum(load) <= self.most_units[candidate]
            and self.tariffs[self.tariff_of[candidate]].carries(*largest)
        )

    def largest(self, load: Sequence[int]) -> tuple[int, int]:
        """Return the weight of the heaviest unit of a load, and the volume of the largest."""
        sent = [size for *size, count in zip(self.weights, self.volumes, load, strict=True) if count]
        return max((weight for weight, _ in sent), default=0), max((volume for _, volume in sent), default=0)

    def cost(self, candidate: int, load: Sequence[int]) -> tuple[Cost, Way]:
        """Return the exact cost of a shipment by component, and the way that it goes."""
        held = self.candidates[candidate]
        units, weight_g, volume_cm3 = sum(load), sum(map(int.__mul__, load, self.weights)), sum(map(int.__mul__, load, self.volumes))
        largest = self.largest(load)
        ways = [way for way in held.ways if carries(way, *largest)]
        costs = [shipment_cost(self.problem.terms, way, held.location, units, weight_g, volume_cm3) for way in ways]
        best = min(range(len(ways)), key=lambda number: costs[number].total)
        return costs[best] + self.shelf_cost(candidate, load), ways[best]

    def shelf_cost(self, candidate: int, load: Sequence[int]) -> Cost:
        held, total = self.candidates[candidate], Cost()
        for line, units in zip(self.problem.lines, load, strict=True):
            outlook = self.problem.outlook_by_sku.get(line.sku)
            if outlook and units and held.location.code in outlook.per_day:
                out, markdown = risks(outlook, self.problem.terms, held.location.code, held.units[line.sku], units)
                total += Cost(stock_out=out[units], markdown_credit=markdown[units])
        return total


def offers(problem: Problem) -> Offers:
    weights = tuple(problem.weight_g_by_sku.get(line.sku, 0) for line in problem.lines)
    volumes = tuple(problem.volume_cm3_by_sku.get(line.sku, 0) for line in problem.lines)
    return Offers(problem, problem.usable, tuple(line.quantity for line in problem.lines), weights, volumes)


class Tariff:
    """The ways of a place, and what it asks beside its carriers; shared by all places that differ in nothing that costs."""

    def __init__(self, ways: tuple[Way, ...], here: Rates, terms: CostTerms) -> None:
        self.ways, self.here, self.terms = ways, here, terms

    def carries(self, unit_weight_g: int, unit_volume_cm3: int) -> bool:
        return any(carries(way, unit_weight_g, unit_volume_cm3) for way in self.ways)

    def prices(self, loads: "Weighed") -> Ints:
        """Return the cheapest way's cost by load; NEVER where none of them takes it."""
        best = np.full(len(loads.units), NEVER, np.int64)
        for way in self.ways:
            count, price = loads.parcels(way)
            np.minimum(best, price + (count * micros(self.per_parcel(way)) + micros(self.per_shipment(way))), out=best)
        return np.where(best < POSSIBLE, best + loads.units * micros(self.here.per_unit), NEVER)

    def per_parcel(self, way: Way) -> Decimal:
        return self.here.per_parcel + (self.terms.transfer_per_parcel if way.transfer else Decimal(0))

    def per_shipment(self, way: Way) -> Decimal:
        return self.terms.lateness_per_day * way.late_days + self.here.penalty


class Weighed:
    """Loads by weight and volume, and what carriers ask for them, each tariff reckoned once."""

    def __init__(self, amounts: Ints, weights: tuple[int, ...], volumes: tuple[int, ...]) -> None:
        self.units, self.weight_g = amounts.sum(axis=1), amounts @ np.array(weights, np.int64)
        self.volume_cm3 = amounts @ np.array(volumes, np.int64) if any(volumes) else None
        self._amounts, self._sizes = amounts, tuple(zip(weights, volumes, strict=True))
        self._known: dict[tuple[int, int | None, int | None], tuple[Ints, Ints]] = {}

    def parcels(self, way: Way) -> tuple[Ints, Ints]:
        """Return by load how many parcels it makes and what the carrier asks; NEVER where it does not take one of the articles."""
        key = (id(way.bands), way.max_weight_g, way.max_volume_cm3)
        if key not in self._known:
            count, price = _parcels(way, self.weight_g)
            if self.volume_cm3 is not None and way.max_volume_cm3 is not None:
                more = np.maximum(0, -(-self.volume_cm3 // way.max_volume_cm3) - count)
                count, price = count + more, price + more * micros(lowest_price(way.bands))
            too_large = [number for number, size in enumerate(self._sizes) if not carries(way, *size)]
            refused = self._amounts[:, too_large].any(axis=1)
            self._known[key] = count, np.where(refused, NEVER, price)
        return self._known[key]


def _parcels(way: Way, weight_g: Ints) -> tuple[Ints, Ints]:
    """Return by weight how many parcels it makes and what the carrier asks (`cost.parcels_by_weight`, for many weights)."""
    full_g = heaviest_parcel_g(way)
    if not way.bands:
        count = np.ones_like(weight_g) if full_g is None else np.maximum(1, -(-weight_g // full_g))
        return count, np.zeros_like(weight_g)
    bands = sorted(way.bands, key=lambda band: band.up_to_g)
    prices = np.array([micros(band.price) for band in bands] + [0], np.int64)
    limits = np.array([band.up_to_g for band in bands], np.int64)
    assert full_g is not None  # noqa: S101 - there are bands
    full, rest_g = np.divmod(weight_g, full_g)
    rest = np.where((rest_g > 0) | (full == 0), prices[np.searchsorted(limits, rest_g)], 0)
    return full + ((rest_g > 0) | (full == 0)), full * micros(parcel_price(way.bands, full_g)) + rest
