"""Baskets with lines that no single location has whole: exact over locations for small ones, a search for a good plan beyond."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product
from math import prod

from gateway.domain.sourcing.pricing import Load, Tariff

Loads = dict[int, Load]
"""Units by line, by candidate."""
EXACT_WORK = 150_000
"""Most (state, choice, location) steps of the exact search; about 100 ms."""


class Stock:
    """Who has what: `available` by candidate and line; `whole` lines are not split."""

    def __init__(self, quantities: Load, available: Sequence[Load], whole: Sequence[bool], prices: Sequence[Tariff]) -> None:
        self.quantities, self.available, self.whole, self.prices = quantities, available, whole, prices

    def takes(self, candidate: int, wanted: Load) -> list[range | tuple[int, ...]]:
        """Return by line how many units the candidate may send of those still wanted, the most first: of equal plans that one wins."""
        return [
            ((want, 0) if have >= want > 0 else (0,)) if whole else range(min(have, want), -1, -1)
            for have, want, whole in zip(self.available[candidate], wanted, self.whole, strict=True)
        ]

    def most(self, candidate: int, wanted: Load) -> Load:
        return tuple(choices[0] for choices in self.takes(candidate, wanted))

    def cost(self, loads: Loads) -> Decimal | None:
        """Return what the shipments cost; None when one of them cannot travel."""
        total = Decimal(0)
        for candidate, load in loads.items():
            price = self.prices[candidate].price(load)
            if price is None:
                return None
            total += price[0]
        return total


def exact_work(stock: Stock, max_shipments: int) -> int:
    """Return about how many steps the exact search would take."""
    states = prod(2 if whole else quantity + 1 for quantity, whole in zip(stock.quantities, stock.whole, strict=True))
    return states * states * len(stock.available) * max_shipments


def exact_loads(stock: Stock, max_shipments: int) -> Loads | None:
    """Return the cheapest loads: dynamic programming over locations, each used once, the state being the units still wanted."""
    done: Load = (0,) * len(stock.quantities)
    best: dict[tuple[Load, int], tuple[Decimal, tuple[tuple[int, Load], ...]]] = {(stock.quantities, 0): (Decimal(0), ())}
    for candidate in range(len(stock.available)):
        for (wanted, used), (spent, loads) in list(best.items()):
            if used == max_shipments or wanted == done:
                continue
            for load in product(*stock.takes(candidate, wanted)):
                price = stock.prices[candidate].price(load) if any(load) else None
                if price is None:
                    continue
                state = (tuple(want - units for want, units in zip(wanted, load, strict=True)), used + 1)
                if state not in best or spent + price[0] < best[state][0]:
                    best[state] = (spent + price[0], (*loads, (candidate, load)))
    ends = [end for (wanted, _), end in best.items() if wanted == done]
    return dict(min(ends, key=lambda end: end[0])[1]) if ends else None


def good_loads(stock: Stock, max_shipments: int) -> Loads | None:
    """Return good loads, not proven the cheapest: the better of two greedy plans, improved while a move of a shipment pays."""
    plans = [plan for by_units in (True, False) if (plan := _greedy(stock, max_shipments, by_units=by_units)) is not None]
    improved = [_improved(stock, plan) for plan in plans]
    return min(improved, key=lambda plan: (stock.cost(plan) or Decimal(0), len(plan)), default=None)


def _greedy(stock: Stock, max_shipments: int, *, by_units: bool) -> Loads | None:
    """Take as much as one place has, again and again: from who has most, or from who asks least per unit."""
    wanted, loads = stock.quantities, Loads()
    while any(wanted) and len(loads) < max_shipments:
        offers = []
        for candidate in range(len(stock.available)):
            load = stock.most(candidate, wanted) if candidate not in loads else ()
            price = stock.prices[candidate].price(load) if any(load) else None
            if price is not None:
                units = sum(load)
                offers.append((-units if by_units else 0, price[0] / units, candidate, load))
        if not offers:
            return None
        _, _, candidate, load = min(offers)
        loads[candidate] = load
        wanted = tuple(want - units for want, units in zip(wanted, load, strict=True))
    return None if any(wanted) else loads


def _improved(stock: Stock, loads: Loads) -> Loads:
    cost = stock.cost(loads) or Decimal(0)
    while True:
        better = [
            (moved_cost, moved) for moved in _moves(stock, loads) if (moved_cost := stock.cost(moved)) is not None and moved_cost < cost
        ]
        if not better:
            return loads
        cost, loads = min(better, key=lambda offer: offer[0])


def _moves(stock: Stock, loads: Loads) -> Iterator[Loads]:
    """Yield plans in which one shipment is sent by another place, alone or together with what that place sends already."""
    for sender, load in loads.items():
        for other in range(len(stock.available)):
            if other == sender:
                continue
            joint = tuple(mine + theirs for mine, theirs in zip(load, loads.get(other, (0,) * len(load)), strict=True))
            if all(have >= units for have, units in zip(stock.available[other], joint, strict=True)):
                yield {**{place: kept for place, kept in loads.items() if place != sender}, other: joint}
