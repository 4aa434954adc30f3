"""Runs the ASGI application on a socket of ours until a signal ends it."""

import asyncio
import contextlib
import importlib
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar, cast

import uvicorn
from starlette.types import ASGIApp

from gateway.http.draining import Draining
from gateway.settings import Settings

T = TypeVar("T")
OnReady = Callable[[str], Awaitable[None]]
"""Called once with the graph's address when it answers."""


ENDING = (signal.SIGINT, signal.SIGTERM)


def listening_socket(host: str, port: int) -> tuple[socket.socket, bool]:
    """Return a socket bound to the port, or to a free one when it is taken, and whether it had to move."""
    try:
        return bound(host, port), False
    except OSError:
        return bound(host, 0), port != 0


def bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or the event loop lets small answers wait
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def address(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run it to its end on the fastest event loop there is."""
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        return runner.run(main)


def fastest_loop() -> asyncio.AbstractEventLoop:
    with contextlib.suppress(ImportError):  # uvloop is not made for Windows
        return cast("asyncio.AbstractEventLoop", importlib.import_module("uvloop").new_event_loop())
    return asyncio.new_event_loop()


class Server(uvicorn.Server):
    """Ends on a signal and returns: what was started around it is ended by whoever started it, not by the signal's default.

    At SIGTERM balancers are given notice before connections are refused; a second signal, or SIGINT, ends it at once.
    """

    def __init__(self, config: uvicorn.Config, draining: Draining, notice_s: float) -> None:
        super().__init__(config)
        self.draining, self.notice_s = draining, notice_s

    def end(self, sign: signal.Signals) -> None:
        at_once = sign != signal.SIGTERM or self.draining.begun
        self.draining.begin()
        asyncio.get_running_loop().call_later(0 if at_once else self.notice_s, self.handle_exit, sign, None)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for sign in ENDING:
            loop.add_signal_handler(sign, self.end, sign)
        try:
            yield
        finally:
            for sign in ENDING:
                loop.remove_signal_handler(sign)


async def serve(app: ASGIApp, draining: Draining, sock: socket.socket, settings: Settings, on_ready: OnReady) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are answered first, for `drain_s` at most."""
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=round(settings.drain_s),
        server_header=False,
    )
    server = Server(config, draining, settings.drain_notice_s)
    ready = asyncio.create_task(when_started(server, address(sock), on_ready))
    await server.serve(sockets=[sock])
    if not server.started:
        raise RuntimeError("the application did not start; the lines above say why")
    await ready


async def when_started(server: uvicorn.Server, url: str, on_ready: OnReady) -> None:
    while not server.started:
        if server.should_exit:
            return
        await asyncio.sleep(0.02)
    await on_ready(url)
