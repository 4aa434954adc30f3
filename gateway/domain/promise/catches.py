"""The pick-ups that a place's work catches, whoever it goes to: remembered by place, carrier and amount, until they are missed."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.promise.dock import Departure


@dataclass(frozen=True, slots=True)
class Catch:
    """A pick-up that is caught by what is released from a moment on and before another, in microseconds."""

    departure: Departure
    from_at: int
    until: int

    def holds(self, released: int) -> bool:
        return self.from_at <= released < self.until


class Catches:
    """A row for each place."""

    def __init__(self, places: int) -> None:
        self._known: list[dict[tuple[str, int], Catch]] = [{} for _ in range(places)]

    def known(self, row: int, carrier: str, need: int) -> Catch | None:
        return self._known[row].get((carrier, need))

    def note(self, row: int, carrier: str, need: int, found: Catch) -> None:
        self._known[row][carrier, need] = found

    def forget(self, rows: Sequence[int]) -> None:
        for row in rows:
            self._known[row].clear()
