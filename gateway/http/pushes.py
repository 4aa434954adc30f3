"""What systems push, taken in within the bounds of every other request, as a class of its own: bodies, room, lateness and time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.domain.errors import GatewayError, NotFound, SourceGarbage, Unauthenticated
from gateway.domain.urgency import Urgency
from gateway.http.admission import OVERLOADED, Admission
from gateway.http.errors import RequestRefused
from gateway.pacing.budget import spending

log = structlog.get_logger("gateway.http")
Take = Callable[[str, Mapping[str, str], bytes], Awaitable[dict[str, Any]]]
"""Takes in one push of a source: its headers and its body; returns what its sender is told."""
URGENCY = Urgency.STATUS
"""How long a push may wait: its sender comes again, and what it says is polled for too."""
COME_BACK_S = 5


@dataclass(frozen=True, slots=True)
class PushBounds:
    """`budget_s`: what taking one in may take; what hangs `grace_s` longer is broken off, and its sender comes again."""

    body_bytes: int = 1024 * 1024
    body_timeout_s: float = 10.0
    budget_s: float = 5.0
    grace_s: float = 4.0


class Pushes:
    def __init__(self, take: Take, bounds: PushBounds, admission: Admission) -> None:
        self.take, self.bounds, self.admission = take, bounds, admission

    async def __call__(self, request: Request) -> Response:
        """Take in what a source pushes; its answer says how many rows were used and which were not."""
        try:
            async with asyncio.timeout(self.bounds.body_timeout_s):
                body = await bounded_body(request, self.bounds.body_bytes)
        except TimeoutError:
            return problem(408, f"The body did not arrive within {self.bounds.body_timeout_s:g} s.")
        if body is None:
            return problem(413, f"A webhook holds at most {self.bounds.body_bytes} bytes.")
        try:
            return await self._taken(request, body)
        except Exception as error:  # whatever it is: the sender gets JSON and comes again, the log the rest
            log.exception("webhook_failed", source=request.path_params["source"], error=type(error).__name__)
            return problem(500, "Something went wrong on our side; it was logged.")

    async def _taken(self, request: Request, body: bytes) -> Response:
        try:
            async with self.admission.room_for(URGENCY), asyncio.timeout(self.bounds.budget_s + self.bounds.grace_s):
                with spending(self.bounds.budget_s):
                    return JSONResponse(await self.take(request.path_params["source"], request.headers, body))
        except RequestRefused as refused:
            return problem(refused.status, str(refused), refused.headers)
        except TimeoutError:
            return refusal(None)
        except GatewayError as error:
            return refusal(error)


async def bounded_body(request: Request, limit: int) -> bytes | None:
    """Return the body; None when it is longer than the limit, or says so, without reading the rest."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > limit:
        return None
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            return None
        parts.append(part)
    return b"".join(parts)


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    content = {"status": status, "detail": detail}
    return JSONResponse(content, status_code=status, headers=dict(headers or {}), media_type="application/problem+json")


def refusal(error: GatewayError | None) -> Response:
    """Return the answer to a push that could not be taken; 503 makes its sender come again, and says when. None: it took too long."""
    status = {NotFound: 404, Unauthenticated: 401, SourceGarbage: 400}.get(type(error))
    if status is None:
        return problem(OVERLOADED, "This cannot be taken in right now; send it again.", {"retry-after": str(COME_BACK_S)})
    return problem(status, str(error))
