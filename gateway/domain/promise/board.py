"""One service to one destination as columns of numbers: every way of every place once, so that a listing asks them all together.

Costs are what `shipment_cost` says of one unit, in millionths; of ways that cost the same, the one wins that a quote would prefer.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from gateway.domain.calendar import local_day
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.location import Location
from gateway.domain.network import DeliveryService, WeightBand
from gateway.domain.promise.options import Destination, PromiseFacts
from gateway.domain.promise.roster import Flags, Ints, Roster
from gateway.domain.promise.route import Route
from gateway.domain.promise.sheet import SHUT, Fence
from gateway.domain.promise.timetable import Directions, Timetable
from gateway.domain.sourcing.cost import FREE, heaviest_parcel_g, parcel_price, rates
from gateway.domain.sourcing.millionths import TEN_THOUSANDTH, micros
from gateway.domain.sourcing.outlook import risk_table
from gateway.domain.sourcing_terms import Strategy
from gateway.domain.stock import StockPosition, available_to_sell, to_come

NO_LIMIT = 1 << 60
UNKNOWN = -1
"""The number of a place that the facts do not know."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a sku lies at hand: places by their number among all of the facts, and the units there."""

    sku: Sku
    places: Ints
    units: Ints
    weight_g: int
    volume_cm3: int = 0
    more_at: datetime | None = None
    """Before when nothing more comes; None: nothing does."""
    from_at: datetime | None = None
    """When all of it goes on sale; None: it is."""
    awaited_at: frozenset[LocationCode] = frozenset()
    """Where a part of it is still to come until then."""


def shelves(facts: PromiseFacts, skus: Sequence[Sku], now: datetime) -> Iterator[Shelf]:
    number = {code: n for n, code in enumerate(facts.locations)}
    for sku in skus:
        from_at, positions = facts.released_at.get(sku), facts.positions.get(sku, ())
        coming = [at for at in positions if at.inbound]
        early = {at.location: _come_by(at, from_at, now) for at in coming if from_at is not None}
        dates = [lot.expected_at for at in coming for lot in at.inbound if from_at is None or lot.expected_at > from_at]
        found = [
            (number.get(at.location, UNKNOWN), left)
            for at in positions
            if at.sellable and (left := at.stated - at.allocated - at.reserved - at.safety_stock) > 0
        ]
        if early:
            found = _with_early(positions, number, early)
        columns = np.array(found, np.int64).reshape(-1, 2)
        columns, sizes = columns[columns[:, 0] != UNKNOWN], (facts.weight_g_by_sku.get(sku, 0), facts.volume_cm3_by_sku.get(sku, 0))
        awaited = frozenset(code for code, units in early.items() if units)
        yield Shelf(sku, columns[:, 0], columns[:, 1], *sizes, min(dates, default=None), from_at, awaited)


def _with_early(
    positions: Sequence[StockPosition], number: Mapping[LocationCode, int], early: Mapping[LocationCode, int]
) -> list[tuple[int, int]]:
    """Return the places that have any, by their numbers, with what has come to them until the first day of sale."""
    left = ((at, max(0, available_to_sell(at)) + early.get(at.location, 0)) for at in positions if at.sellable)
    return [(number.get(at.location, UNKNOWN), units) for at, units in left if units > 0]


def _come_by(position: StockPosition, by: datetime, now: datetime) -> int:
    return sum(lot.units for lot in to_come(position, now) if lot.expected_at <= by)


@dataclass(frozen=True, slots=True)
class First:
    """What the quote of one unit takes; `until`: what shows the first date, where another route may be taken once that is later."""

    route: Route
    until: Route | None = None


