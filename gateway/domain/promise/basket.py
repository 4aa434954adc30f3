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


Held = dict[LocationCode, int]
"""Units of one sku by place; only of places that have any."""


@dataclass
class Shelves:
    """The positions of a basket's skus, looked through once for the basket and all its stages."""

    facts: PromiseFacts
    lines: tuple[SkuQuantity, ...]

    @cached_property
    def at(self) -> dict[Sku, dict[LocationCode, StockPosition]]:
        return {line.sku: {at.location: at for at in self.facts.positions.get(line.sku, ())} for line in self.lines}

    @cached_property
    def moving(self) -> dict[LocationCode, list[tuple[StockPosition, int]]]:
        """Those that have more later than now, with the units wanted of them."""
        found: dict[LocationCode, list[tuple[StockPosition, int]]] = {}
        for line in self.lines:
            later = line.sku in self.facts.released_at
            for at in self.facts.positions.get(line.sku, ()):
                if at.inbound or later:
                    found.setdefault(at.location, []).append((at, line.quantity))
        return found


class Basket:
    """The lines, each sku once, and the units of them at each place; what is too old to be promised is kept apart (`withheld`).

    `by`: with the supply that comes until then; None: what is at hand. What comes to a place is counted when the place is first looked at.
    """

    def __init__(self, facts: PromiseFacts, lines: Iterable[SkuQuantity], by: datetime | None = None) -> None:
        self._facts, self.by = facts, by
        self.lines = merged_lines(lines)
        self.weight_g_by_sku = facts.weight_g_by_sku
        self.weight_g = sum(facts.weight_g_by_sku.get(line.sku, 0) * line.quantity for line in self.lines)
        self.value = sum((facts.value_by_sku.get(line.sku, Decimal(0)) * line.quantity for line in self.lines), Decimal(0))
        self._units: dict[Sku, Held] = {line.sku: {} for line in self.lines}
        self._withheld: dict[Sku, Held] = {line.sku: {} for line in self.lines}
        self._from_at: dict[LocationCode, datetime] = {}
        self._totals: dict[Sku, int] = {}
        self._coming: dict[tuple[LocationCode, Sku], tuple[Coming, ...]] = {}
        self._until: list[datetime] | None = None
        self._later: list[Basket] = []
        self._shelves = Shelves(facts, self.lines)
        self._unseen: dict[LocationCode, list[tuple[StockPosition, int]]] = {}
        self._now = LONG_AGO
        self.ranked: dict[object, Any] = {}
        """What was made of it for each way to go, kept as long as it."""
        self._rows: tuple[Roster, Ints, Ints] | None = None

    def at_hand(self) -> "Basket":
        """Count what is there now. Written flat: a basket looks at a thousand positions."""
        for line in self.lines:
            if line.sku not in self._facts.released_at:
                positions = self._facts.positions.get(line.sku, ())
                self._units[line.sku] = {
                    at.location: left
                    for at in positions
                    if at.sellable and (left := at.stated - at.allocated - at.reserved - at.safety_stock) > 0
                }
                self._withheld[line.sku] = {
                    at.location: left for at in positions if not at.sellable and (left := available_to_sell(at)) > 0
                }
        return self

    @property
    def units(self) -> dict[Sku, Held]:
        """What can be promised, of each sku by place."""
        self._see_all()
        return self._units

    @property
    def waits(self) -> bool:
        """Tell whether some place has its part only later."""
        self._see_all()
        return bool(self._from_at)

    def from_at(self, location: LocationCode) -> datetime | None:
        """Return since when a place has its part, where it has to wait."""
        self._see(location)
        return self._from_at.get(location)

    def shelf(self, location: LocationCode) -> dict[Sku, int]:
        """Return what a place has of it, by sku; nothing of what it has none of."""
        self._see(location)
        return {sku: held[location] for sku, held in self._units.items() if location in held}

    def withholds(self, location: LocationCode, skus: Iterable[Sku]) -> bool:
        """Tell whether a place has units of one of these whose figures are too old."""
        self._see(location)
        return any(location in self._withheld[sku] for sku in skus)

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
        for here in self._shelves.moving.values():
            for at, _ in here:
                if at.inbound and at.sellable:
                    since = released_at.get(at.sku, LONG_AGO)
                    dates |= {max(lot.expected_at, since) for lot in at.inbound if lot.expected_at > now and lot.available > 0}
        return sorted(at for at in dates if now < at <= until)

    def _at(self, by: datetime, now: datetime) -> "Basket":
        """Return the basket as it is at a date: what is at hand, and at places that have more by then what they have."""
        later = Basket(self._facts, self.lines, by)
        later._shelves, later._now = self._shelves, now
        later._units = {sku: dict(held) for sku, held in self._units.items()}
        later._withheld = {sku: dict(held) for sku, held in self._withheld.items()}
        later._unseen = dict(self._shelves.moving)
        return later

    def _see_all(self) -> None:
        while self._unseen:
            self._see(next(iter(self._unseen)))

    def _see(self, location: LocationCode) -> None:
        for position, quantity in self._unseen.pop(location, ()):
            self._expect(position, quantity)

    def _expect(self, position: StockPosition, quantity: int) -> None:
        """Count what a place has of a sku by the date, and since when it has what the basket takes of it."""
        now = self._now
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
        had = max(0, available_to_sell(position)) + sum(lot.units for lot in coming)
        if had:
            (self._units if position.sellable else self._withheld)[position.sku][position.location] = had
        if position.sellable and coming:
            self._coming[position.location, position.sku] = coming
        if position.sellable and wanted and since > now:
            self._from_at[position.location] = max(since, self._from_at.get(position.location, since))

    def awaited(self, location: LocationCode, lines: Iterable[SkuQuantity]) -> tuple[Awaited, ...]:
        """Return which of the units that a place sends are still to come: those of the latest supply first, so that its shelf stays."""
        from_at = self.from_at(location)
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
            number, units = roster.number, self.units
            shelves = np.zeros((len(roster.codes) + 1, len(self.lines)), np.int64)
            for n, line in enumerate(self.lines):
                held = units[line.sku]
                shelves[[number.get(code, -1) for code in held], n] = list(held.values())
            found = np.flatnonzero(shelves[:-1].any(axis=1))
            self._rows = roster, found, shelves[found]
        return self._rows[1], self._rows[2]

    @cached_property
    def quantities(self) -> Ints:
        return np.array([line.quantity for line in self.lines], np.int64)

    def whole_at(self, location: LocationCode) -> bool:
        """Tell whether the place has all of it."""
        self._see(location)
        units = self._units
        return all(units[line.sku].get(location, 0) >= line.quantity for line in self.lines)

    def most_units(self, location: LocationCode) -> int:
        """Return how many units of it a place can send."""
        self._see(location)
        return sum(min(line.quantity, self._units[line.sku].get(location, 0)) for line in self.lines)

    def missing_at(self, location: LocationCode) -> tuple[Sku, ...]:
        self._see(location)
        return tuple(line.sku for line in self.lines if self._units[line.sku].get(location, 0) < line.quantity)

    def total(self, sku: Sku) -> int:
        if sku not in self._totals:
            self._totals[sku] = sum(self.units[sku].values())
        return self._totals[sku]

    def total_withheld(self, sku: Sku) -> int:
        self._see_all()
        return sum(self._withheld[sku].values())

    def age(self, shipments: Iterable[PlannedShipment], now: datetime) -> tuple[datetime, Freshness]:
        """Return the oldest figure that a plan rests on, and the worst freshness."""
        at = self._shelves.at
        used = [at[line.sku][shipment.location] for shipment in shipments for line in shipment.lines if shipment.location in at[line.sku]]
        return min((position.as_of for position in used), default=now), worst(position.freshness for position in used)
