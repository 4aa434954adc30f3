"""The cheapest loads under the rules: a bound that often is the answer, then places used once, then a solver of integer programs."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gateway.domain.sourcing.aside import solution
from gateway.domain.sourcing.integer_model import Undecided
from gateway.domain.sourcing.integer_program import IntegerSolution, integer_loads
from gateway.domain.sourcing.loads import Ints, LoadSpace, load_space
from gateway.domain.sourcing.millionths import NEVER, POSSIBLE
from gateway.domain.sourcing.prices import Offers
from gateway.domain.sourcing.reusing import Deal, Reusing
from gateway.domain.sourcing.rules import Loads, Rules
from gateway.domain.sourcing.using_once import UsingOnce, each_elsewhere, no_dearer_than, worth_asking
from gateway.domain.sourcing_terms import Search

Method = Literal["PARTITION", "LOCATIONS", "INTEGER_PROGRAM", "PROMISED"]
"""PROMISED: what a quote said, not searched for again."""


@dataclass(frozen=True, slots=True)
class Solution:
    """`bound`, in micros: no loads that send as much cost less."""

    loads: Loads
    cost: int
    bound: int
    method: Method

    @property
    def proven(self) -> bool:
        return self.bound >= self.cost


@dataclass(frozen=True, slots=True)
class End:
    """How a table of costs ends best: most units, then least cost, then fewest shipments."""

    units: int
    cost: int
    shipments: int
    state: int


def solve(offers: Offers, rules: Rules, search: Search) -> Solution | Undecided | None:
    """Return the cheapest loads that the rules allow; None when there are none."""
    if not len(offers.candidates) or rules.most_shipments < 1:
        return None
    shape, most = rules.shape, min(rules.most_shipments, rules.most_parts, len(offers.candidates))
    if shape.loads * len(offers.candidates) + shape.steps * most > search.most_steps:
        return _by_integer_program(offers, rules, search)
    return _Exact(offers, rules, load_space(shape), most).solution(search)


def _by_integer_program(offers: Offers, rules: Rules, search: Search, bound: int | None = None) -> Solution | Undecided | None:
    cap_s = search.time_cap.total_seconds()
    found = solution(lambda: (offers.stated, rules, cap_s), lambda: integer_loads(offers, rules, cap_s))
    if not isinstance(found, IntegerSolution):
        return found
    least = found.bound if bound is None else max(bound, found.bound)
    return Solution(found.loads, found.cost, min(least, found.cost), "INTEGER_PROGRAM")


class _Exact:
    def __init__(self, offers: Offers, rules: Rules, space: LoadSpace, most: int) -> None:
        self._offers, self._rules, self._space, self._most = offers, rules, space, most
        self._any = offers.table(space)
        self._table = self._any
        if rules.least_value:
            worth = space.amounts @ np.array(rules.values, np.int64) >= rules.least_value
            self._table = np.where(worth, self._any, NEVER)

    def solution(self, search: Search) -> Solution | Undecided | None:
        alone = self._alone()
        reusing = Reusing(self._space, self._table, self._most)
        bound = self._end(reusing.costs)
        if bound is None or (alone and _is_better(alone[0], bound)):
            return self._told(alone, "PARTITION")
        deal = reusing.deal(bound.shipments, bound.state)
        if len({candidate for candidate, _ in deal}) == len(deal):
            return self._told((bound, deal), "PARTITION")
        table = self._table if self._rules.partial else self._pruned(reusing, deal)
        candidates = worth_asking(table, self._most)
        if self._space.shape.steps * self._most * len(candidates) > search.most_steps:
            return _by_integer_program(self._offers, self._rules, search, None if self._rules.partial else bound.cost)
        once = UsingOnce(self._space, table, candidates, self._most)
        end = self._end(once.costs)
        found = (end, once.deal(end.shipments, end.state)) if end else None
        if alone and (found is None or _is_better(alone[0], found[0])):
            found = alone
        return self._told(found, "LOCATIONS")

    def _pruned(self, reusing: Reusing, deal: Deal) -> Ints:
        """Return the table without what no optimum holds, by the cost of a known plan and the bound of what a load leaves over."""
        if self._space.states != len(self._space.amounts):  # places are counted: states are more than loads
            return self._table
        upper = each_elsewhere(self._table, [load for _, load in deal])
        rest = reusing.costs[:-1].min(axis=0)[::-1]
        return no_dearer_than(self._table, min(upper, NEVER - 1), rest)

    def _end(self, costs: Ints) -> End | None:
        if not self._rules.partial:
            return self._whole_end(costs[1:, self._space.whole])
        states = np.arange(self._space.states)
        shipments, places = np.nonzero(costs[1:, states] < POSSIBLE)
        if not len(shipments):
            return None
        units, asked = self._space.units_sent[states[places]], costs[shipments + 1, states[places]]
        best = np.lexsort((shipments, asked, -units))[0]
        return End(int(units[best]), int(asked[best]), int(shipments[best]) + 1, int(states[places[best]]))

    def _whole_end(self, costs: Ints) -> End | None:
        """Return the same of what sends everything: the first of the least, for the rows go by the number of shipments."""
        best = int(np.argmin(costs)) if costs.size else 0
        if not costs.size or costs.flat[best] >= POSSIBLE:
            return None
        shipments, place = divmod(best, costs.shape[1])
        return End(sum(self._rules.quantities), int(costs.flat[best]), shipments + 1, int(self._space.whole[place]))

    def _alone(self) -> tuple[End, Deal] | None:
        """Return the best single shipment, which may be worth less than those of a plan that has several."""
        if not self._rules.least_value:
            return None
        first = np.flatnonzero(self._space.before == 0)
        loads = self._space.load[first]
        candidates = self._any[:, loads].argmin(axis=0)
        costs = np.full((2, self._space.states), NEVER, np.int64)
        costs[1, self._space.after[first]] = self._any[candidates, loads]
        end = self._end(costs)
        if end is None:
            return None
        step = int(np.flatnonzero(self._space.after[first] == end.state)[0])
        return end, ((int(candidates[step]), int(loads[step])),)

    def _told(self, found: tuple[End, Deal] | None, method: Method) -> Solution | None:
        if found is None:
            return None
        end, deal = found
        loads = {candidate: tuple(map(int, self._space.amounts[load])) for candidate, load in deal}
        return Solution(loads, end.cost, end.cost, method)


def _is_better(one: End, other: End) -> bool:
    return (-one.units, one.cost) <= (-other.units, other.cost)
