"""The cheapest way to deal a basket out when each place is used once: dynamic programming over places, exact for any cost of a shipment."""

import numpy as np

from gateway.domain.sourcing.loads import Ints, LoadSpace, first_of_each
from gateway.domain.sourcing.millionths import NEVER, POSSIBLE
from gateway.domain.sourcing.reusing import Deal

FEW_STEPS = 256
"""So few are all tried; of more, those that a place can take are picked first."""


def worth_asking(table: Ints, most_shipments: int) -> Ints:
    """Return the candidates that some best plan can do with, in order.

    A load needs only its `most_shipments` cheapest places: the other shipments of a plan take away fewer. Of equal ones the first count.
    """
    able = np.flatnonzero((table < NEVER).any(axis=1))
    if len(able) <= most_shipments:
        return able
    table = table[able]
    key = np.where(table < NEVER, table, NEVER // len(table) - 1) * len(table) + np.arange(len(table))[:, None]
    few = np.argpartition(key, most_shipments - 1, axis=0)[:most_shipments]
    chosen = np.zeros(len(able), bool)
    chosen[few[np.take_along_axis(table, few, axis=0) < NEVER]] = True
    return able[chosen]


def no_dearer_than(table: Ints, upper: int, rest: Ints) -> Ints:
    """Return the table without what no plan of at most this cost holds; `rest`: the least that what a load leaves over costs."""
    return np.where(table + rest[None, :] <= upper, table, NEVER)


def each_elsewhere(table: Ints, loads: list[int]) -> int:
    """Return what these loads cost when each goes to the cheapest place that is still free; NEVER where one finds none."""
    used: list[int] = []
    total = 0
    for load in loads:
        asked = table[:, load].copy()
        asked[used] = NEVER
        used.append(int(np.argmin(asked)))
        total += int(asked[used[-1]])
    return total if total < POSSIBLE else NEVER


class UsingOnce:
    """`costs[k, state]`, as in Reusing, with no place used twice; `before` keeps what they were before each place took part."""

    def __init__(self, space: LoadSpace, table: Ints, candidates: Ints, most_shipments: int) -> None:
        self._space, self._table, self._candidates = space, table, candidates
        self.costs = np.full((most_shipments + 1, space.states), NEVER, np.int64)
        self.costs[0, 0] = 0
        self._before = [self.costs]
        for candidate in candidates:
            self.costs = self._with(table[candidate])
            self._before.append(self.costs)

    def _with(self, asked: Ints) -> Ints:
        """Return the costs when one more place may take part."""
        space, costs = self._space, self.costs.copy()
        before, load, reached, starts = space.before, space.load, space.reached, space.starts
        if len(load) > FEW_STEPS:
            steps = np.flatnonzero((asked < POSSIBLE)[load])
            if not len(steps):
                return costs
            before, load = before[steps], load[steps]
            reached, starts = first_of_each(space.after[steps])
        offered = np.minimum.reduceat(self.costs[:-1, before] + asked[load], starts, axis=1)
        known = costs[1:, reached]
        costs[1:, reached] = np.where(offered < np.minimum(known, POSSIBLE), offered, known)
        return costs

    def deal(self, count: int, state: int) -> Deal:
        """Return the shipments behind a cost."""
        space, found = self._space, []
        for number in range(len(self._candidates) - 1, -1, -1):
            earlier = self._before[number]
            if not count or self._before[number + 1][count, state] == earlier[count, state]:
                continue
            candidate = int(self._candidates[number])
            steps = np.flatnonzero(space.after == state)
            costs = earlier[count - 1, space.before[steps]] + self._table[candidate, space.load[steps]]
            step = steps[len(steps) - 1 - int(costs[::-1].argmin())]  # of equal ones what leaves the most to the places before it
            found.append((candidate, int(space.load[step])))
            count, state = count - 1, int(space.before[step])
        return tuple(found)
