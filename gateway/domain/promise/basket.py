"""What is asked for, and what it finds where: units that can be promised, weight, value, and the age of the figures."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from gateway.domain.awaited import Awaited
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.promise.options import PromiseFacts
from gateway.domain.promise.roster import Ints, Roster
from gateway.domain.quantities import SkuQuantity
from gateway.domain.stock import Coming, Freshness, StockPosition, available_to_sell, to_come, worst

MOST_STAGES = 12
"""So many dates of supply to come are tried, one after the other, until the whole basket can be had."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def merged_lines(lines: Iterable[SkuQuantity]) -> tuple[SkuQuantity, ...]:
    """Return each sku once, with the units of all its lines, in the order of first mention."""
    units: dict[Sku, int] = {}
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    return tuple(SkuQuantity(sku, quantity) for sku, quantity in units.items())


@dataclass
class Shelves:
    """The positions of a basket's skus, looked through once for the basket and all its stages."""

    facts: PromiseFacts
    lines: tuple[SkuQuantity, ...]

    @cached_property
    def by_place(self) -> dict[LocationCode, list[StockPosition]]:
        found: dict[LocationCode, list[StockPosition]] = {}
        for line in self.lines:
            for at in self.facts.positions.get(line.sku, ()):
                found.setdefault(at.location, []).append(at)
        return found

    @cached_property
    def moving(self) -> list[tuple[StockPosition, int]]:
        """Those that have more later than now, with the units wanted of them."""
        later = self.facts.released_at
        return [
            (at, line.quantity) for line in self.lines for at in self.facts.positions.get(line.sku, ()) if at.inbound or line.sku in later
        ]


