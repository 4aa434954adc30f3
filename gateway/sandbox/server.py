"""One system as a server on a loopback socket: guard, routes, faults, the beat of its work, and its end with its parent."""

import asyncio
import contextlib
import os
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.sandbox.control import Controls, control_words
from gateway.sandbox.faults import Faults
from gateway.sandbox.faulty import Faulty
from gateway.sandbox.refused import Refused
from gateway.sandbox.system import System
from gateway.sandbox.webhooks import Webhook

_BEAT_S = 0.1
_COUNTED_PATHS = 2_000


class AbortableProtocol(HttpToolsProtocol):
    """Gives each request the means to reset its connection, as a broken network does."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["sandbox.abort"] = self.transport.abort  # type: ignore[typeddict-unknown-key]


class Guarded:
    """Counts requests and turns those without the credential away."""

    def __init__(self, app: ASGIApp, system: System, credential: str, requests: Counter[str]) -> None:
        self._app, self._system, self._credential, self._requests = app, system, credential, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/_sandbox"):
            self._count(f"{scope['method']} {scope['path']}")
            if not self._system.admits(Request(scope), self._credential):
                answer = self._system.words(Refused(401, "UNAUTHORIZED", "the credential is missing or wrong"))
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _count(self, name: str) -> None:
        if name in self._requests or len(self._requests) < _COUNTED_PATHS:
            self._requests[name] += 1


def app(system: System, faults: Faults, credential: str, webhook: Webhook | None = None) -> ASGIApp:
    requests: Counter[str] = Counter()
    inner = Starlette(
        routes=[*Controls(system, faults, requests).routes(), *system.routes()],
        exception_handlers={Refused: _worded(system), HTTPException: _worded(system)},
        lifespan=_living(system, webhook),
    )
    inner.state.faults = faults
    return Faulty(Guarded(inner, system, credential, requests), faults, system.words)


def _worded(system: System) -> Callable[[Request, Exception], Response]:
    def worded(request: Request, error: Exception) -> Response:
        refused = error if isinstance(error, Refused) else _of_http(error)
        return control_words(refused) if request.url.path.startswith("/_sandbox") else system.words(refused)

    return worded


def _of_http(error: Exception) -> Refused:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(status, "MALFORMED")
    return Refused(status, code, {404: "no such path", 405: "no such method here"}.get(status, "the request is malformed"))


def _living(system: System, webhook: Webhook | None) -> Callable[[Starlette], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(_beat(system))]
        if webhook is not None:
            tasks.append(asyncio.create_task(webhook.run()))
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        system.journal.close()

    return lifespan


async def _beat(system: System) -> None:
    while True:
        system.tick()
        await asyncio.sleep(_BEAT_S)


def bound_socket(port: int) -> socket.socket:
    """Return a listening socket on loopback; raises OSError when the port is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        listening.close()
        raise
    return listening


def serve(application: ASGIApp, listening: socket.socket, code: str, *, with_parent: bool) -> None:
    """Serve until a signal comes or, when asked, until the parent is gone."""
    config = uvicorn.Config(
        application,
        http=AbortableProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    server = _Announced(
        config, {"system": code, "url": f"http://127.0.0.1:{listening.getsockname()[1]}", "pid": os.getpid()}, with_parent=with_parent
    )
    server.run(sockets=[listening])


class _Announced(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, told: dict[str, Any], *, with_parent: bool) -> None:
        super().__init__(config)
        self._told, self._with_parent, self._parent = told, with_parent, os.getppid()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        sys.stdout.write(orjson.dumps(self._told).decode() + "\n")
        sys.stdout.flush()
        if self._with_parent:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._read_parent)

    def _read_parent(self) -> None:
        # The parent holds the other end of this pipe and writes nothing: an end of file is its end, kill -9 included.
        if not os.read(sys.stdin.fileno(), 4096):
            os._exit(0)

    async def on_tick(self, counter: int) -> bool:
        if self._with_parent and os.getppid() != self._parent:
            os._exit(0)
        return await super().on_tick(counter)
