"""A whole pass over a location that looks like garbage: weighed before any of it is believed, believed when it is said again."""

import heapq
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.ids import LocationCode, Sku
from gateway.domain.stock_guard import StockGuard

SAMPLED = 50
"""Moved rows of a quarantined pass that are remembered, to see whether a later one agrees."""


@dataclass(frozen=True, slots=True)
class MovedRow:
    """A figure that a pass would change: what stood, and what it said."""

    sku: Sku
    before: int
    told: int

    def is_meant_by(self, told: int) -> bool:
        """Tell whether another figure agrees with this one rather than with what stood: shops go on selling meanwhile."""
        return abs(told - self.told) < abs(told - self.before)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A pass that is not believed. `at`: since when; `as_of`: of when its figures are; `released`: a person wants the next one believed."""

    location: LocationCode
    why: str
    at: datetime
    as_of: datetime
    looked_at: datetime
    """When a pass was last looked at."""
    rows: int
    moved: int
    sample: tuple[MovedRow, ...] = ()
    released: bool = False


@dataclass
class Weighing:
    """What a whole pass says of one location. `usual`: rows of the last pass that was believed, 0: there was none."""

    guard: StockGuard
    usual: int = 0
    watched: Mapping[Sku, MovedRow] = field(default_factory=dict)
    """Rows of an earlier pass that was not believed."""
    rows: int = 0
    units_before: int = 0
    units_moved: int = 0
    to_zero: int = 0
    moved: dict[Sku, MovedRow] = field(default_factory=dict)

    def add_same(self, units: int) -> None:
        """Count a row that moves nothing; `units`: what it says of a position that was known, 0 of a new one."""
        self.rows += 1
        self.units_before += units

    def add_moved(self, row: MovedRow, *, listed: bool = True) -> None:
        self.rows += listed
        self.units_before += max(0, row.before)
        self.units_moved += abs(row.told - row.before)
        self.to_zero += row.told == 0
        self.moved[row.sku] = row

    def doubt(self, *, ended: bool = True) -> str | None:
        """Return why the pass is not believed, None when it is; before its end, a lack of rows says nothing."""
        count = max(self.rows, self.usual)
        if count < self.guard.from_rows:
            return None
        if ended and self.rows < self.guard.fewest_rows * self.usual:
            return f"it has {self.rows} rows, usually {self.usual}"
        if self.to_zero > self.guard.most_to_zero * count:
            return f"{self.to_zero} of {count} positions went to zero"
        if self.units_before and self.units_moved > self.guard.most_moved * self.units_before:
            return f"{self.units_moved} of {self.units_before} units moved"
        return None

    def agrees(self) -> bool:
        """Tell whether it says of the watched rows what the earlier pass said."""
        same = sum(row.sku in self.moved and row.is_meant_by(self.moved[row.sku].told) for row in self.watched.values())
        return bool(self.watched) and same >= self.guard.agreement * len(self.watched)

    def sample(self) -> tuple[MovedRow, ...]:
        """Return some moved rows, the same ones of the same pass."""
        return tuple(heapq.nsmallest(SAMPLED, self.moved.values(), key=lambda row: zlib.crc32(row.sku.encode())))


def is_said_again(old: Quarantine, weighing: Weighing, as_of: datetime) -> bool:
    """Tell whether a later pass confirms one that was not believed. A pass without moved rows, only too short, is confirmed by another."""
    if as_of < old.as_of + weighing.guard.confirm_after:
        return False
    return weighing.agrees() if old.sample else not weighing.moved
