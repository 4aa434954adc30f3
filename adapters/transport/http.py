"""One system over HTTP: its own pool of connections, a deadline for every call, errors in our words."""

import asyncio
from collections.abc import Mapping

import httpx2

from adapters.transport.answers import TooLarge, body_of, parsed, path_of, refusal
from adapters.transport.calls import Answer, Call, Guard, Limits, Unguarded
from adapters.transport.health import Health
from gateway.domain.errors import SourceBusy, SourceError, SourceGarbage, SourceTimeout, SourceUnavailable
from gateway.ports.stores import Clock

NO_EFFECT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)
"""Nothing was sent."""


class HttpSource:
    """Asks one system. Every failure is a SourceError; what may have had an effect says so.

    A call that is no mutation is repeated once, at this layer only, while its deadline lasts.
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
        self._clock, self.limits, self._guard = clock, limits or Limits(), guard or Unguarded()
        self._headers = dict(headers or {})
        self._client = httpx2.AsyncClient(
            headers={"accept": "application/json", "accept-encoding": "gzip", "user-agent": "commerce-gateway"},
            limits=httpx2.Limits(max_connections=self.limits.connections, max_keepalive_connections=self.limits.connections),
            timeout=None,
            follow_redirects=False,
            trust_env=False,
        )

    async def ask(self, call: Call) -> Answer:
        """Return the answer; raise SourceUnavailable, SourceTimeout, SourceBusy, SourceRejected or SourceGarbage."""
        allowed_s = call.timeout_s or (self.limits.mutation_timeout_s if call.mutation else self.limits.read_timeout_s)
        try:
            async with asyncio.timeout(allowed_s):
                answer = await self._with_retry(call, allowed_s)
        except TimeoutError:
            error = SourceTimeout(
                self.source, f"gave no answer to {call.method} {path_of(call)} in {allowed_s:g} s", unknown_effect=call.mutation
            )
            self.health.note_failure(call.operation, error)
            raise error from None
        except SourceError as error:
            # Our own share of connections being full says nothing about the source.
            if not isinstance(error.__cause__, httpx2.PoolTimeout):
                self.health.note_failure(call.operation, error, unreachable=isinstance(error.__cause__, NO_EFFECT))
            raise
        self.health.note_success(call.operation)
        return answer

    async def close(self) -> None:
        await self._client.aclose()

    def owns(self, url: str) -> bool:
        """Tell whether an address is this system's own; credentials are sent nowhere else."""
        return url.startswith("/") or origin(url) == origin(self.base_url)

    async def _with_retry(self, call: Call, allowed_s: float) -> Answer:
        try:
            return await self._attempt(call, allowed_s)
        except SourceUnavailable:
            if call.mutation:
                raise
            return await self._attempt(call, allowed_s)

    async def _attempt(self, call: Call, allowed_s: float) -> Answer:
        connect_s = min(self.limits.connect_timeout_s, allowed_s)
        request = self._client.build_request(
            call.method,
            self.base_url + call.url if call.url.startswith("/") else call.url,
            params=list(call.query) or None,
            headers={**(self._headers if self.owns(call.url) else {}), **call.headers},
            content=call.body,
            timeout=httpx2.Timeout(allowed_s, connect=connect_s, pool=connect_s),
        )
        try:
            async with self._guard.around(call):
                return await self._answer(call, request)
        except httpx2.PoolTimeout as error:
            raise SourceBusy(self.source, "has no connection free for us") from error
        except NO_EFFECT as error:
            raise SourceUnavailable(self.source, "cannot be reached") from error
        except httpx2.TimeoutException as error:
            raise SourceTimeout(
                self.source, f"gave no answer to {call.method} {path_of(call)} in time", unknown_effect=call.mutation
            ) from error
        except httpx2.HTTPError as error:
            raise SourceUnavailable(self.source, "broke off the connection", unknown_effect=call.mutation) from error

    async def _answer(self, call: Call, request: httpx2.Request) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            if error := refusal(self.source, call, response.status_code, headers, self._clock.now()):
                raise error
            body = await body_of(response.aiter_raw(), headers.get("content-encoding", ""), self.limits)
        except TooLarge:
            raise self._garbage(call, b"", f"is larger than {self.limits.max_bytes} bytes") from None
        except ValueError as error:
            raise self._garbage(call, b"", str(error)) from error
        finally:
            await response.aclose()
        try:
            return Answer(response.status_code, headers, parsed(body, self.limits))
        except ValueError as error:
            raise self._garbage(call, body, "is no JSON" if "nested" not in str(error) else str(error)) from error

    def _garbage(self, call: Call, body: bytes, what: str) -> SourceGarbage:
        self.health.keep_sample(body)
        return SourceGarbage(self.source, f"the answer to {call.method} {path_of(call)} {what}", unknown_effect=call.mutation)


def origin(url: str) -> tuple[str, str]:
    """Return scheme and host with port of an address."""
    parts = httpx2.URL(url)
    return parts.scheme, parts.netloc.decode()
