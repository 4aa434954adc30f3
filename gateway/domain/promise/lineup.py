"""The places that can send a basket, in columns: what `supply` finds one by one, found for all of them at once.

This is the fast way of a question that does not wait for supply: for the others, and where nothing is remembered, `supply` looks at one
place after the other. A property test holds the two together.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.domain.calendar import local_day
from gateway.domain.ids import LocationCode
from gateway.domain.promise.basket import Basket
from gateway.domain.promise.road import Window
from gateway.domain.promise.roster import NOWHERE, Flags, Ints, Roster
from gateway.domain.promise.route import Route
from gateway.domain.promise.sheet import SHUT, Alike, Standing, micros_of
from gateway.domain.promise.timetable import Directions
from gateway.domain.sourcing.problem import Candidate, Columns, Way
from gateway.domain.sourcing_terms import CostTerms

GONE = 1 << 60
"""The arrival of what does not come in time."""
MOST_KEYS = 100_000
"""Numbers up to this are told apart by a table of them; larger ones are made smaller first."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What a question makes of arrivals, and whom it leaves out; `name`: all that decides it, beside the basket and the way to go."""

    name: Hashable
    time_zone: str
    ends: Callable[[Window], Window | None] | None
    """When goods are with the customer that arrive in a window, None: too late; no function: when they arrive."""
    besides: LocationCode | None
    transfer: bool
    left_out: Callable[[LocationCode], object] | None
    solved: dict[Hashable, Any]
    """What the same basket came to on another journey of the service, by what it was chosen from."""

    def of(self, routes: tuple[Route, ...]) -> Iterator[tuple[Route, Window]]:
        """Yield what is in time."""
        for route in routes:
            window = route.passage.window if self.ends is None else self.ends(route.passage.window)
            if window is not None:
                yield route, window

    def day(self, at: datetime) -> int:
        """Return the local day of an arrival."""
        return local_day(at, self.time_zone)

    def late_days(self, window: Window, first_day: int | None) -> int:
        return 0 if first_day is None else max(0, self.day(window.latest) - first_day)


class RoutesOf(Mapping[LocationCode, tuple[Route, ...]]):
    """The routes of each place; few are ever looked at."""

    def __init__(self, codes: Sequence[LocationCode], routes: NDArray[Any]) -> None:
        self._codes, self._routes = codes, routes

    @cached_property
    def _known(self) -> frozenset[LocationCode]:
        return frozenset(self._codes)

    def at(self, number: int) -> tuple[Route, ...]:
        found: tuple[Route, ...] = self._routes[number]
        return found

    def __contains__(self, code: object) -> bool:
        return code in self._known

    def __getitem__(self, code: LocationCode) -> tuple[Route, ...]:
        return self.at(self._codes.index(code))

    def __iter__(self) -> Iterator[LocationCode]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)


@dataclass(frozen=True, slots=True)
class Ranked:
    """Places in the order in which a quote prefers them where they cost the same, by their numbers; whatever they do cost."""

    rows: Ints
    codes: list[LocationCode]
    shelves: Ints
    group: Ints
    alike: Alike
    late: Ints
    several: Ints
    """The numbers of those that have several ways."""
    first_day: int | None
    routes: RoutesOf
    far: Ints


@dataclass(frozen=True, slots=True)
class Lineup:
    candidates: Columns
    routes: RoutesOf


def lineup(roster: Roster, basket: Basket, directions: Directions, terms: CostTerms, arrivals: Arrivals) -> Lineup | None:
    """Return the places that can send some of it, priced in groups; None: nothing of them is remembered.

    A basket that is asked about under several terms is ranked once.
    """
    key = (directions, arrivals.name)
    found: Ranked | None = basket.ranked.get(key) if arrivals.left_out is None else None
    if found is None:
        found = _ranked(roster, basket, directions, arrivals)
        if found is None:
            return None
        if arrivals.left_out is None:
            basket.ranked[key] = found
    first_day, codes, rows, far, routes = found.first_day, found.codes, found.rows, found.far, found.routes
    late, told = _later(found, arrivals)

    def made(n: int) -> Candidate:
        ways = tuple([_way(route, window, first_day, arrivals) for route, window in arrivals.of(routes.at(n))])
        return Candidate(roster.places[rows[n]], basket.shelf(codes[n]), ways, distance_m=None if far[n] == NOWHERE else int(far[n]))

    asks, kind, own = found.alike.asks[found.group], roster.kind[rows], _own(roster, found, terms)
    sample, groups = _grouped(asks, kind, own, late)
    asked = zip(*[each[sample].tolist() for each in (asks, kind, own, late)], strict=True)
    keys = [(*key, told[~days] if days < 0 else days) for *key, days in asked]
    name = (directions.moment, rows.tobytes(), asks.tobytes(), late.tobytes(), told)
    columns = Columns(codes, found.shelves, groups, sample.tolist(), keys, made, found.alike.tariffs, name, arrivals.solved)
    return Lineup(columns, routes)


