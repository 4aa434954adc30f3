"""The circuit of one operation of a source: which calls are let through, as a state machine that a table describes.

Pure: time and chance are given to it. A permit belongs to the state in which it was given: an answer that comes after the state has changed
says nothing about the new one.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.circuits import CircuitState as State


class Event(StrEnum):
    TRIPPED = "TRIPPED"
    """Too many calls of the window failed, or were slow."""
    RESTED = "RESTED"
    """The pause is over and somebody calls."""
    PROVED = "PROVED"
    """Every probe was answered well."""
    RELAPSED = "RELAPSED"
    """A probe was not."""
    FORGOTTEN = "FORGOTTEN"
    """Nobody has called for so long that what was seen tells nothing any more."""


class Outcome(StrEnum):
    GOOD = "GOOD"
    SLOW = "SLOW"
    FAILED = "FAILED"
    UNTOLD = "UNTOLD"
    """Given up by ourselves before it could be judged."""


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.CLOSED, Event.TRIPPED): State.OPEN,
    (State.OPEN, Event.RESTED): State.HALF_OPEN,
    (State.HALF_OPEN, Event.PROVED): State.CLOSED,
    (State.HALF_OPEN, Event.RELAPSED): State.OPEN,
    (State.OPEN, Event.FORGOTTEN): State.CLOSED,
    (State.HALF_OPEN, Event.FORGOTTEN): State.CLOSED,
}


class IllegalEvent(Exception):
    """An event that the state does not know; nothing was changed."""


@dataclass(frozen=True, slots=True)
class BreakerBounds:
    """When a circuit opens, and for how long."""

    window_s: float = 20.0
    fewest_calls: int = 20
    failed_share: float = 0.5
    slow_share: float = 0.8
    pause_s: float = 5.0
    longest_pause_s: float = 60.0
    pause_spread: float = 0.2
    probes: int = 3
    forget_after_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one call; `term` is the period of the state that gave it."""

    term: int


class Breaker:
    """`chance` gives numbers from 0 to 1: pauses are spread by it, so that many processes do not probe at once."""

    def __init__(self, bounds: BreakerBounds, now_s: Callable[[], float], chance: Callable[[], float]) -> None:
        self.bounds, self._now_s, self._chance = bounds, now_s, chance
        self.state, self.term = State.CLOSED, 0
        self._calls: deque[tuple[float, Outcome]] = deque()
        self._counts: Counter[Outcome] = Counter()
        self._rests_until_s = self._used_at_s = 0.0
        self._openings = self._probing = self._proved = 0

    def permit(self) -> Permit | None:
        """Return leave to call, to be given back by `note`; None while the circuit is open or enough probes are under way."""
        now_s = self._now_s()
        self._forget(now_s)
        self._used_at_s = now_s
        if self.state is State.OPEN and now_s >= self._rests_until_s:
            self._move(Event.RESTED)
        if self.state is State.OPEN or (self.state is State.HALF_OPEN and self._probing + self._proved >= self.bounds.probes):
            return None
        self._probing += self.state is State.HALF_OPEN
        return Permit(self.term)

    def note(self, permit: Permit, outcome: Outcome) -> None:
        if permit.term != self.term:
            return
        if self.state is State.HALF_OPEN:
            self._note_probe(outcome)
        elif outcome is not Outcome.UNTOLD:
            self._calls.append((self._now_s(), outcome))
            self._counts[outcome] += 1
            if self._is_bad():
                self._move(Event.TRIPPED)

    def rest_s(self) -> float:
        """Return how long it is useless to call."""
        return max(0.0, self._rests_until_s - self._now_s()) if self.state is State.OPEN else 0.0

    def seen(self) -> tuple[State, float]:
        """Return the state as a caller would find it now, and the share of calls that failed: of the window, or of when it opened."""
        now_s = self._now_s()
        self._forget(now_s)
        rested = self.state is State.OPEN and now_s >= self._rests_until_s
        return State.HALF_OPEN if rested else self.state, self._share(Outcome.FAILED)

    def _note_probe(self, outcome: Outcome) -> None:
        self._probing -= 1
        if outcome is Outcome.GOOD:
            self._proved += 1
            if self._proved >= self.bounds.probes:
                self._move(Event.PROVED)
        elif outcome is not Outcome.UNTOLD:
            self._move(Event.RELAPSED)

    def _move(self, event: Event) -> None:
        following = TRANSITIONS.get((self.state, event))
        if following is None:
            raise IllegalEvent(f"{event} in {self.state}")
        self.state, self.term = following, self.term + 1
        self._probing = self._proved = 0
        if following is State.OPEN:
            self._open()
        if following is State.CLOSED:
            self._openings = 0
            self._calls.clear()
            self._counts.clear()

    def _open(self) -> None:
        """Rest: each time in a row twice as long, up to a bound, spread by chance."""
        bounds = self.bounds
        pause_s = min(bounds.longest_pause_s, bounds.pause_s * 2**self._openings)
        self._openings = min(self._openings + 1, 30)
        self._rests_until_s = self._now_s() + pause_s * (1 + bounds.pause_spread * (2 * self._chance() - 1))

    def _forget(self, now_s: float) -> None:
        rests = self.state is not State.CLOSED and now_s >= self._rests_until_s
        if rests and now_s - self._used_at_s > self.bounds.forget_after_s:
            self._move(Event.FORGOTTEN)
        if self.state is State.CLOSED:
            while self._calls and self._calls[0][0] <= now_s - self.bounds.window_s:
                self._counts[self._calls.popleft()[1]] -= 1

    def _is_bad(self) -> bool:
        self._forget(self._now_s())
        if len(self._calls) < self.bounds.fewest_calls:
            return False
        slow = self._share(Outcome.SLOW) + self._share(Outcome.FAILED)
        return self._share(Outcome.FAILED) >= self.bounds.failed_share or slow >= self.bounds.slow_share

    def _share(self, outcome: Outcome) -> float:
        return self._counts[outcome] / len(self._calls) if self._calls else 0.0
