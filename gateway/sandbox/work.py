"""Work that falls due by itself: a clock that can run faster than the wall's, and what is planned on it."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

from gateway.sandbox.stamps import wall_ms

Action = Callable[[float], None]
MAX_SPEED = 100_000


class WorkClock:
    """Seconds of work. Stamps never come from here: a source whose clock runs ahead is garbage to its readers."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._wall_s = self._work_s = wall_ms() / 1000

    def now_s(self) -> float:
        return self._work_s + max(0.0, wall_ms() / 1000 - self._wall_s) * self.speed

    def turn(self, *, speed: float | None = None, advance_s: float = 0.0) -> None:
        self._work_s, self._wall_s = self.now_s() + advance_s, wall_ms() / 1000
        if speed is not None:
            self.speed = speed

    def anchor(self) -> dict[str, Any]:
        return {"speed": self.speed, "wall_s": self._wall_s, "work_s": self._work_s}

    def restore(self, anchor: dict[str, Any]) -> None:
        self.speed, self._wall_s, self._work_s = anchor["speed"], anchor["wall_s"], anchor["work_s"]


class Agenda:
    """Actions in the order of their hour; each is told the hour it was planned for."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Action]] = []
        self._ties = count()

    def plan(self, due_s: float, action: Action) -> None:
        heapq.heappush(self._heap, (due_s, next(self._ties), action))

    def clear(self) -> None:
        self._heap.clear()

    def run(self, now_s: float, most: int = 20_000) -> int:
        """Do what is due, at most so much at once, and return how much that was."""
        done = 0
        while self._heap and self._heap[0][0] <= now_s and done < most:
            due_s, _, action = heapq.heappop(self._heap)
            action(due_s)
            done += 1
        return done
