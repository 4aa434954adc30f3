"""Who is let in while there is more to do than can be done: the urgent first, the rest turned away at once and told when to come back."""

import asyncio
import math
import random
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from gateway.domain.urgency import Urgency
from gateway.http.errors import RequestRefused, refused
from gateway.pacing.turns import Full, Turns

OVERLOADED = 503
TICK_S = 0.02
STANDING = 3
"""A delay stands when so many looks in a row have seen it: one long step of something else is no overload."""
FASTEST_RETRY_S, SLOWEST_RETRY_S = 1.0, 3.0


@dataclass(frozen=True, slots=True)
class AdmissionBounds:
    """`delay_s`: how long the least urgent may be kept waiting, by the loop or for its turn; each more urgent class twice as long.

    `most` operations run at once; each less urgent class may fill `share_step` less of that.
    """

    delay_s: float = 0.1
    most: int = 256
    share_step: float = 0.1
    streams: int = 2_000
    """Sockets and event streams at once."""

    def patience_s(self, urgency: Urgency) -> float:
        return self.delay_s * 2.0**urgency

    def room(self, urgency: Urgency) -> int:
        return max(1, int(self.most * (1 - self.share_step * (Urgency.PLACE - urgency))))


class LoopLag:
    """How late the loop is; looked at while anything is under way, so that an idle process does nothing."""

    def __init__(self) -> None:
        self._late_s: deque[float] = deque(maxlen=STANDING)
        self._ticking: asyncio.TimerHandle | None = None
        self._wanted = 0

    @property
    def seconds(self) -> float:
        return min(self._late_s) if len(self._late_s) == STANDING else 0.0

    def start(self) -> None:
        self._wanted += 1
        if self._ticking is None:
            self._arm()

    def stop(self) -> None:
        self._wanted -= 1

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        self._ticking = loop.call_later(TICK_S, self._tick, loop.time() + TICK_S)

    def _tick(self, due_s: float) -> None:
        self._late_s.append(asyncio.get_running_loop().time() - due_s)
        self._ticking = None
        if self._wanted:
            self._arm()
        else:
            self._late_s.clear()


class Admission:
    """Bounded room for operations, given by urgency. `urgency_by_field` names root fields; one that it does not name can wait."""

    def __init__(
        self,
        bounds: AdmissionBounds,
        urgency_by_field: Mapping[str, Urgency],
        *,
        lag_s: Callable[[], float] | None = None,
        lag: LoopLag | None = None,
    ) -> None:
        self.bounds, self.urgency_by_field = bounds, dict(urgency_by_field)
        self.lag = lag or LoopLag()
        self._lag_s = lag_s or (lambda: self.lag.seconds)
        self._turns = Turns(sorted(Urgency, reverse=True), self._fits)
        self._words = {
            urgency: re.compile("|".join(rf"\b{name}\b" for name in names).encode())
            for urgency in sorted(Urgency, reverse=True)
            if (names := [name for name, one in urgency_by_field.items() if one is urgency])
        }
        self.streams = 0
        self.turned_away: dict[Urgency, int] = dict.fromkeys(Urgency, 0)

    def at_most(self, text: bytes) -> Urgency:
        """Return how urgent a request can be by the words in it, before it is parsed; its operation may turn out less so."""
        return next((urgency for urgency, words in self._words.items() if words.search(text)), Urgency.SEARCH)

    def of_operation(self, roots: Iterable[str]) -> Urgency:
        """Return how urgent an operation is: as its least urgent root field, so that nothing comes in beside something urgent."""
        return min((self.urgency_by_field.get(name, Urgency.SEARCH) for name in roots if name != "__typename"), default=Urgency.SEARCH)

    def check(self, urgency: Urgency) -> None:
        """Raise RequestRefused while the loop is later than such a request may be kept waiting."""
        if self._lag_s() > self.bounds.patience_s(urgency):
            raise self._refusal(urgency)

    @asynccontextmanager
    async def room_for(self, urgency: Urgency) -> AsyncIterator[None]:
        """Give an operation its turn; raise RequestRefused when it does not come in time."""
        self.check(urgency)
        try:
            await self._turns.enter(urgency, self.bounds.patience_s(urgency))
        except Full:
            raise self._refusal(urgency) from None
        self.lag.start()
        try:
            yield
        finally:
            self.lag.stop()
            self._turns.leave(urgency)

    @property
    def inside(self) -> int:
        return self._turns.all_inside

    @property
    def takes_streams(self) -> bool:
        return self.streams < self.bounds.streams

    def check_streams(self) -> None:
        """Raise RequestRefused when there are as many sockets and event streams as there may be."""
        if not self.takes_streams:
            raise self._refusal(Urgency.STATUS)

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Count a socket or an event stream."""
        self.streams += 1
        try:
            yield
        finally:
            self.streams -= 1

    def _fits(self, urgency: Urgency) -> bool:
        return self._turns.all_inside < self.bounds.room(urgency)

    def _refusal(self, urgency: Urgency) -> RequestRefused:
        self.turned_away[urgency] += 1
        wait_s = random.uniform(FASTEST_RETRY_S, SLOWEST_RETRY_S)  # noqa: S311 - spreads those who come back, no secret
        refusal = refused(
            "THROTTLED",
            "There is more to do than can be done now; repeat this in a moment, a mutation with the same idempotencyKey.",
            status=OVERLOADED,
            headers={"retry-after": str(math.ceil(wait_s))},
        )
        (error,) = refusal.errors
        error.extensions = {**(error.extensions or {}), "retryAfterMs": round(wait_s * 1000)}
        return refusal
