"""The cheapest way to deal a basket out when a place may be used again: a lower bound, and the optimum when none is.

Dynamic programming over the states of what was sent; each load costs what the cheapest place asks for it.
"""

import numpy as np

from gateway.domain.sourcing.loads import Ints, LoadSpace
from gateway.domain.sourcing.millionths import NEVER, POSSIBLE

Deal = tuple[tuple[int, int], ...]
"""(candidate, load) of each shipment."""


class Reusing:
    """`costs[k, state]`: the least that k shipments cost which send what the state says."""

    def __init__(self, space: LoadSpace, table: Ints, most_shipments: int) -> None:
        self._space = space
        self._cheapest = table.argmin(axis=0) if len(table) else np.zeros(table.shape[1], np.int64)
        self._price = table[self._cheapest, np.arange(table.shape[1])] if len(table) else np.full(table.shape[1], NEVER)
        self.costs = np.full((most_shipments + 1, space.states), NEVER, np.int64)
        self.costs[0, 0] = 0
        asked = self._price[space.load]
        for count in range(1, most_shipments + 1):
            reached = np.minimum.reduceat(self.costs[count - 1, space.before] + asked, space.starts)
            self.costs[count, space.reached] = np.where(reached < POSSIBLE, reached, NEVER)

    def deal(self, count: int, state: int) -> Deal:
        """Return the shipments behind a cost."""
        found = []
        while count:
            steps = np.flatnonzero(self._space.after == state)
            costs = self.costs[count - 1, self._space.before[steps]] + self._price[self._space.load[steps]]
            step = steps[int(costs.argmin())]
            load = int(self._space.load[step])
            found.append((int(self._cheapest[load]), load))
            count, state = count - 1, int(self._space.before[step])
        return tuple(found)
