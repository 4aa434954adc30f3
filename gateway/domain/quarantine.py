"""Figures of a location that look like garbage: weighed before any of them is believed, believed when a whole pass says them again."""

import heapq
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    """Figures that are not believed. `at`: since when; `as_of`: of when they are; `released`: a person wants the next pass believed."""

    location: LocationCode
    why: str
    at: datetime
    as_of: datetime
    looked_at: datetime | None
    """When a whole pass was last looked at; None: none was since then."""
    rows: int
    moved: int
    sample: tuple[MovedRow, ...] = ()
    released: bool = False


@dataclass
class Weighing:
    """What a pass, or a push, says of one location. `usual`: rows of the last whole pass that was believed, 0: there was none."""

    guard: StockGuard
    usual: int = 0
    watched: Mapping[Sku, MovedRow] = field(default_factory=dict)
    """Rows of an earlier pass that was not believed."""
    rows: int = 0
    units_before: int = 0
    units_moved: int = 0
    units_untold: int = 0
    """Units of positions that changes leave as they are; a whole pass tells all."""
    to_zero: int = 0
    moved: dict[Sku, MovedRow] = field(default_factory=dict)

    def add_same(self, units: int) -> None:
        """Count a row that moves nothing; `units`: what it says of a position that was known, 0 of a new one."""
        self.rows += 1
        self.units_before += units

    def add_moved(self, row: MovedRow, *, listed: bool = True) -> None:
        """Count a row that moves a figure; where changes name a position again, from what stood at first to what is said last."""
        self.rows += listed
        if earlier := self.moved.get(row.sku):
            self._count(earlier, -1)
            row = replace(row, before=earlier.before)
        self._count(row, 1)
        self.moved[row.sku] = row

    def _count(self, row: MovedRow, sign: int) -> None:
        self.units_before += sign * max(0, row.before)
        self.units_moved += sign * abs(row.told - row.before)
        self.to_zero += sign * (row.told == 0)

    def doubt(self, *, ended: bool = True) -> str | None:
        """Return why a whole pass is not believed, None when it is; before its end, a lack of rows says nothing."""
        if self._count_of_rows < self.guard.from_rows:
            return None
        if ended and self.rows < self.guard.fewest_rows * self.usual:
            return f"it has {self.rows} rows, usually {self.usual}"
        return self._emptied() or self._upset()

    def doubt_of_changes(self) -> str | None:
        """Return why changes are not believed, None when they are. They name some positions only: few rows may move many units."""
        if self._count_of_rows < self.guard.from_rows:
            return None
        return self._emptied() or (self._upset() if self.rows >= self.guard.from_rows else None)

    def may_be_doubted(self, rows: int) -> bool:
        """Tell whether so many more rows of changes could look like garbage, whatever they say."""
        rows += self.rows
        return rows >= self.guard.from_rows or (self.usual >= self.guard.from_rows and rows > self.guard.most_to_zero * self.usual)

    @property
    def _count_of_rows(self) -> int:
        return max(self.rows, self.usual)

    def _emptied(self) -> str | None:
        many = self.to_zero > self.guard.most_to_zero * self._count_of_rows
        return f"{self.to_zero} of {self._count_of_rows} positions went to zero" if many else None

    def _upset(self) -> str | None:
        units = self.units_before + self.units_untold
        return f"{self.units_moved} of {units} units moved" if units and self.units_moved > self.guard.most_moved * units else None

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
