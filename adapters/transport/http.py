"""One system over HTTP: its own pool of connections, a deadline for every call, errors in our words."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx2

from adapters.transport.answers import TooLarge, body_of, parsed, path_of, refusal
from adapters.transport.calls import MIB, Answer, Call, Limits
from adapters.transport.guard import Guard
from adapters.transport.health import Health
from adapters.transport.tries import Pace, Purse, first_answer
from gateway.domain.errors import SourceBusy, SourceError, SourceGarbage, SourceTimeout, SourceUnavailable
from gateway.pacing.budget import remaining_s
from gateway.ports.stores import Clock

T = TypeVar("T")
NO_EFFECT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)
"""Nothing was sent."""
PARSED_ASIDE_BYTES = MIB
"""Answers larger than this are parsed beside the loop, which goes on meanwhile."""


class HttpSource:
    """Asks one system. Every failure is a SourceError; what may have had an effect says so.

    Around each call, from the outside: the bulkhead, the breaker, a second try (reads alone), the time-out.
    """

    def __init__(
        self,
        source: str,
        base_url: str,
        clock: Clock,
        *,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        guard: Guard | None = None,
    ) -> None:
        self.source, self.base_url = source, base_url.rstrip("/")
        self.health = Health(source, clock)
        self._clock, self.limits = clock, limits or Limits()
        self.guard = guard or Guard(source, self.limits, clock)
        self._purse = Purse(self.limits.second_tries_share, self.limits.second_tries_saved)
        self._pace = Pace()
        self._headers = dict(headers or {})
        most = self.limits.bulkhead.most
        self._client = httpx2.AsyncClient(
            headers={"accept": "application/json", "accept-encoding": "gzip", "user-agent": "commerce-gateway"},
            # A second try needs a connection beside that of the first.
            limits=httpx2.Limits(max_connections=2 * most, max_keepalive_connections=most),
            timeout=None,
            follow_redirects=False,
            trust_env=False,
        )

    async def ask(self, call: Call) -> Answer:
        """Return the answer; raise SourceUnavailable, SourceTimeout, SourceBusy, SourceRejected or SourceGarbage."""
        return await self.read(call, lambda answer: answer)

    async def read(self, call: Call, understood: Callable[[Answer], T]) -> T:
        """Return what `understood` makes of the answer; the garbage that it raises counts against the source as any other."""
        own_s = call.timeout_s or (self.limits.mutation_timeout_s if call.mutation else self.limits.read_timeout_s)
        allowed_s = self._allowed_s(call, own_s)
        try:
            async with self.guard.around(call, allowed_s, own_s):
                told = understood(await self._answer(call, time.monotonic() + allowed_s))
        except SourceError as error:
            error.since = error.since or self.health.since
            if not error.unsent:
                self.health.note_failure(call.operation, error, unreachable=isinstance(error.__cause__, NO_EFFECT))
            raise
        self.health.note_success(call.operation)
        return told

    async def close(self) -> None:
        await self._client.aclose()

    def owns(self, url: str) -> bool:
        """Tell whether an address is this system's own; credentials are sent nowhere else."""
        return url.startswith("/") or origin(url) == origin(self.base_url)

    def _allowed_s(self, call: Call, own_s: float) -> float:
        """Return what the call may take: its own, or what its request has left."""
        left_s = remaining_s(self.limits.budget_margin_s)
        allowed_s = own_s if left_s is None else min(own_s, left_s)
        if allowed_s <= 0:
            raise SourceTimeout(self.source, f"was not asked by {call.method} {path_of(call)}: no time was left", unsent=True)
        return allowed_s

    async def _answer(self, call: Call, until_s: float) -> Answer:
        """Try once; reads a second time, where that may help and is paid for."""
        self._purse.save()

        async def attempt() -> Answer:
            return await self._attempt(call, until_s)

        if call.mutation:
            return await attempt()
        live = remaining_s() is not None
        hedge_after_s = (self.limits.hedge_after_s or self._pace.late_after_s(call.operation)) if live else None
        return await first_answer(attempt, hedge_after_s, self._purse)

    async def _attempt(self, call: Call, until_s: float) -> Answer:
        begun_s = time.monotonic()
        left_s = max(0.001, until_s - begun_s)
        try:
            async with asyncio.timeout(left_s):
                answer = await self._asked(call, left_s)
        except TimeoutError:
            raise self._late(call) from None
        except httpx2.PoolTimeout as error:
            raise SourceBusy(self.source, "has no connection free for us", unsent=True) from error
        except NO_EFFECT as error:
            raise SourceUnavailable(self.source, "cannot be reached") from error
        except httpx2.TimeoutException as error:
            raise self._late(call) from error
        except httpx2.HTTPError as error:
            raise SourceUnavailable(self.source, "broke off the connection", unknown_effect=call.mutation) from error
        self._pace.note(call.operation, time.monotonic() - begun_s)
        return answer

    async def _asked(self, call: Call, allowed_s: float) -> Answer:
        connect_s = min(self.limits.connect_timeout_s, allowed_s)
        request = self._client.build_request(
            call.method,
            self.base_url + call.url if call.url.startswith("/") else call.url,
            params=list(call.query) or None,
            headers={**(self._headers if self.owns(call.url) else {}), **call.headers},
            content=call.body,
            timeout=httpx2.Timeout(allowed_s, connect=connect_s, pool=connect_s),
        )
        response = await self._client.send(request, stream=True)
        limit = call.max_bytes or self.limits.max_bytes
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            if error := refusal(self.source, call, response.status_code, headers, self._clock.now()):
                raise error
            body = await body_of(response.aiter_raw(), headers.get("content-encoding", ""), limit)
        except TooLarge:
            raise self._garbage(call, b"", f"is larger than {limit} bytes") from None
        except ValueError as error:
            raise self._garbage(call, b"", str(error)) from error
        finally:
            await response.aclose()
        return Answer(response.status_code, headers, await self._content(call, body))

    async def _content(self, call: Call, body: bytearray) -> object:
        try:
            if len(body) > PARSED_ASIDE_BYTES:
                return await asyncio.to_thread(parsed, body, self.limits.max_depth)
            return parsed(body, self.limits.max_depth)
        except ValueError as error:
            raise self._garbage(call, body, "is no JSON" if "nested" not in str(error) else str(error)) from error

    def _late(self, call: Call) -> SourceTimeout:
        return SourceTimeout(self.source, f"gave no answer to {call.method} {path_of(call)} in time", unknown_effect=call.mutation)

    def _garbage(self, call: Call, body: bytes | bytearray, what: str) -> SourceGarbage:
        self.health.keep_sample(body)
        return SourceGarbage(self.source, f"the answer to {call.method} {path_of(call)} {what}", unknown_effect=call.mutation)


def origin(url: str) -> tuple[str, str]:
    """Return scheme and host with port of an address."""
    parts = httpx2.URL(url)
    return parts.scheme, parts.netloc.decode()
