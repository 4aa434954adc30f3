"""The places that can send a basket, in columns: what `supply` finds one by one, found for all of them at once.

This is the fast way of a question that does not wait for supply: for the others, and where nothing is remembered, `supply` looks at one
place after the other. A property test holds the two together.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from gateway.domain.calendar import zone
from gateway.domain.ids import LocationCode
from gateway.domain.promise.basket import Basket
from gateway.domain.promise.road import Window
from gateway.domain.promise.roster import NOWHERE, Flags, Ints, Roster
from gateway.domain.promise.route import Route
from gateway.domain.promise.sheet import SHUT, Standing, micros_of
from gateway.domain.promise.timetable import Directions
from gateway.domain.sourcing.problem import Candidate, Columns, Way
from gateway.domain.sourcing_terms import CostTerms

GONE = 1 << 60
"""The arrival of what does not come in time."""


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
        return at.astimezone(zone(self.time_zone)).toordinal()

    def late_days(self, window: Window, first_day: int | None) -> int:
        return 0 if first_day is None else max(0, self.day(window.latest) - first_day)


@dataclass(frozen=True, slots=True)
class Ranked:
    """Places in the order in which a quote prefers them where they cost the same, by their numbers; whatever they do cost."""

    rows: Ints
    shelves: Ints
    group: Ints
    late: Ints
    several: list[int]
    """The numbers of those that have several ways."""
    first_day: int | None
    routes: dict[LocationCode, tuple[Route, ...]]
    far: list[int]


@dataclass(frozen=True, slots=True)
class Lineup:
    candidates: Columns
    routes: dict[LocationCode, tuple[Route, ...]]


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
    first_day, numbers, far = found.first_day, found.rows.tolist(), found.far
    codes = list(found.routes)
    own, later = _own(roster, found, terms), _later(found, arrivals)
    keys = list(zip(found.group.tolist(), roster.kind[found.rows].tolist(), own.tolist(), later, strict=True))
    sample = {key: n for n, key in zip(range(len(keys) - 1, -1, -1), reversed(keys), strict=True)}
    number = {key: group for group, key in enumerate(sample)}

    def made(n: int) -> Candidate:
        ways = tuple([_way(route, window, first_day, arrivals) for route, window in arrivals.of(found.routes[codes[n]])])
        return Candidate(roster.places[numbers[n]], basket.shelf(codes[n]), ways, distance_m=None if far[n] == NOWHERE else far[n])

    groups = np.array([number[key] for key in keys], np.int64)
    name = (directions.moment, found.rows.tobytes(), found.group.tobytes(), tuple(later))
    return Lineup(Columns(codes, found.shelves, groups, list(sample.values()), made, name, arrivals.solved), found.routes)


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
    by_place = dict(zip(roster.codes_of(rows), standing.routes[order].tolist(), strict=True))
    several = np.flatnonzero(standing.several[order]).tolist()
    return Ranked(rows, shelves, standing.group[order], late, several, first_day, by_place, roster.meters(to)[rows].tolist())


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
    shut = standing.group == SHUT
    if arrivals.ends is None:
        return np.where(shut, GONE, standing.latest), standing.day
    ends, alike = list[tuple[int, int]](), dict[int, tuple[int, int]]()
    for n, (arrival, closed, several) in enumerate(zip(standing.latest.tolist(), shut.tolist(), standing.several.tolist(), strict=True)):
        if closed:
            ends.append((GONE, 0))
        elif several:
            ends.append(_end(standing.routes[n], arrivals))
        else:
            if arrival not in alike:
                alike[arrival] = _end(standing.routes[n], arrivals)
            ends.append(alike[arrival])
    latest, day = np.array(ends, np.int64).reshape(-1, 2).T
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


def _later(found: Ranked, arrivals: Arrivals) -> list[Hashable]:
    """Return by how many days each place is late: a number, or where it has several ways which of them are in time, and how late."""
    later: list[Hashable] = found.late.tolist()
    ways = list(found.routes.values()) if found.several else []
    for n in found.several:
        later[n] = tuple(
            (route.road.code, route.way.most_units, arrivals.late_days(window, found.first_day)) for route, window in arrivals.of(ways[n])
        )
    return later


def _way(route: Route, window: Window, first_day: int | None, arrivals: Arrivals) -> Way:
    days = arrivals.late_days(window, first_day)
    if arrivals.ends is None:
        return replace(route.way, late_days=days) if days else route.way
    return route.until(window, days, transfer=arrivals.transfer)
