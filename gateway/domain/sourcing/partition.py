"""Baskets of few lines that are not split: the exact cheapest way to deal whole lines out to locations.

Which lines travel together is a partition. A block needs only its few cheapest locations: the other blocks of a plan can take
away no more of them.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from gateway.domain.sourcing.pricing import Load, Tariff

Block = tuple[Decimal, int]
"""What a set of lines costs when one location sends it, and which candidate that is."""
Deal = tuple[Decimal, tuple[tuple[int, int], ...]]
"""Total cost, and (set of lines, candidate) of each shipment."""


def cheapest_deal(quantities: Load, holdings: Sequence[int], prices: Sequence[Tariff], max_shipments: int) -> Deal | None:
    """Return the cheapest deal; `holdings` are the lines (as bits) that each candidate has whole.

    Exact: no deal in at most `max_shipments` shipments costs less. None when there is no such deal.
    """
    most = min(max_shipments, len(quantities))
    offers = _offers(quantities, holdings, prices, most)
    everything = (1 << len(quantities)) - 1
    return _Search(offers, _bounds(offers, everything, most)).deal(everything, most)


def subsets(lines: int) -> Iterator[int]:
    """Yield every set of some of the lines."""
    part = lines
    while part:
        yield part
        part = (part - 1) & lines


def _load(quantities: Load, lines: int) -> Load:
    return tuple(quantity if lines >> number & 1 else 0 for number, quantity in enumerate(quantities))


def _offers(quantities: Load, holdings: Sequence[int], prices: Sequence[Tariff], most: int) -> dict[int, list[Block]]:
    """Return for each set of lines its `most` cheapest candidates, the first in order where the cost is the same."""
    loads = {lines: _load(quantities, lines) for lines in subsets((1 << len(quantities)) - 1)}
    taken: dict[tuple[int, int], int] = {}
    offers: dict[int, list[Block]] = {}
    for candidate, (held, tariff) in enumerate(zip(holdings, prices, strict=True)):
        for lines in subsets(held):
            same = (id(tariff), lines)
            count = taken.get(same, 0)
            if count >= most:
                continue
            taken[same] = count + 1
            price = tariff.price(loads[lines])
            if price is not None:
                offers.setdefault(lines, []).append((price[0], candidate))
    return {lines: sorted(blocks)[:most] for lines, blocks in offers.items()}


def _bounds(offers: dict[int, list[Block]], everything: int, most: int) -> list[dict[int, Decimal]]:
    """Return by number of shipments what a set of lines costs at least, were every location free to be used again."""
    bounds: list[dict[int, Decimal]] = [{0: Decimal(0)}]
    for _ in range(most):
        fewer = bounds[-1]
        bound = {0: Decimal(0)}
        for lines in sorted(subsets(everything)):
            costs = [offers[part][0][0] + fewer[lines ^ part] for part in _blocks(lines) if part in offers and lines ^ part in fewer]
            if costs:
                bound[lines] = min(costs)
        bounds.append(bound)
    return bounds


def _blocks(lines: int) -> Iterator[int]:
    """Yield the sets of some of the lines that hold the first of them."""
    first = lines & -lines
    rest = lines ^ first
    yield first
    for part in subsets(rest):
        yield first | part


class _Search:
    """Depth first through the deals, leaving every branch whose bound is no better than the best deal so far."""

    def __init__(self, offers: dict[int, list[Block]], bounds: list[dict[int, Decimal]]) -> None:
        self._offers, self._bounds = offers, bounds
        self._best: Deal | None = None

    def deal(self, everything: int, most: int) -> Deal | None:
        self._walk(everything, most, Decimal(0), ())
        return self._best

    def _walk(self, lines: int, most: int, spent: Decimal, dealt: tuple[tuple[int, int], ...]) -> None:
        if not lines:
            if self._best is None or spent < self._best[0]:
                self._best = (spent, dealt)
            return
        for floor, part in self._branches(lines, most):
            if self._best is not None and spent + floor >= self._best[0]:
                return
            rest = self._bounds[most - 1][lines ^ part]
            for cost, candidate in self._offers[part]:
                if self._best is not None and spent + cost + rest >= self._best[0]:
                    break
                if all(candidate != used for _, used in dealt):
                    self._walk(lines ^ part, most - 1, spent + cost, (*dealt, (part, candidate)))

    def _branches(self, lines: int, most: int) -> list[tuple[Decimal, int]]:
        """Return the first blocks to try with what a deal that holds them costs at least, cheapest first."""
        if most == 0:
            return []
        fewer = self._bounds[most - 1]
        return sorted(
            (self._offers[part][0][0] + fewer[lines ^ part], part)
            for part in _blocks(lines)
            if part in self._offers and lines ^ part in fewer
        )
