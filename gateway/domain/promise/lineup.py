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
class Lineup:
    candidates: Columns
    routes: dict[LocationCode, tuple[Route, ...]]


def lineup(
    roster: Roster, basket: Basket, directions: Directions, terms: CostTerms, left_out: Callable[[LocationCode], bool] | None
) -> Lineup | None:
    """Return the places in the order in which a quote prefers them; None: nothing of them is remembered."""
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
    rows, shelves, day, group = rows[order], shelves[order], standing.day[order], standing.group[order]
    routes = [found for n in order.tolist() if not isinstance(found := standing.routes[n], Fence)]
    first_day = _first_day(shelves, quantities, day)
    late = np.zeros_like(day) if first_day is None else np.maximum(0, day - first_day)
    key = _keys(roster, rows, group, late, routes, first_day, terms)
    _, sample, groups = np.unique(key, return_index=True, return_inverse=True)
    numbers, far = rows.tolist(), meters[order].tolist()
    codes = [roster.codes[n] for n in numbers]

    def made(n: int) -> Candidate:
        ways = tuple(_counted(route, first_day) for route in routes[n])
        return Candidate(roster.places[numbers[n]], basket.units[codes[n]], ways, distance_m=None if far[n] == NOWHERE else far[n])

    columns = Columns(codes, shelves, groups.reshape(-1), sample.tolist(), made)
    return Lineup(columns, dict(zip(codes, routes, strict=True)))


def _first_day(shelves: Ints, quantities: Ints, day: Ints) -> int | None:
    """Return the day on which the whole basket could be there at the earliest, of places that stand in the order of their dates."""
    had = shelves.cumsum(axis=0) >= quantities
    if not len(had) or not had[-1].all():
        return None
    return int(day[np.max(had.argmax(axis=0))])


def _keys(
    roster: Roster, rows: Ints, group: Ints, late: Ints, routes: list[tuple[Route, ...]], first_day: int | None, terms: CostTerms
) -> Ints:
    """Return a number for each place, the same for those that ask the same: carriers, lateness of each way, kind, and own rates."""
    own = np.zeros_like(rows)
    for number, code in enumerate(sorted({rule.location for rule in terms.places if rule.location is not None}), 1):
        own[rows == roster.number.get(code, -1)] = number
    several: dict[tuple[int, ...], int] = {}
    later = late.copy()
    for n in [n for n, found in enumerate(routes) if len(found) > 1]:
        days = tuple(_late_days(route, first_day) for route in routes[n])
        later[n] = MOST_LATE + several.setdefault(days, len(several))
    most = max(later.tolist(), default=0) + 1
    key: Ints = ((group * len(KIND_RANK) + roster.kind[rows]) * (len(terms.places) + 1) + own) * most + later
    return key


def _late_days(route: Route, first_day: int | None) -> int:
    return 0 if first_day is None else max(0, day_of(route) - first_day)


def _counted(route: Route, first_day: int | None) -> Way:
    days = _late_days(route, first_day)
    return replace(route.way, late_days=days) if days else route.way
