"""What stands around every call to a source: its bulkhead, then the breaker of the call's operation."""

import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from adapters.transport.breaker import Breaker, Outcome, Permit
from adapters.transport.bulkhead import Bulkhead
from adapters.transport.calls import Call, Limits
from gateway.domain.circuits import Circuit, CircuitState
from gateway.domain.errors import SourceBusy, SourceError, SourceRejected, SourceTimeout, SourceUnavailable
from gateway.domain.ids import SourceCode
from gateway.pacing.budget import remaining_s
from gateway.pacing.turns import Full
from gateway.ports.stores import Clock

log = structlog.get_logger(__name__)


@dataclass
class Watched:
    """The breaker of one operation, and since when it has had trouble."""

    breaker: Breaker
    since: datetime | None = None


class Guard:
    """Bulkhead and breakers of one source. A call that belongs to a request is live; those of the loops wait behind it."""

    def __init__(
        self,
        source: str,
        limits: Limits,
        clock: Clock,
        *,
        now_s: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self.source, self.limits, self._clock, self._now_s = source, limits, clock, now_s
        self._chance = chance or random.SystemRandom().random
        self.bulkhead = Bulkhead(limits.bulkhead)
        self._watched: dict[str, Watched] = {}

    def circuits(self) -> tuple[Circuit, ...]:
        """Return every circuit that was ever used, as it stands now."""
        return tuple(self._circuit(operation, watched) for operation, watched in sorted(self._watched.items()))

    @asynccontextmanager
    async def around(self, call: Call, allowed_s: float, own_s: float) -> AsyncIterator[None]:
        """Let one call through. Raises SourceBusy or SourceUnavailable, both `unsent`, instead.

        `own_s` is what the operation may take, `allowed_s` what is left of it: one that was cut short says nothing about its source.
        """
        live = remaining_s() is not None
        try:
            await self.bulkhead.enter(live=live, wait_s=allowed_s)
        except Full:
            raise SourceBusy(self.source, "has as many calls of ours under way as it may have", unsent=True) from None
        try:
            permit = self._permit(call.operation)
            begun_s = self._now_s()
            outcome = Outcome.UNTOLD
            try:
                yield
                outcome = self._judged(None, self._now_s() - begun_s, own_s)
            except SourceError as error:
                outcome = self._judged(error, self._now_s() - begun_s, own_s)
                raise
            finally:
                self._note(call.operation, permit, outcome, self._now_s() - begun_s)
        finally:
            self.bulkhead.leave(live=live)

    def _permit(self, operation: str) -> Permit:
        watched = self._watched.get(operation)
        if watched is None:
            watched = self._watched[operation] = Watched(Breaker(self.limits.breaker, self._now_s, self._chance))
        permit = watched.breaker.permit()
        if permit is None:
            wait_ms = max(1, round(watched.breaker.rest_s() * 1000))
            told = f"is not asked for {operation} while it recovers"
            raise SourceUnavailable(self.source, told, since=watched.since, retry_after_ms=wait_ms, unsent=True)
        return permit

    def _judged(self, error: SourceError | None, seconds: float, own_s: float) -> Outcome:
        slow = seconds > own_s * self.limits.slow_share
        if error is None or isinstance(error, SourceRejected):
            return Outcome.SLOW if slow else Outcome.GOOD
        if error.unsent or (isinstance(error, SourceTimeout) and not slow):
            return Outcome.UNTOLD
        return Outcome.FAILED

    def _note(self, operation: str, permit: Permit, outcome: Outcome, seconds: float) -> None:
        watched = self._watched[operation]
        watched.breaker.note(permit, outcome)
        if outcome is not Outcome.UNTOLD:
            self.bulkhead.note(operation, seconds, self._now_s(), answered=outcome is not Outcome.FAILED)
        state = watched.breaker.state
        if state is CircuitState.OPEN and watched.since is None:
            watched.since = self._clock.now()
            log.warning("circuit_opened", source=self.source, operation=operation)
        elif state is CircuitState.CLOSED and watched.since is not None:
            watched.since = None
            log.info("circuit_closed", source=self.source, operation=operation)

    def _circuit(self, operation: str, watched: Watched) -> Circuit:
        state, failure_rate = watched.breaker.seen()
        since = None if state is CircuitState.CLOSED else watched.since
        return Circuit(SourceCode(self.source), operation, state, failure_rate, since)
