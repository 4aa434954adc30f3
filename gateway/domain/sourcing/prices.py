"""What every place asks for every load: worked out at once, in millionths of the currency, and the same as `shipment_cost` one by one."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gateway.domain.sourcing.cost import Cost, carries, cost_at, joined, rates
from gateway.domain.sourcing.loads import Ints, LoadSpace
from gateway.domain.sourcing.millionths import NEVER, POSSIBLE, TEN_THOUSANDTH
from gateway.domain.sourcing.outlook import risk_table, risks
from gateway.domain.sourcing.problem import Candidate, Columns, Problem, Way
from gateway.domain.sourcing.tariffs import Tariff, prices, ready
from gateway.domain.sourcing.weighed import Weighed, weighed_in

EVER = datetime(1, 1, 1, tzinfo=UTC)
Flags = NDArray[np.bool_]
MOST_TERMS = 8
"""Tariffs are kept at so many terms, for a caller may try any: then all are forgotten."""
MOST_TARIFFS = 1_000
"""So many are kept at the same terms; then these are forgotten."""


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

    @cached_property
    def _grouped(self) -> tuple[list[Tariff], Ints]:
        told = self.candidates
        return (self._tariffs_of_groups(told), told.group) if isinstance(told, Columns) else self._tariffs()

    @property
    def tariffs(self) -> list[Tariff]:
        return self._grouped[0]

    @property
    def tariff_of(self) -> Ints:
        return self._grouped[1]

    @cached_property
    def most_units(self) -> Ints:
        total, told = sum(self.quantities), self.candidates
        if isinstance(told, Columns):
            most = np.full(len(told), total, np.int64)
        else:
            most = np.array([total if each.most_units is None else max(0, each.most_units) for each in told], np.int64)
        if not any(tariff.limited for tariff in self.tariffs):
            return most
        return np.minimum(most, np.array([tariff.most_units(total) for tariff in self.tariffs], np.int64)[self.tariff_of])

    def _tariffs_of_groups(self, told: Columns) -> list[Tariff]:
        """Return the tariff of each group; what is kept of one question serves the next."""
        if len(told.tariffs) >= MOST_TERMS and self.problem.terms not in told.tariffs:
            told.tariffs.clear()
        known: dict[Hashable, Tariff] = told.tariffs.setdefault(self.problem.terms, {})
        if len(known) >= MOST_TARIFFS:
            known.clear()
        for n, key in zip(told.sample, told.asks, strict=True):
            if key not in known:
                known[key] = self._tariff(told[n])
        return [known[key] for key in told.asks]

    def _tariff(self, candidate: Candidate) -> Tariff:
        terms = self.problem.terms
        return Tariff(candidate.ways, rates(terms, candidate.location), terms)

    @cached_property
    def shelves(self) -> Ints:
        """The units of every candidate by line, of all that lies there."""
        if isinstance(self.candidates, Columns):
            return self.candidates.shelves
        units = [candidate.units for candidate in self.candidates]
        held = np.empty((len(units), len(self.quantities)), np.int64)
        for number, line in enumerate(self.problem.lines):
            held[:, number] = [shelf.get(line.sku, 0) for shelf in units]
        return held

    @cached_property
    def have(self) -> Ints:
        told = () if isinstance(self.candidates, Columns) else self.candidates
        bounded = [(n, each.most_of) for n, each in enumerate(told) if each.most_of is not None]
        have = self.sendable.copy() if bounded else self.sendable
        for n, (sku, most) in bounded:
            line = next(number for number, line in enumerate(self.problem.lines) if line.sku == sku)
            have[n, line] = min(int(have[n, line]), most)
        return have

    @cached_property
    def sendable(self) -> Ints:
        if not len(self.candidates):
            return self.shelves
        wanted, most = np.maximum(np.minimum(self.shelves, self.quantities), 0), self._ready(first=False)
        return wanted if (most >= self.quantities).all() else np.minimum(wanted, most[self.tariff_of])

    def _ready(self, *, first: bool) -> Ints:
        """Return how many units of each line go at once at most, by tariff (`tariffs.ready`)."""
        return ready(self.tariffs, self.quantities, self.weights, self.volumes, first=first)

    @cached_property
    def has_whole(self) -> Flags:
        """Tell by line whether a single place has all that is wanted of it; supply to come counts that is there on the first date."""
        had = np.minimum(self.sendable, self.most_units[:, None])
        if any(tariff.awaited for tariff in self.tariffs):
            had = np.minimum(had, self._ready(first=True)[self.tariff_of])
        found: Flags = (had >= self.quantities).any(axis=0)
        return found

    def _tariffs(self) -> tuple[list[Tariff], Ints]:
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
                way.most_units,
                way.most,
                way.awaited,
                place.kind,
                place.code if place.code in own else None,
            )
            if len(ways) > 1:
                key = (*key, *map(_asked, ways[1:]))
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

    def table(self, space: LoadSpace) -> Ints:
        """Return what each candidate asks for each load (candidates x loads); NEVER where it cannot send it, or where nothing is sent."""
        amounts, weighed = space.amounts, weighed_in(space, self.weights, self.volumes)
        fits = space.fitting(self.have)
        if len(self.candidates) and np.min(self.most_units) < np.max(weighed.units):
            fits = fits & (self.most_units[:, None] >= weighed.units[None, :])
        asked = prices(self.tariffs, weighed).take(self.tariff_of, axis=0)
        for number, shelf in self.shelf_costs():
            asked = asked + shelf[:, amounts[:, number]]
        return np.where(fits & (asked < POSSIBLE), asked, NEVER)

    def alone(self) -> Ints:
        """Return what each candidate asks to send all that it can of what is wanted; NEVER where it cannot send that at once."""
        if not len(self.candidates):
            return np.zeros(0, np.int64)
        loads, number = np.unique(self.have, axis=0, return_inverse=True)
        weighed = Weighed(loads, self.weights, self.volumes)
        asked = prices(self.tariffs, weighed)[self.tariff_of, number.ravel()]
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
            and any(carries(way, *largest) and way.holds(load) for way in self.tariffs[self.tariff_of[candidate]].ways)
        )

    def largest(self, load: Sequence[int]) -> tuple[int, int]:
        """Return the weight of the heaviest unit of a load, and the volume of the largest."""
        sent = [size for *size, count in zip(self.weights, self.volumes, load, strict=True) if count]
        return max((weight for weight, _ in sent), default=0), max((volume for _, volume in sent), default=0)

    def cost(self, candidate: int, load: Sequence[int]) -> tuple[Cost, Way]:
        """Return the exact cost of a shipment by component, and the way that it goes."""
        held, here = self.candidates[candidate], self.tariffs[self.tariff_of[candidate]].here
        units, weight_g, volume_cm3 = sum(load), sum(map(int.__mul__, load, self.weights)), sum(map(int.__mul__, load, self.volumes))
        largest = self.largest(load)
        ways = [way for way in held.ways if carries(way, *largest) and way.holds(load)]
        costs = [cost_at(here, self.problem.terms, way, units, weight_g, volume_cm3) for way in ways]
        best = min(range(len(ways)), key=lambda number: costs[number].total)
        return joined([costs[best], *self.shelf_costs_of(candidate, load)]), ways[best]

    def shelf_costs_of(self, candidate: int, load: Sequence[int]) -> Iterator[Cost]:
        """Yield what a shelf loses and gains by each line of a load."""
        held = self.candidates[candidate]
        for line, units in zip(self.problem.lines, load, strict=True):
            outlook = self.problem.outlook_by_sku.get(line.sku)
            if outlook and units and held.location.code in outlook.per_day:
                out, markdown = risks(outlook, self.problem.terms, held.location.code, held.units[line.sku], units)
                yield Cost(stock_out=out[units], markdown_credit=markdown[units])


def offers(problem: Problem) -> Offers:
    weights = tuple(problem.weight_g_by_sku.get(line.sku, 0) for line in problem.lines)
    volumes = tuple(problem.volume_cm3_by_sku.get(line.sku, 0) for line in problem.lines)
    return Offers(problem, problem.usable, tuple(line.quantity for line in problem.lines), weights, volumes)


def _asked(way: Way) -> Hashable:
    return id(way.bands), way.max_weight_g, way.max_volume_cm3, way.late_days, way.transfer, way.most_units, way.most, way.awaited
