"""Our share of a source: how many calls are under way at once, moved by how fast it answers, and who comes first."""

from dataclasses import dataclass

from gateway.pacing.turns import Turns

LATE_FACTOR, NEVER_LATE_S = 3.0, 0.05
"""A call that takes so many times what its operation usually takes is late, unless it is that fast."""
FASTER, SLOWER = 0.1, 0.02
"""How fast the usual time follows answers that are faster than it, and slower."""
SHRINK = 0.9


@dataclass(frozen=True, slots=True)
class BulkheadBounds:
    """`loops_share`: how much of the room the loops may fill, which nobody waits for."""

    fewest: int = 8
    most: int = 64
    wait_s: float = 0.05
    loops_share: float = 0.5


class Bulkhead:
    """Room for calls to one source. Those that somebody waits for go first and wait briefly; the loops wait, and never fill all of it."""

    def __init__(self, bounds: BulkheadBounds) -> None:
        self.bounds = bounds
        self.room = float(min(bounds.most, 2 * bounds.fewest))
        self.turns = Turns((True, False), self._has_room)
        self._usual_s: dict[str, float] = {}
        self._shrunk_at_s = float("-inf")

    async def enter(self, *, live: bool, wait_s: float) -> None:
        """Take a place, to be given back by `leave`; raise Full when there is none in time. The loops may wait for `wait_s`."""
        await self.turns.enter(live, min(wait_s, self.bounds.wait_s) if live else wait_s)

    def leave(self, *, live: bool) -> None:
        self.turns.leave(live)

    def note(self, operation: str, seconds: float, now_s: float, *, answered: bool) -> None:
        """Learn from a call: room grows while answers come as usual and the room is used, and shrinks when they come late or not at all."""
        usual_s = self._usual_s.get(operation)
        if answered:
            pace = 1.0 if usual_s is None else FASTER if seconds < usual_s else SLOWER
            self._usual_s[operation] = seconds if usual_s is None else usual_s + pace * (seconds - usual_s)
        late = not answered or (usual_s is not None and seconds > max(NEVER_LATE_S, LATE_FACTOR * usual_s))
        if late and now_s - self._shrunk_at_s >= seconds:
            self._shrunk_at_s = now_s
            self.room = max(float(self.bounds.fewest), self.room * SHRINK)
        elif not late and self.turns.all_inside >= self.room / 2:
            self.room = min(float(self.bounds.most), self.room + 1 / self.room)

    def _has_room(self, live: bool) -> bool:  # noqa: FBT001 - the one fact it takes
        if self.turns.all_inside >= int(self.room):
            return False
        return live or self.turns.inside[False] < max(1, int(self.room * self.bounds.loops_share))
