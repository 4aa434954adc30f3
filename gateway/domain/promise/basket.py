"""What is asked for, and what it finds where and when: units that can be promised, weight, value, and the age of the figures."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from itertools import groupby, takewhile
from operator import itemgetter
from typing import Any

import numpy as np

from gateway.domain.awaited import Awaited
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.promise.options import PromiseFacts
from gateway.domain.promise.roster import Ints, Roster
from gateway.domain.promise.working_time import TICK
from gateway.domain.quantities import SkuQuantity
from gateway.domain.stock import Freshness, StockPosition, available_to_promise, available_to_sell, to_come, worst

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def merged_lines(lines: Iterable[SkuQuantity]) -> tuple[SkuQuantity, ...]:
    """Return each sku once, with the units of all its lines, in the order of first mention."""
    units: dict[Sku, int] = {}
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    return tuple(SkuQuantity(sku, quantity) for sku, quantity in units.items())


Held = dict[LocationCode, int]
"""Units of one sku by place; only of places that have any."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a place has of a basket from a moment on, its shelf with all that has come by then."""

    from_at: datetime
    units: dict[Sku, int]


class Basket:
    """The lines, each sku once, and the units of them at hand at each place; what is too old to be promised is kept apart (`withheld`)."""

    def __init__(self, facts: PromiseFacts, lines: Iterable[SkuQuantity]) -> None:
        self._facts = facts
        self.lines = merged_lines(lines)
        self.weight_g_by_sku = facts.weight_g_by_sku
        self.weight_g = sum(facts.weight_g_by_sku.get(line.sku, 0) * line.quantity for line in self.lines)
        self.value = sum((facts.value_by_sku.get(line.sku, Decimal(0)) * line.quantity for line in self.lines), Decimal(0))
        self.units: dict[Sku, Held] = {line.sku: {} for line in self.lines}
        self._withheld: dict[Sku, Held] = {line.sku: {} for line in self.lines}
        self._totals: dict[Sku, int] = {}
        self._arrivals: dict[LocationCode, tuple[Arrival, ...]] = {}
        self.ranked: dict[object, Any] = {}
        """What was made of it for each way to go, kept as long as it."""
        self._rows: tuple[Roster, Ints, Ints] | None = None

    @cached_property
    def _at(self) -> dict[Sku, dict[LocationCode, StockPosition]]:
        return {line.sku: {at.location: at for at in self._facts.positions.get(line.sku, ())} for line in self.lines}

    def at_hand(self) -> "Basket":
        """Count what is there now. Written flat: a basket looks at a thousand positions."""
        for line in self.lines:
            if line.sku not in self._facts.released_at:
                positions = self._facts.positions.get(line.sku, ())
                self.units[line.sku] = {
                    at.location: left
                    for at in positions
                    if at.sellable and (left := at.stated - at.allocated - at.reserved - at.safety_stock) > 0
                }
                self._withheld[line.sku] = {
                    at.location: left for at in positions if not at.sellable and (left := available_to_sell(at)) > 0
                }
        return self

    def shelf(self, location: LocationCode) -> dict[Sku, int]:
        """Return what a place has of it at hand, by sku; nothing of what it has none of."""
        return {sku: held[location] for sku, held in self.units.items() if location in held}

    def withholds(self, location: LocationCode, skus: Iterable[Sku]) -> bool:
        """Tell whether a place has units of one of these whose figures are too old."""
        return any(location in self._withheld[sku] for sku in skus)

    def arrivals(
        self,
        now: datetime,
        before: datetime,
        counts: Callable[[datetime, str], bool] | None = None,
        asked_at: datetime | None = None,
    ) -> dict[LocationCode, tuple[Arrival, ...]]:
        """Return by place from when on it has more of what is wanted, date by date before one, within what the channel sells ahead.

        `counts`: whether what comes at a date to places of a time zone is of use; if not, nothing is that comes later. `asked_at`: when
        the channel is to sell it, now unless told.
        """
        until = min(before, (asked_at or now) + self._facts.channel.sells_supply_within + TICK)
        found: dict[LocationCode, tuple[Arrival, ...]] = {}
        for soonest_at, time_zone, places in takewhile(lambda one: one[0] < until, self._moving):
            for place in places if counts is None or counts(soonest_at, time_zone) else ():
                early = [one for one in self._arrivals_at(place, now) if one.from_at < until]
                found[place] = tuple(one for one in early if counts is None or counts(one.from_at, time_zone))
        return {place: arrivals for place, arrivals in found.items() if arrivals}

    @cached_property
    def _moving(self) -> list[tuple[datetime, str, list[LocationCode]]]:
        """The places at which more is to come, together those of one time zone and one moment before which nothing does."""
        alike: dict[tuple[datetime, str], list[LocationCode]] = {}
        for code, at in self._soonest.items():
            place = self._facts.locations.get(code)
            alike.setdefault((at, place.time_zone if place else ""), []).append(code)
        return sorted((at, time_zone, places) for (at, time_zone), places in alike.items())

    @cached_property
    def _soonest(self) -> dict[LocationCode, datetime]:
        """A moment before which nothing more comes, by place; nothing at all comes to those that it leaves out."""
        released_at, soonest = self._facts.released_at, dict[LocationCode, datetime]()
        for line in self.lines:
            opens_at, positions = released_at.get(line.sku), self._facts.positions.get(line.sku, ())
            for at in positions if opens_at is not None else [at for at in positions if at.inbound]:
                first_at = opens_at or min([lot.expected_at for lot in at.inbound])
                soonest[at.location] = min(first_at, soonest.get(at.location, first_at))
        return soonest

    def _arrivals_at(self, place: LocationCode, now: datetime) -> tuple[Arrival, ...]:
        if place not in self._soonest:
            return ()
        if place not in self._arrivals:
            self._arrivals[place] = tuple(self._counted_at(place, now))
        return self._arrivals[place]

    def _counted_at(self, place: LocationCode, now: datetime) -> Iterator[Arrival]:
        held = [(sku, at[place]) for sku, at in self._at.items() if place in at and at[place].sellable]
        lots = sorted([(from_at, sku, more) for sku, position in held for from_at, more in self._lots(position, now)], key=itemgetter(0))
        had, units = self.shelf(place), {sku: 0 for sku, _ in held}
        for from_at, come in groupby(lots, key=itemgetter(0)):
            for _, sku, more in come:
                units[sku] += more
            if any(min(units.get(line.sku, 0), line.quantity) > had.get(line.sku, 0) for line in self.lines):
                had = {sku: count for sku, count in units.items() if count > 0}
                yield Arrival(max(from_at, now), had)

    def _lots(self, position: StockPosition, now: datetime) -> Iterator[tuple[datetime, int]]:
        """Yield since when which units of a position can be sold: its shelf, and what is to come."""
        released_at = self._facts.released_at.get(position.sku, LONG_AGO)
        yield released_at, max(0, available_to_sell(position))
        for lot in to_come(position, now):
            yield max(released_at, lot.expected_at), lot.units

    def awaited(self, location: LocationCode, lines: Iterable[SkuQuantity], from_at: datetime | None, now: datetime) -> tuple[Awaited, ...]:
        """Return which of the units that a place sends from a moment on are still to come: those of the latest supply first.

        So its shelf stays. None: all that it sends is at hand.
        """
        if from_at is None:
            return ()
        coming = {sku: to_come(at[location], now) for sku, at in self._at.items() if location in at and at[location].sellable}
        found: list[Awaited] = []
        for line in lines:
            left = line.quantity
            for lot in reversed(coming.get(line.sku, ())):
                part = min(left, lot.units) if lot.expected_at <= from_at else 0
                left -= part
                if part:
                    found.append(Awaited(line.sku, part, lot.lot, lot.expected_at, lot.kept))
        return tuple(found)

    def due(self, location: LocationCode, lines: Iterable[SkuQuantity], from_at: datetime | None, now: datetime) -> datetime | None:
        """Return when the first lot is due without which a place could not send this from a moment on; None: it rests on none.

        A lot past its date promises nothing, and leaves the safety stock that it would fill up to the lots after it.
        """
        if from_at is None:
            return None
        sent = [(self._at[line.sku][location], line.quantity) for line in lines]
        dates = {lot.expected_at for position, _ in sent for lot in to_come(position, now) if lot.expected_at <= from_at}
        return next(
            (at for at in sorted(dates) if any(available_to_promise(position, from_at, at) < units for position, units in sent)), None
        )

    def more_sold_at(self, now: datetime, before: datetime) -> datetime | None:
        """Return from when on more supply of it is sold ahead, of what comes before a date; None: all that comes is sold."""
        within = self._facts.channel.sells_supply_within
        if before <= now + within:
            return None
        coming = (at for positions in self._at.values() for position in positions.values() for at, _ in self._lots(position, now))
        return min((at - within for at in coming if now + within < at < before), default=None)

    def rows(self, roster: Roster) -> tuple[Ints, Ints]:
        """Return the numbers of the places that have some of it, and what they have (places x lines)."""
        if self._rows is None or self._rows[0] is not roster:
            number = roster.number
            shelves = np.zeros((len(roster.codes) + 1, len(self.lines)), np.int64)
            for n, line in enumerate(self.lines):
                held = self.units[line.sku]
                shelves[[number.get(code, -1) for code in held], n] = list(held.values())
            found = np.flatnonzero(shelves[:-1].any(axis=1))
            self._rows = roster, found, shelves[found]
        return self._rows[1], self._rows[2]

    @cached_property
    def quantities(self) -> Ints:
        return np.array([line.quantity for line in self.lines], np.int64)

    def whole_at(self, location: LocationCode) -> bool:
        """Tell whether the place has all of it."""
        return self.is_whole(self.shelf(location))

    def whole_from(self, location: LocationCode, now: datetime) -> Arrival | None:
        """Return the first arrival with which the place has all of it."""
        until = now + self._facts.channel.sells_supply_within
        return next((one for one in self._arrivals_at(location, now) if one.from_at <= until and self.is_whole(one.units)), None)

    def is_whole(self, units: Mapping[Sku, int]) -> bool:
        """Tell whether these are all of it."""
        return all(units.get(line.sku, 0) >= line.quantity for line in self.lines)

    def most_units(self, location: LocationCode) -> int:
        """Return how many units of it a place can send that it has at hand."""
        return sum(min(line.quantity, self.units[line.sku].get(location, 0)) for line in self.lines)

    def missing_at(self, location: LocationCode) -> tuple[Sku, ...]:
        return tuple([line.sku for line in self.lines if self.units[line.sku].get(location, 0) < line.quantity])

    def total(self, sku: Sku) -> int:
        if sku not in self._totals:
            self._totals[sku] = sum(self.units[sku].values())
        return self._totals[sku]

    def total_withheld(self, sku: Sku) -> int:
        return sum(self._withheld[sku].values())

    def total_with(self, sku: Sku, arrivals: Mapping[LocationCode, tuple[Arrival, ...]]) -> int:
        """Return what can be had together with what comes."""
        held = self.units[sku]
        return self.total(sku) + sum(found[-1].units.get(sku, 0) - held.get(place, 0) for place, found in arrivals.items())

    def age(self, shipments: Iterable[PlannedShipment], now: datetime) -> tuple[datetime, Freshness]:
        """Return the oldest figure that a plan rests on, and the worst freshness."""
        at = self._at
        used = [at[line.sku][shipment.location] for shipment in shipments for line in shipment.lines if shipment.location in at[line.sku]]
        return min((position.as_of for position in used), default=now), worst(position.freshness for position in used)
