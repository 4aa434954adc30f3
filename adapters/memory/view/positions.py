"""Positions in compact arrays: one row each, found by sku, with markers and supply to come only where there are any."""

from array import array
from collections.abc import Collection
from datetime import datetime

from adapters.memory.stock_states import moment
from adapters.memory.view.names import Names
from adapters.memory.view.stocked import Stocked
from gateway.domain.ids import LocationCode, Sku, SourceCode, StockKey, sku_and_location
from gateway.domain.stock import Inbound
from gateway.ports.ledger import Marker, StockState

NOBODY = 0
"""Stands in `as_of` for a position of which its owner said nothing."""


class Positions:
    """About 40 bytes a position; objects that the garbage collector looks at only per sku and where something is claimed or to come."""

    def __init__(self) -> None:
        self._skus, self._places, self._sources = Names[Sku](), Names[LocationCode](), Names[SourceCode]()
        self._rows: list[array[int]] = []
        """By number of the sku the rows of its positions."""
        self._place, self._source = array("H"), array("H")
        self._quantity, self._unavailable, self._free = array("i"), array("i"), array("i")
        self._as_of, self._changed = array("q"), array("q")
        self._markers: dict[int, tuple[Marker, ...]] = {}
        self._lots: dict[int, tuple[Inbound, ...]] = {}
        self._vacant: list[int] = []
        self._stocked = Stocked(self._skus, self._places)

    def __len__(self) -> int:
        return len(self._place) - len(self._vacant)

    def put(self, state: StockState) -> Sku:
        """Take in a position as it is now; return its sku."""
        sku, place = sku_and_location(state.key)
        row = self._row(sku, place)
        if row is None:
            row = self._new_row(sku, place)
        self._source[row] = self._sources.number(state.source)
        self._quantity[row], self._unavailable[row], self._free[row] = state.quantity, state.unavailable, state.free
        self._as_of[row], self._changed[row] = milliseconds(state.as_of), milliseconds(state.changed_at)
        keep(self._markers, row, state.markers)
        keep(self._lots, row, state.lots)
        self._stocked.mark(self._skus.number(sku), self._place[row], has_free=state.free > 0)
        return sku

    def remove(self, key: StockKey) -> Sku:
        """Forget a position; return its sku."""
        sku, place = sku_and_location(key)
        row, number = self._row(sku, place), self._skus.known(sku)
        if row is not None and number is not None:
            self._rows[number].remove(row)
            self._stocked.mark(number, self._place[row], has_free=False)
            self._free[row] = 0
            keep(self._markers, row, ())
            keep(self._lots, row, ())
            self._vacant.append(row)
        return sku

    def states(self, sku: Sku, now: datetime) -> tuple[StockState, ...]:
        """Return the positions of a sku at a moment. Written flat: it makes some ten thousand of them for one page of a list."""
        places, sources, place, source = self._places.texts, self._sources.texts, self._place, self._source
        quantity, unavailable, free, as_of, changed = self._quantity, self._unavailable, self._free, self._as_of, self._changed
        markers, lots, prefix = self._markers, self._lots, f"{sku}|"
        states = []
        for row in self._rows_of(sku):
            claimed: tuple[Marker, ...] = ()
            ended = 0
            if row in markers:
                claimed, ended = running(markers[row], now)
            changed_ms = changed[row]
            states.append(
                StockState(
                    StockKey(prefix + places[place[row]]),
                    quantity[row],
                    unavailable[row],
                    free[row] + ended,
                    moment(as_of[row]),
                    moment(changed_ms) if changed_ms else None,
                    sources[source[row]],
                    claimed,
                    lots.get(row, ()),
                )
            )
        return tuple(states)

    def ends_at(self, sku: Sku, now: datetime) -> datetime | None:
        """Return when the next of the sku's holds ends, None when none does."""
        ends = [
            marker.expires_at
            for row in self._rows_of(sku)
            for marker in self._markers.get(row, ())
            if marker.expires_at is not None and marker.expires_at > now
        ]
        return min(ends, default=None)

    def knows(self, sku: Sku, location: LocationCode) -> bool:
        row = self._row(sku, location)
        return row is not None and self._as_of[row] != NOBODY

    def skus_at(self, locations: Collection[LocationCode]) -> frozenset[Sku]:
        return self._stocked.skus(locations)

    def free_total(self, sku: Sku) -> int:
        free = self._free
        return sum(free[row] for row in self._rows_of(sku) if free[row] > 0)

    def _rows_of(self, sku: Sku) -> "array[int] | tuple[()]":
        number = self._skus.known(sku)
        return () if number is None else self._rows[number]

    def _row(self, sku: Sku, location: LocationCode) -> int | None:
        place = self._places.known(location)
        places = self._place
        return next((row for row in self._rows_of(sku) if places[row] == place), None)

    def _new_row(self, sku: Sku, location: LocationCode) -> int:
        number = self._skus.number(sku)
        if number == len(self._rows):
            self._rows.append(array("I"))
        row = self._vacant.pop() if self._vacant else self._grown()
        self._place[row] = self._places.number(location)
        self._rows[number].append(row)
        return row

    def _grown(self) -> int:
        for column in (self._place, self._source, self._quantity, self._unavailable, self._free, self._as_of, self._changed):
            column.append(0)
        return len(self._place) - 1


def running(markers: tuple[Marker, ...], now: datetime) -> tuple[tuple[Marker, ...], int]:
    """Return the markers that hold at a moment, and the units of those that have ended."""
    held = tuple(marker for marker in markers if marker.expires_at is None or marker.expires_at > now)
    return held, sum(marker.units for marker in markers) - sum(marker.units for marker in held)


def milliseconds(at: datetime | None) -> int:
    return 0 if at is None else round(at.timestamp() * 1000)


def keep(sparse: "dict[int, tuple[Marker, ...]] | dict[int, tuple[Inbound, ...]]", row: int, told: tuple[object, ...]) -> None:
    """Keep what there is; nothing takes no room."""
    if told:
        sparse[row] = told  # type: ignore[assignment]
    else:
        sparse.pop(row, None)