@dataclass
class Board:
    """A row for each way, in the order in which a quote prefers them where they cost the same."""

    timetable: Timetable
    service: DeliveryService
    destination: Destination
    from_at: datetime | None = None
    """Since when what is sent is there; None: it is at hand."""
    routes: list[Route] = field(default_factory=list)

    def __post_init__(self) -> None:
        directions, roster = self.timetable.directions(self.service, self.destination), self.timetable.roster
        standing = None if roster is None or self.from_at is not None else self._at_once(directions, roster)
        places, ways = self._one_by_one(directions) if standing is None else standing
        known = list(self.timetable.facts.locations.values())
        self.routes = [route for routes in ways for route in routes]
        self._place = np.repeat(np.array(places, np.int64), [len(routes) for routes in ways])
        self._locations: list[Location] = [known[number] for number in self._place.tolist()]
        self._columns(self.timetable.facts)
        self._meters = self._distances(directions, roster)
        self._tries = [(days, self._may_ask(strategy)) for days, strategy in tries(self.timetable.facts)]
        self._asked_by = [self._may_ask(strategy) for strategy in self.timetable.facts.profile.strategies]

    def _distances(self, directions: Directions, roster: Roster | None) -> Ints:
        if roster is not None:
            return roster.meters(self.destination.position)[self._place]
        meters = [directions.distance_m(place) for place in self._locations]
        return np.array([NO_LIMIT if each is None else each for each in meters], np.int64)

    def _at_once(self, directions: Directions, roster: Roster) -> tuple[list[int], list[tuple[Route, ...]]] | None:
        """Return the numbers of places that something leaves, as a quote prefers them, and their routes; None: nothing is remembered."""
        rows = np.flatnonzero(roster.of_kinds(self.service.kinds))
        standing = directions.standing(roster, rows, np.ones_like(rows))
        if standing is None:
            return None
        order = np.lexsort((roster.rank(self.destination.position)[rows], standing.latest))
        order = order[standing.group[order] != SHUT]
        return rows[order].tolist(), standing.routes[order].tolist()

    def _one_by_one(self, directions: Directions) -> tuple[list[int], list[tuple[Route, ...]]]:
        """Return the same of places that are looked at one after the other."""
        found: list[tuple[Any, int, tuple[Route, ...]]] = []
        for number, place in enumerate(self.timetable.facts.locations.values()):
            routes = directions.routes(place, 1, self.from_at) if place.kind in self.service.kinds else ()
            if routes and not isinstance(routes, Fence):
                found.append((directions.preference(place, min(route.way.latest for route in routes)), number, routes))
        found.sort(key=lambda row: row[0])
        return [number for _, number, _ in found], [routes for *_, routes in found]

    def _columns(self, facts: PromiseFacts) -> None:
        time_zone = self.timetable.time_zone(self.destination)
        ways, terms = [route.way for route in self.routes], facts.profile.costs
        self._day = np.array([local_day(way.latest, time_zone) for way in ways], np.int64)
        self._most_g = np.array([NO_LIMIT if (most := heaviest_parcel_g(way)) is None else most for way in ways], np.int64)
        self._most_cm3 = np.array([NO_LIMIT if way.max_volume_cm3 is None else way.max_volume_cm3 for way in ways], np.int64)
        own, asked = {rule.location for rule in terms.places}, dict[Hashable, int]()
        keys: list[Hashable] = [(place.kind, place.code if place.code in own else None) for place in self._locations]
        for key, place in zip(keys, self._locations, strict=True):
            if key not in asked:
                here = rates(terms, place)
                asked[key] = micros(here.per_parcel + here.per_unit + here.penalty)
        self._asked = np.array([asked[key] for key in keys], np.int64)
        bands: dict[int, tuple[WeightBand, ...]] = {id(way.bands): way.bands for way in ways}
        numbers = {key: n for n, key in enumerate(bands)}
        self._bands, self._band = list(bands.values()), np.array([numbers[id(way.bands)] for way in ways], np.int64)
        self._lateness = micros(terms.lateness_per_day)

    def _may_ask(self, strategy: Strategy) -> Flags:
        """Return the rows of the places that a strategy asks."""
        asked = [
            (not strategy.kinds or place.kind in strategy.kinds) and (not strategy.locations or place.code in strategy.locations)
            for place in self._locations
        ]
        flags = np.array(asked, bool)
        return flags if strategy.max_distance_m is None else flags & (self._meters <= strategy.max_distance_m)

    def first(self, shelf: Shelf) -> First | None:
        """Return the route that the quote of one unit would take; None: no place has it at hand and can send it."""
        here = np.zeros(len(self.timetable.facts.locations), bool)
        here[shelf.places] = True
        rows = np.flatnonzero(here[self._place]) if len(self._place) else self._place
        if not len(rows):
            return None
        carried = (self._most_g[rows] >= shelf.weight_g) & (self._most_cm3[rows] >= shelf.volume_cm3)
        possible = carried & np.any([asked[rows] for asked in self._asked_by], axis=0)
        if not possible.any():
            return None
        late = np.maximum(0, self._day[rows] - np.min(self._day[rows][possible]))
        costs = self._costs(shelf, rows)
        chosen = self._chosen(rows, carried, costs, late)
        if chosen is None:
            return None
        until = None if self._outlasts(chosen, rows, carried, costs, late) else self._soonest(rows, carried & (late == 0), costs)
        return First(self.routes[int(rows[chosen])], until)

    def _chosen(self, rows: Ints, carried: Flags, costs: Ints, late: Ints) -> int | None:
        """Return which of some rows the first of the strategies takes that finds any."""
        for most_late, asked in self._tries:
            may = carried & asked[rows] if most_late is None else carried & asked[rows] & (late <= most_late)
            if may.any():
                return int(np.argmin(np.where(may, costs + self._lateness * late, NO_LIMIT)))
        return None

    def _outlasts(self, chosen: int, rows: Ints, carried: Flags, costs: Ints, late: Ints) -> bool:
        """Tell whether the same is chosen when the first date is any later, as it is where any lateness is tolerated."""
        ahead = range(1, 1 + int(late[chosen])) if self.timetable.facts.profile.tolerance_days else ()
        return all(self._chosen(rows, carried, costs, np.maximum(0, late - days)) == chosen for days in ahead)

    def _soonest(self, rows: Ints, in_time: Flags, costs: Ints) -> Route | None:
        """Return the route that shows the first date."""
        for asked in self._asked_by:
            may = in_time & asked[rows]
            if may.any():
                return self.routes[int(rows[np.argmin(np.where(may, costs, NO_LIMIT))])]
        return None

    def _costs(self, shelf: Shelf, rows: Ints) -> Ints:
        """Return what each costs, whenever it comes."""
        shipping = np.array([micros(price(bands, shelf.weight_g)) for bands in self._bands], np.int64)
        costs: Ints = shipping[self._band[rows]] + self._asked[rows]
        outlook = self.timetable.facts.outlook_by_sku.get(shelf.sku)
        if outlook is None or not outlook.per_day:
            return costs
        codes: list[LocationCode] = [self._locations[row].code for row in rows]
        units = dict(zip(shelf.places.tolist(), shelf.units.tolist(), strict=True))
        have = np.array([units[place] for place in self._place[rows].tolist()], np.int64)
        out, markdown = risk_table(outlook, self.timetable.facts.profile.costs, codes, have, 1)
        return costs + (out + markdown)[:, 1] * TEN_THOUSANDTH


def price(bands: tuple[WeightBand, ...], weight_g: int) -> Decimal:
    """Return what a parcel costs; what no band takes is not carried, whatever it costs."""
    return parcel_price(bands, weight_g) if not bands or any(weight_g <= band.up_to_g for band in bands) else FREE


def tries(facts: PromiseFacts) -> Iterator[tuple[int | None, Strategy]]:
    """Yield strategies with the days that each tolerates, in the order in which sourcing tries them."""
    steps: tuple[int | None, ...] = facts.profile.tolerance_days or (None,)
    yield from ((days, each) for days in steps for each in facts.profile.strategies if not each.fallback)
    yield from ((steps[-1], each) for each in facts.profile.strategies if each.fallback)
