"""What is remembered of a service's ways to a zone, made whole at one release for the places that a question asks.

Where a place counts units, more of them begin no earlier, catch no earlier pick-up, and must be released no later to catch it. So what is
the same for an amount and for STEP times as many is the same for all between, and is reckoned for these two alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gateway.domain.location import Location
from gateway.domain.promise.catches import Catch
from gateway.domain.promise.passages import Passages
from gateway.domain.promise.road import Road
from gateway.domain.promise.roster import Ints, Roster
from gateway.domain.promise.route import Route
from gateway.domain.promise.sheet import FIXED, Fence, Routes, Sheet, Standing

STEP = 8


@dataclass(frozen=True, slots=True)
class Remembered:
    """`reckoned`: the ways from a place for an amount; `caught`: which pick-up of a road it catches first there."""

    memory: Passages
    roster: Roster
    sheet: Sheet
    released: int
    reckoned: Callable[[Location, int], Routes]
    caught: Callable[[Location, Road, int], Catch | None]

    def routes(self, row: int, need: int) -> Routes:
        less = 1
        while less * STEP <= need:
            less *= STEP
        page = self._page(row, less)
        if less < need and not self.sheet.alike[page, row]:
            page = self._page(row, need)
        return self.sheet.routes(row, page)

    def _page(self, row: int, need: int) -> int:
        page = self.sheet.page(need)
        if not self.sheet.holds(row, page, self.released):
            self._note(row, page, need)
        return page

    def standing(self, rows: Ints, needs: Ints) -> Standing:
        """Return what stands of these places, which need so much room each."""
        less = np.ones_like(needs)
        while np.any(more := less * STEP <= needs):
            less = np.where(more, less * STEP, less)
        pages = self._pages(rows, less)
        exact = np.flatnonzero((less < needs) & ~self.sheet.alike[pages, rows])
        if len(exact):
            pages[exact] = self._pages(rows[exact], needs[exact])
        return self.sheet.standing(rows, pages)

    def _pages(self, rows: Ints, needs: Ints) -> Ints:
        pages = self.sheet.pages(needs)
        for n in self.sheet.stale(rows, pages, self.released):
            self._note(int(rows[n]), int(pages[n]), int(needs[n]))
        return pages

    def _note(self, row: int, page: int, need: int) -> None:
        place = self.roster.places[row]
        found = self.reckoned(place, need)
        self.memory.note(self.sheet, (row, page), need, found, self.released)
        self.sheet.alike[page, row] = self.roster.by_units[row] and self._is_alike(place, need, found)

    def _is_alike(self, place: Location, need: int, found: Routes) -> bool:
        """Tell whether what was found holds for up to STEP times as many."""
        if isinstance(found, Fence):
            return found.reason in FIXED
        return all(self._more_catch(place, need, route) for route in found)

    def _more_catch(self, place: Location, need: int, route: Route) -> bool:
        one, more = self.caught(place, route.road, need), self.caught(place, route.road, need * STEP)
        if one is None or more is None or one.departure.leaves_at != route.passage.leaves_at:
            return False
        return (one.departure, one.until) == (more.departure, more.until)
