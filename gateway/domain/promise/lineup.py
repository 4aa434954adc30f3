"""The places that can send a basket as it is asked for, in columns: what `supply` finds one by one, found for all of them at once.

This is the fast way of a question that neither waits for supply nor changes what arrives: for the others, and where nothing is
remembered, `supply` looks at one place after the other. A property test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gateway.domain.ids import LocationCode
from gateway.domain.promise.basket import Basket
from gateway.domain.promise.roster import KIND_RANK, NOWHERE, Ints, Roster
from gateway.domain.promise.route import Route
from gateway.domain.promise.sheet import SHUT, Fence, day_of
from gateway.domain.promise.timetable import Directions
from gateway.domain.sourcing.problem import Candidate, Columns, Way
from gateway.domain.sourcing_terms import CostTerms

MOST_LATE = 1 << 10
"""Days; the horizon of carriers is far below."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Places in the order in which a quote prefers them where they cost the same, by their numbers; whatever they do cost."""

    rows: Ints
    shelves: Ints
    group: Ints
    late: Ints
    first_day: int | None
    routes: dict[LocationCode, tuple[Route, ...]]
    far: list[int]


@dataclass(frozen=True, slots=True)
class Lineup:
    candidates: Columns
    routes: dict[LocationCode, tuple[Route, ...]]


def lineup(
    roster: Roster, basket: Basket, directions: Directions, terms: CostTerms, left_out: Callable[[LocationCode], object] | None
) -> Lineup | None:
    """Return the places that can send some of it, priced in groups; None: nothing of them is remembered.

    A basket that is asked about under several terms is ranked once.
    """
    found: Ranked | None = basket.ranked.get(directions) if left_out is None else None
    if found is None:
        found = _ranked(roster, basket, directions, left_out)
        if found is None:
            return None
        if left_out is None:
            basket.ranked[directions] = found
    every, first_day, numbers, far = list(found.routes.values()), found.first_day, found.rows.tolist(), found.far
    codes = list(found.routes)
    _, sample, groups = np.unique(_keys(roster, found, every, terms), return_index=True, return_inverse=True)

    def made(n: int) -> Candidate:
        ways = tuple(_counted(route, first_day) for route in every[n])
        return Candidate(roster.places[numbers[n]], basket.units[codes[n]], ways, distance_m=None if far[n] == NOWHERE else far[n])

    return Lineup(Columns(codes, found.shelves, groups.reshape(-1), sample.tolist(), made), found.routes)


def _ranked(roster: Roster, basket: Basket, directions: Directions, left_out: Callable[[LocationCode], object] | None) -> Ranked | None:
    rows, shelves = basket.rows(roster)
    asked = roster.of_kinds(directions.service.kinds)[rows]
    if left_out is not None:
        asked = asked & np.array([not left_out(roster.codes[n]) for n in rows.tolist()], bool)
    rows, shelves = rows[asked], shelves[asked]
    quantities = np.array([line.quantity for line in basket.lines], np.int64)
    needs = np.where(roster.by_units[rows], np.minimum(shelves, quantities).sum(axis=1), 1)
    sheet = directions.sheet(roster, rows, needs)
    if sheet is None:
        return None
    standing = sheet.standing(rows, needs)
    meters = roster.meters(directions.destination.position)[rows]
    order = np.lexsort((roster.order[rows], meters, roster.kind[rows], standing.latest))
    order = order[standing.group[order] != SHUT]
    rows, shelves, day = rows[order], shelves[order], standing.day[order]
    routes = [found for n in order.tolist() if not isinstance(found := standing.routes[n], Fence)]
    first_day = _first_day(shelves, quantities, day)
    late = np.zeros_like(day) if first_day is None else np.maximum(0, day - first_day)
    by_place = dict(zip([roster.codes[n] for n in rows.tolist()], routes, strict=True))
    return Ranked(rows, shelves, standing.group[order], late, first_day, by_place, meters[order].tolist())


def _first_day(shelves: Ints, quantities: Ints, day: Ints) -> int | None:
    """Return the day on which the whole basket could be there at the earliest, of places that stand in the order of their dates."""
    had = shelves.cumsum(axis=0) >= quantities
    if not len(had) or not had[-1].all():
        return None
    return int(day[np.max(had.argmax(axis=0))])


def _keys(roster: Roster, found: Ranked, routes: list[tuple[Route, ...]], terms: CostTerms) -> Ints:
    """Return a number for each place, the same for those that ask the same: carriers, lateness of each way, kind, and own rates."""
    rows, own = found.rows, np.zeros_like(found.rows)
    for number, code in enumerate(sorted({rule.location for rule in terms.places if rule.location is not None}), 1):
        own[rows == roster.number.get(code, -1)] = number
    several: dict[tuple[int, ...], int] = {}
    later = found.late.copy()
    for n in [n for n, ways in enumerate(routes) if len(ways) > 1]:
        days = tuple(_late_days(route, found.first_day) for route in routes[n])
        later[n] = MOST_LATE + several.setdefault(days, len(several))
    most = max(later.tolist(), default=0) + 1
    key: Ints = ((found.group * len(KIND_RANK) + roster.kind[rows]) * (len(terms.places) + 1) + own) * most + later
    return key


def _late_days(route: Route, first_day: int | None) -> int:
    return 0 if first_day is None else max(0, day_of(route) - first_day)


def _counted(route: Route, first_day: int | None) -> Way:
    days = _late_days(route, first_day)
    return replace(route.way, late_days=days) if days else route.way
