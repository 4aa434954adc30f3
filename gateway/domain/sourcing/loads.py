"""Every load that a shipment of a basket may have, and how loads add up to the basket: the index space of the exact algorithms."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
KEPT_STEPS = 60_000
"""Larger spaces are made anew each time."""
MOST_FITS = 100_000
"""So many (shelf, load) stand in a table at most, of a space that is kept."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides the space: units by line, which lines may be split, and over how many places at most (None: any number)."""

    quantities: tuple[int, ...]
    splits: tuple[bool, ...]
    most_places: tuple[int | None, ...]

    @property
    def lines(self) -> list["LineMoves"]:
        return [line_moves(*line) for line in self.each]

    @property
    def each(self) -> Iterator[tuple[int, bool, int | None]]:
        for units, splits, places in zip(self.quantities, self.splits, self.most_places, strict=True):
            yield units, splits, None if places is None or places >= units else places

    @property
    def loads(self) -> int:
        """How many loads there are, the empty one among them."""
        return _sizes(self)[0]

    @property
    def steps(self) -> int:
        """How many (state, load) there are; counted, for a space that is too large is never made."""
        return _sizes(self)[1]

    @property
    def is_small(self) -> bool:
        """Tell whether its space is kept."""
        return self.steps <= KEPT_STEPS


@lru_cache(maxsize=1024)
def _sizes(shape: Shape) -> tuple[int, int]:
    loads = prod(2 if not splits else units + 1 for units, splits in zip(shape.quantities, shape.splits, strict=True))
    return loads, prod(line_steps(*line) for line in shape.each)


@dataclass(frozen=True, slots=True)
class LineMoves:
    """One line: its possible amounts and states, and for each step from which state, with which amount, to which state it leads."""

    amounts: tuple[int, ...]
    sent: tuple[int, ...]
    before: Ints
    load: Ints
    after: Ints


def line_steps(units: int, splits: bool, most_places: int | None) -> int:  # noqa: FBT001 - as of `line_moves`
    """Return how many steps `line_moves` would return."""
    if not splits:
        return 3
    if most_places is None:
        return (units + 1) * (units + 2) // 2
    states = 1 + sum(min(sent, most_places) for sent in range(1, units + 1))
    return states + units + sum((units - sent) * min(sent, most_places - 1) for sent in range(1, units + 1))


@lru_cache(maxsize=1024)
def line_moves(units: int, splits: bool, most_places: int | None) -> LineMoves:  # noqa: FBT001 - part of a cache's key
    """Return the steps of a line; where places are counted, a state is (units sent, places used)."""
    amounts = tuple(range(units + 1)) if splits else (0, units)
    if most_places is None or not splits:
        states = [(sent, 0) for sent in amounts]
        counts = 0
    else:
        states = [(0, 0)] + [(sent, used) for sent in range(1, units + 1) for used in range(1, min(sent, most_places) + 1)]
        counts = 1
    number = {state: index for index, state in enumerate(states)}
    steps = [
        (number[sent, used], index, number[sent + amount, used + counts * bool(amount)])
        for sent, used in states
        for index, amount in enumerate(amounts)
        if (sent + amount, used + counts * bool(amount)) in number
    ]
    before, load, after = np.array(steps, np.int64).T
    return LineMoves(amounts, tuple(sent for sent, _ in states), before, load, after)


class LoadSpace:
    """`amounts`: loads x lines. A step leads from one state of what was sent to another by one load, which is never empty.

    Steps stand in the order of the states that they lead to; `starts` tells where those of each of `reached` begin.
    """

    def __init__(self, shape: Shape) -> None:
        lines = shape.lines
        self.shape = shape
        self.amounts = _table([np.array(line.amounts, np.int64) for line in lines])
        sent = _table([np.array(line.sent, np.int64) for line in lines])
        self.units_sent = sent.sum(axis=1)
        self.whole = np.flatnonzero((sent == np.array(shape.quantities)).all(axis=1))
        before = _joined([line.before for line in lines], [len(line.sent) for line in lines])
        load = _joined([line.load for line in lines], [len(line.amounts) for line in lines])
        after = _joined([line.after for line in lines], [len(line.sent) for line in lines])
        order = np.flatnonzero(load)
        order = order[np.argsort(after[order], kind="stable")]
        self.before, self.load, self.after = before[order], load[order], after[order]
        self.reached, self.starts = first_of_each(self.after)
        self._radix = np.cumprod([1, *(units + 1 for units in shape.quantities[:0:-1])], dtype=np.int64)[::-1]
        few = shape.is_small and prod(units + 1 for units in shape.quantities) * len(self.amounts) <= MOST_FITS
        self._fits = self._every_shelf() if few else None

    def _every_shelf(self) -> Flags:
        """Return `fitting` of all that a place may have, in the order of their numbers: places of which many have the same look it up."""
        return _fitting(_table([np.arange(units + 1) for units in self.shape.quantities]), self.amounts)

    @property
    def states(self) -> int:
        return len(self.units_sent)

    def fitting(self, have: Ints) -> Flags:
        """Return which loads, the empty one left out, places have all of that have so much, no more of a line than is wanted."""
        if self._fits is None:
            return _fitting(have, self.amounts)
        found: Flags = self._fits.take(have @ self._radix, axis=0)
        return found

    @property
    def full(self) -> int:
        """The load that is everything."""
        return len(self.amounts) - 1


def _fitting(have: Ints, amounts: Ints) -> Flags:
    fits = np.broadcast_to(amounts.any(axis=1), (len(have), len(amounts)))
    for number in range(amounts.shape[1]):
        fits = fits & (have[:, number, None] >= amounts[None, :, number])
    return fits


def first_of_each(ordered: Ints) -> tuple[Ints, Ints]:
    """Return the distinct values of an ordered array and where each begins."""
    if not len(ordered):
        return ordered, ordered
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return ordered[starts], starts


def _table(columns: list[Ints]) -> Ints:
    """Return all combinations of the columns' values, the last changing fastest."""
    grids = np.meshgrid(*columns, indexing="ij")
    return np.stack([grid.ravel() for grid in grids], axis=1)


def _joined(indexes: list[Ints], sizes: list[int]) -> Ints:
    """Return the numbers of all combinations of the lines' states, as `_table` counts them."""
    joined: NDArray[Any] = np.zeros(1, np.int64)
    for index, size in zip(indexes, sizes, strict=True):
        joined = (joined[:, None] * size + index[None, :]).ravel()
    return joined


_kept = lru_cache(maxsize=64)(LoadSpace)


def load_space(shape: Shape) -> LoadSpace:
    """Return the space of a shape, kept when it is small: most baskets look alike."""
    return _kept(shape) if shape.is_small else LoadSpace(shape)