class Basket:
    """The lines, each sku once, and the units of them at each place; what is too old to be promised is kept apart (`withheld`).

    `by`: with the supply that comes until then; None: what is at hand. `from_at` is since when a place has its part, where it has to wait.
    """

    def __init__(self, facts: PromiseFacts, lines: Iterable[SkuQuantity], by: datetime | None = None) -> None:
        self._facts, self.by = facts, by
        self.lines = merged_lines(lines)
        self.weight_g_by_sku = facts.weight_g_by_sku
        self.weight_g = sum(facts.weight_g_by_sku.get(line.sku, 0) * line.quantity for line in self.lines)
        self.value = sum((facts.value_by_sku.get(line.sku, Decimal(0)) * line.quantity for line in self.lines), Decimal(0))
        self.units: dict[LocationCode, dict[Sku, int]] = {}
        self.withheld: dict[LocationCode, dict[Sku, int]] = {}
        self.from_at: dict[LocationCode, datetime] = {}
        self._totals: dict[Sku, int] = {}
        self._coming: dict[tuple[LocationCode, Sku], tuple[Coming, ...]] = {}
        self._until: list[datetime] | None = None
        self._later: list[Basket] = []
        self._shelves = Shelves(facts, self.lines)
        self.ranked: dict[object, Any] = {}
        """What was made of it for each way to go, kept as long as it."""
        self._rows: tuple[Roster, Ints, Ints] | None = None

    def at_hand(self) -> "Basket":
        """Count what is there now. Written flat: a basket looks at a thousand positions."""
        units, withheld, released_at = self.units, self.withheld, self._facts.released_at
        for line in self.lines:
            sku = line.sku
            for at in () if sku in released_at else self._facts.positions.get(sku, ()):
                left = at.stated - at.allocated - at.reserved - at.safety_stock
                if left > 0:
                    shelf = units if at.sellable else withheld
                    if at.location in shelf:
                        shelf[at.location][sku] = left
                    else:
                        shelf[at.location] = {sku: left}
        return self

    def _put(self, position: StockPosition, units: int) -> None:
        if units > 0:
            shelf = self.units if position.sellable else self.withheld
            shelf.setdefault(position.location, {})[position.sku] = units

    def stages(self, now: datetime) -> Iterator["Basket"]:
        """Yield the basket, then as it is with the supply of one date after the other."""
        yield self
        if self._until is None:
            self._until = self._dates(now)[:MOST_STAGES]
        for number, by in enumerate(self._until):
            if number == len(self._later):
                self._later.append(self._at(by, now))
            yield self._later[number]

    def _dates(self, now: datetime) -> list[datetime]:
        """Return when more of the basket can be had, within what the channel sells ahead."""
        until = now + self._facts.channel.sells_supply_within
        released_at = self._facts.released_at
        dates = {released_at.get(line.sku, LONG_AGO) for line in self.lines}
        for at, _ in self._shelves.moving:
            if at.inbound and at.sellable:
                dates |= {max(lot.expected_at, released_at.get(at.sku, LONG_AGO)) for lot in to_come(at, now)}
        return sorted(at for at in dates if now < at <= until)

    def _at(self, by: datetime, now: datetime) -> "Basket":
        """Return the basket as it is at a date: what is at hand, and at places that have more by then what they have."""
        later = Basket(self._facts, self.lines, by)
        later._shelves = self._shelves
        later.units, later.withheld = dict(self.units), dict(self.withheld)
        for position, _ in self._shelves.moving:
            for shelves in (later.units, later.withheld):
                if position.location in shelves:
                    shelves[position.location] = dict(shelves[position.location])
        for position, quantity in self._shelves.moving:
            later._expect(position, quantity, now)
        return later

    def _expect(self, position: StockPosition, quantity: int, now: datetime) -> None:
        """Count what a place has of a sku by the date, and since when it has what the basket takes of it."""
        by = self.by or now
        released_at = self._facts.released_at.get(position.sku, LONG_AGO)
        if released_at > by:
            return
        coming = tuple(lot for lot in to_come(position, now) if lot.expected_at <= by)
        units = max(0, available_to_sell(position))
        since, wanted = released_at, min(quantity, units + sum(lot.units for lot in coming))
        for lot in coming:
            if units < wanted:
                units, since = units + lot.units, max(released_at, lot.expected_at)
        self._put(position, max(0, available_to_sell(position)) + sum(lot.units for lot in coming))
        if position.sellable and coming:
            self._coming[position.location, position.sku] = coming
        if position.sellable and wanted and since > now:
            self.from_at[position.location] = max(since, self.from_at.get(position.location, since))

    def awaited(self, location: LocationCode, lines: Iterable[SkuQuantity]) -> tuple[Awaited, ...]:
        """Return which of the units that a place sends are still to come: those of the latest supply first, so that its shelf stays."""
        from_at = self.from_at.get(location)
        found: list[Awaited] = []
        for line in lines:
            left = line.quantity
            for lot in reversed(self._coming.get((location, line.sku), ())):
                part = min(left, lot.units) if from_at is not None and lot.expected_at <= from_at else 0
                left -= part
                if part:
                    found.append(Awaited(line.sku, part, lot.lot, lot.expected_at, lot.kept))
        return tuple(found)

    def rows(self, roster: Roster) -> tuple[Ints, Ints]:
        """Return the numbers of the places that have some of it, and what they have (places x lines)."""
        if self._rows is None or self._rows[0] is not roster:
            number = roster.number
            held = [(number[code], shelf) for code, shelf in self.units.items() if code in number]
            shelves = np.empty((len(held), len(self.lines)), np.int64)
            for n, line in enumerate(self.lines):
                shelves[:, n] = [shelf.get(line.sku, 0) for _, shelf in held]
            self._rows = roster, np.array([row for row, _ in held], np.int64), shelves
        return self._rows[1], self._rows[2]

    def whole_at(self, location: LocationCode) -> bool:
        """Tell whether the place has all of it."""
        shelf = self.units.get(location, {})
        return all(shelf.get(line.sku, 0) >= line.quantity for line in self.lines)

    def missing_at(self, location: LocationCode) -> tuple[Sku, ...]:
        shelf = self.units.get(location, {})
        return tuple(line.sku for line in self.lines if shelf.get(line.sku, 0) < line.quantity)

    def total(self, sku: Sku) -> int:
        if sku not in self._totals:
            self._totals[sku] = sum(units.get(sku, 0) for units in self.units.values())
        return self._totals[sku]

    def total_withheld(self, sku: Sku) -> int:
        return sum(units.get(sku, 0) for units in self.withheld.values())

    def age(self, shipments: Iterable[PlannedShipment], now: datetime) -> tuple[datetime, Freshness]:
        """Return the oldest figure that a plan rests on, and the worst freshness."""
        skus = [(shipment.location, {line.sku for line in shipment.lines}) for shipment in shipments]
        used = [at for place, sent in skus for at in self._shelves.by_place.get(place, ()) if at.sku in sent]
        return min((position.as_of for position in used), default=now), worst(position.freshness for position in used)
