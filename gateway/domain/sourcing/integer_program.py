"""The same decision as an integer program, for HiGHS: what is too large for the exact algorithms, within a time cap and with its bound.

Of each place: how many units of each line (a number where each costs the same, else one choice of every amount), one way, one band of the
weight that full parcels leave over, a number of full parcels, and one of parcels more that its volume takes.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np

from gateway.domain.sourcing.cost import carries, heaviest_parcel_g, lowest_price, parcel_price
from gateway.domain.sourcing.covering import covering_loads
from gateway.domain.sourcing.greedy import good_loads, improved_loads
from gateway.domain.sourcing.integer_model import IntegerModel, Row, Undecided
from gateway.domain.sourcing.millionths import MICROS, micros
from gateway.domain.sourcing.prices import Offers
from gateway.domain.sourcing.problem import Way
from gateway.domain.sourcing.rules import Loads, Rules


@dataclass(frozen=True, slots=True)
class IntegerSolution:
    """`bound`, in micros: nothing that sends as much costs less."""

    loads: Loads
    cost: int
    bound: int


def integer_loads(offers: Offers, rules: Rules, time_cap_s: float) -> IntegerSolution | Undecided | None:
    """Return the best loads found within the time cap, which are the cheapest when their bound is their cost; None: there are none.

    Where nothing is found, any loads that keep the rules are looked for, for as long again.
    """
    program = Program(offers, rules)
    found = program.solved(time_cap_s)
    if found.infeasible:
        return None
    loads = None if found.values is None else program.loads(found.values)
    plans = [plan for plan in (loads, good_loads(offers, rules)) if plan and rules.kept_by(plan)]
    if not plans:
        covering = Undecided() if rules.partial else covering_loads(offers, rules, time_cap_s)
        if not isinstance(covering, dict):
            return covering
        plans = [improved_loads(offers, rules, covering)]
    best = min(plans, key=lambda plan: (-_units(plan), _cost(offers, plan)))
    cost = _cost(offers, best)
    lost = sum(rules.quantities) - _units(best)
    bound = round((found.bound - program.loss * lost) * MICROS)
    return IntegerSolution(best, cost, cost if bound >= cost - 1 else bound)  # the solver reckons in floating point, to a millionth


def _units(loads: Loads) -> int:
    return sum(map(sum, loads.values()))


def _cost(offers: Offers, loads: Loads) -> int:
    return sum(micros(offers.cost(candidate, load)[0].total) for candidate, load in loads.items())


class Program(IntegerModel):
    """Columns and rows, in the currency. `loss`: what a unit that is not sent costs, where less than all may be sent."""

    def __init__(self, offers: Offers, rules: Rules) -> None:
        super().__init__()
        self._offers, self._rules = offers, rules
        self._choices: dict[int, dict[tuple[int, int], int]] = {}
        self._ways: dict[int, list[int]] = {}
        shelves = dict(offers.shelf_costs())
        for candidate in range(len(offers.candidates)):
            if offers.have[candidate].any():
                self._place(candidate, shelves)
        self.loss = 1.0 + 2.0 * sum(abs(cost) for cost in self.costs) if rules.partial else 0.0
        self._whole_plan()

    def _place(self, candidate: int, shelves: dict[int, np.ndarray]) -> None:
        offers, rules = self._offers, self._rules
        choices: dict[tuple[int, int], int] = {}
        for number in range(len(rules.quantities)):
            choices |= self._line(candidate, number, shelves[number][candidate] if number in shelves else None)
        self._choices[candidate] = choices
        weight_g = sum(int(have) * weight for have, weight in zip(offers.have[candidate], offers.weights, strict=True))
        by_way = {way: self._way(candidate, way, weight_g) for way in offers.candidates[candidate].ways}
        self._ready(candidate, by_way)
        used = dict.fromkeys(self._ways.get(candidate, ()), 1.0)
        self.row(0, 1, used)
        for number in range(len(rules.quantities)):
            row = {column: 1.0 for (line, _), column in choices.items() if line == number}
            if row:
                self.row(-np.inf, 0, {**row, **dict.fromkeys(used, -self._bound_of(row))})
        self.row(0, np.inf, {**dict.fromkeys(choices.values(), 1.0), **dict.fromkeys(used, -1.0)})
        if offers.most_units[candidate] < sum(rules.quantities):
            self.row(0, float(offers.most_units[candidate]), {column: float(units) for (_, units), column in choices.items()})

    def _ready(self, candidate: int, by_way: dict[Way, list[int]]) -> None:
        """Add that no more units go by a way than can be ready for it; `by_way`: the columns of which one says that it is used."""
        choices, quantities = self._choices[candidate], self._rules.quantities
        if any(way.most_units is not None for way in by_way):
            most = {way: sum(quantities) if way.most_units is None else way.most_units for way in by_way}
            row = {column: float(units) for (_, units), column in choices.items()}
            self.row(-np.inf, 0, {**row, **{column: -float(most[way]) for way, columns in by_way.items() for column in columns}})
        for number, quantity in enumerate(quantities):
            row = {column: float(units) for (line, units), column in choices.items() if line == number}
            if row and any(way.most is not None for way in by_way):
                most = {way: quantity if way.most is None else way.most[number] for way in by_way}
                self.row(-np.inf, 0, {**row, **{column: -float(most[way]) for way, columns in by_way.items() for column in columns}})

    def _line(self, candidate: int, number: int, shelf: np.ndarray | None) -> dict[tuple[int, int], int]:
        """Return the columns of a line at a place by (line, units of each); `shelf`: its costs by units, in micros."""
        offers, rules = self._offers, self._rules
        have, want = int(offers.have[candidate][number]), rules.quantities[number]
        per_unit = float(offers.tariffs[offers.tariff_of[candidate]].here.per_unit)
        costs = [per_unit * units + (float(shelf[units]) / MICROS if shelf is not None else 0.0) for units in range(have + 1)]
        if not rules.splits[number]:
            return {(number, want): self.column(costs[want])} if have >= want else {}
        counts_places = rules.most_places[number] is not None
        if have > 1 and not counts_places and (shelf is None or not np.ptp(np.diff(shelf[: have + 1]))):
            return {(number, 1): self.column(costs[1], float(have))}
        return {(number, units): self.column(costs[units]) for units in range(1, have + 1)}

    def _bound_of(self, row: Row) -> float:
        """Return what the columns of a line may come to: a number of units, or one choice."""
        return max(self.most(column) for column in row)

    def _way(self, candidate: int, way: Way, most_g: int) -> list[int]:
        """Add a way: `used` = one of its bands is chosen, of which the columns are returned.

        With it, weight lies between the bounds of full parcels and band.
        """
        offers, tariff = self._offers, self._offers.tariffs[self._offers.tariff_of[candidate]]
        choices = self._choices[candidate]
        per_parcel, per_shipment = float(tariff.per_parcel(way)), float(tariff.per_shipment(way))
        full_g = heaviest_parcel_g(way)
        prices = {0 if not way.bands else band.up_to_g: float(band.price) for band in way.bands} or {full_g or most_g: 0.0}
        limits = sorted(limit for limit in prices if full_g is None or limit <= full_g)
        if full_g is not None and (not limits or limits[-1] < full_g):
            prices[full_g] = float(parcel_price(way.bands, full_g))
            limits.append(full_g)
        bands = [(low + 1 if low else 0, high, prices[high]) for low, high in zip([0, *limits[:-1]], limits, strict=True)]
        chosen = [(least, most, self.column(price + per_parcel + per_shipment)) for least, most, price in bands]
        most_full = 0 if full_g is None else most_g // full_g
        full, none_over = None, None
        if most_full:
            assert full_g is not None  # noqa: S101 - there are full parcels
            full = self.column(float(parcel_price(way.bands, full_g)) + per_parcel, float(most_full))
            none_over = self.column(per_shipment)
            self.row(0, np.inf, {full: 1.0, none_over: -1.0})
            chosen.append((0, 0, none_over))
            self.row(-np.inf, 0, {full: 1.0, **{column: -float(most_full) for _, _, column in chosen}})
        self._ways.setdefault(candidate, []).extend(column for _, _, column in chosen)
        weight = {column: float(units * offers.weights[number]) for (number, units), column in choices.items() if offers.weights[number]}
        # another way's weight is no concern of this one: `most_g` frees the rows of a way that is not used
        used = {column: 1.0 for _, _, column in chosen}
        parcels = {full: -float(full_g or 0)} if full is not None else {}
        over = {column: -float(most) for _, most, column in chosen}
        under = {column: -float(least) for least, _, column in chosen}
        self.row(-np.inf, float(most_g), {**weight, **parcels, **{column: over[column] + most_g * used[column] for column in used}})
        self.row(0, np.inf, {**weight, **parcels, **under})
        self._volume(candidate, way, {column: column != none_over for _, _, column in chosen}, full, per_parcel)
        for number, size in enumerate(zip(offers.weights, offers.volumes, strict=True)):
            if not carries(way, *size):
                row = {column: 1.0 for (line, _), column in choices.items() if line == number}
                most = self._bound_of(row) if row else 0.0
                self.row(-np.inf, most, {**row, **dict.fromkeys(used, most)})
        return list(used)

    def _volume(self, candidate: int, way: Way, chosen: dict[int, bool], full: int | None, per_parcel: float) -> None:
        """Add that the parcels of a way that is used hold the volume; where weight does not make enough, more are paid.

        `chosen`: the columns that say that it is used, and whether each of them is a parcel.
        """
        room, volumes = way.max_volume_cm3, self._offers.volumes
        most = sum(int(have) * volume for have, volume in zip(self._offers.have[candidate], volumes, strict=True))
        if room is None or most <= room:
            return
        more = self.column(float(lowest_price(way.bands)) + per_parcel, float(-(-most // room)))
        volume = {column: float(units * volumes[number]) for (number, units), column in self._choices[candidate].items() if volumes[number]}
        bands = {column: float(most - room * is_parcel) for column, is_parcel in chosen.items()}
        held = {column: -float(room) for column in (full, more) if column is not None}
        self.row(-np.inf, float(most), {**volume, **bands, **held})

    def _whole_plan(self) -> None:
        rules = self._rules
        every = [column for columns in self._ways.values() for column in columns]
        for number, want in enumerate(rules.quantities):
            row: Row = {}
            places: Row = {}
            for choices in self._choices.values():
                row |= {column: float(units) for (line, units), column in choices.items() if line == number}
                places |= {column: 1.0 for (line, _), column in choices.items() if line == number}
            if rules.partial:
                row[self.column(self.loss, float(want))] = 1.0
            self.row(float(want), float(want), row)
            most_places = rules.most_places[number]
            if most_places is not None:
                self.row(0, float(most_places), places)
        self.row(1, float(rules.most_shipments), dict.fromkeys(every, 1.0))
        if rules.least_value:
            self._worth(every)

    def _worth(self, every: list[int]) -> None:
        """Add that a shipment is worth enough, or the only one."""
        rules = self._rules
        alone = self.column(0.0)
        self.row(-np.inf, float(rules.most_shipments), {**dict.fromkeys(every, 1.0), alone: float(rules.most_shipments - 1)})
        least = rules.least_value / MICROS
        for candidate, choices in self._choices.items():
            value = {column: units * rules.values[number] / MICROS for (number, units), column in choices.items()}
            self.row(0, np.inf, {**value, **dict.fromkeys(self._ways[candidate], -least), alone: least})

    def loads(self, values: np.ndarray) -> Loads:
        found: Loads = {}
        for candidate, choices in self._choices.items():
            load = [0] * len(self._rules.quantities)
            for (number, units), column in choices.items():
                load[number] += units * ceil(values[column] - 0.5)
            if any(load):
                found[candidate] = tuple(load)
        return found