def _grouped(*columns: Ints) -> tuple[Ints, Ints]:
    """Return the first of each group of places that are the same in all of these, and for each place its group.

    Groups stand in the order of their first places, whatever numbers a memory has given.
    """
    keys = np.zeros_like(columns[0])
    for column in columns:
        least = int(np.min(column, initial=0))
        keys = keys * (int(np.max(column, initial=0)) - least + 1) + (column - least)
    if int(np.max(keys, initial=0)) > MOST_KEYS:
        keys = np.unique(keys, return_inverse=True)[1]
    number = np.full(int(np.max(keys, initial=0)) + 1, len(keys))
    number[keys[::-1]] = np.arange(len(keys) - 1, -1, -1)
    first = np.sort(number[number < len(keys)])
    number[keys[first]] = np.arange(len(first))
    return first, number[keys]


def _ranked(roster: Roster, basket: Basket, directions: Directions, arrivals: Arrivals) -> Ranked | None:
    here = _here(roster, basket, directions, arrivals)
    if here is None:
        return None
    rows, shelves, standing = here
    latest, day = _ended(standing, arrivals)
    if arrivals.besides in roster.number:
        latest = np.where(rows == roster.number[arrivals.besides], GONE, latest)
    to, open_ = directions.destination.position, np.flatnonzero(latest < GONE)
    order = open_[np.lexsort((roster.rank(to)[rows[open_]], latest[open_]))]
    rows, shelves, day = rows[order], shelves[order], day[order]
    first_day = _first_day(shelves, basket.quantities, day)
    late = np.zeros_like(day) if first_day is None else np.maximum(0, day - first_day)
    codes, several = roster.codes_of(rows), np.flatnonzero(standing.several[order])
    alike, routes = standing.alike, RoutesOf(codes, standing.routes[order])
    return Ranked(rows, codes, shelves, standing.group[order], alike, late, several, first_day, routes, roster.meters(to)[rows])


def _here(roster: Roster, basket: Basket, directions: Directions, arrivals: Arrivals) -> tuple[Ints, Ints, Standing] | None:
    """Return the places that have some of it, what they have, and their ways; the same for all destinations in a zone."""
    key = directions.moment
    known: tuple[Ints, Ints, Standing] | None = basket.ranked.get(key) if arrivals.left_out is None else None
    if known is None or not directions.is_remembered:
        rows, shelves = basket.rows(roster)
        asked: Flags = roster.of_kinds(directions.service.kinds)[rows]
        if arrivals.left_out is not None:
            asked = asked & np.array([not arrivals.left_out(code) for code in roster.codes_of(rows)], bool)
        rows, shelves = rows[asked], shelves[asked]
        needs = np.where(roster.by_units[rows], np.minimum(shelves, basket.quantities).sum(axis=1), 1)
        standing = directions.standing(roster, rows, needs)
        if standing is None:
            return None
        known = rows, shelves, standing
        if arrivals.left_out is None:
            basket.ranked[key] = known
    return known


def _ended(standing: Standing, arrivals: Arrivals) -> tuple[Ints, Ints]:
    """Return when goods are with the customer, in microseconds, and on which day there: of each place by the way that ends first."""
    if arrivals.ends is None:
        return np.where(standing.group == SHUT, GONE, standing.latest), standing.day
    first, group = _grouped(standing.group)
    ends = [(GONE, 0) if number == SHUT else _end(standing.alike.sample(number), arrivals) for number in standing.group[first].tolist()]
    latest, day = np.array(ends, np.int64).reshape(-1, 2)[group].T
    return latest, day


def _end(routes: tuple[Route, ...], arrivals: Arrivals) -> tuple[int, int]:
    at = min((window.latest for _, window in arrivals.of(routes)), default=None)
    return (GONE, 0) if at is None else (micros_of(at), arrivals.day(at))


def _first_day(shelves: Ints, quantities: Ints, day: Ints) -> int | None:
    """Return the day on which the whole basket could be there at the earliest, of places that stand in the order of their dates."""
    had = shelves.cumsum(axis=0) >= quantities
    if not len(had) or not had[-1].all():
        return None
    return int(day[np.max(had.argmax(axis=0))])


def _own(roster: Roster, found: Ranked, terms: CostTerms) -> Ints:
    """Return a number for each place, 0 for those that have no rates of their own."""
    own = np.zeros_like(found.rows)
    for number, code in enumerate(sorted({rule.location for rule in terms.places if rule.location is not None}), 1):
        own[found.rows == roster.number.get(code, -1)] = number
    return own


def _later(found: Ranked, arrivals: Arrivals) -> tuple[Ints, tuple[Hashable, ...]]:
    """Return by how many days each place is late; where it has several ways, which are in time and how late, by a number below zero.

    What such a number stands for is told beside.
    """
    if not len(found.several):
        return found.late, ()
    several = found.group[found.several]
    first, group = _grouped(several)
    told = [_how_late(found.alike.sample(number), found.first_day, arrivals) for number in several[first].tolist()]
    numbers = {each: n for n, each in enumerate(dict.fromkeys(told))}
    late = found.late.copy()
    late[found.several] = ~np.array([numbers[each] for each in told], np.int64)[group]
    return late, tuple(numbers)


def _how_late(routes: tuple[Route, ...], first_day: int | None, arrivals: Arrivals) -> Hashable:
    """Return of the ways that are in time what they can take, and by how many days they are late."""
    return tuple([(route.road.code, route.way.most_units, arrivals.late_days(window, first_day)) for route, window in arrivals.of(routes)])


def _way(route: Route, window: Window, first_day: int | None, arrivals: Arrivals) -> Way:
    days = arrivals.late_days(window, first_day)
    if arrivals.ends is None and not days:
        return route.way
    return route.until(window, days, transfer=arrivals.transfer)
