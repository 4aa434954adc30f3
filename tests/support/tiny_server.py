"""Small servers on loopback: an ASGI application in a thread, or raw bytes for what no proper server would send."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

RawHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LET_IN_S = 0.01
"""How long a connection takes at the most from its acceptance to its task."""


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port; yield its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextlib.asynccontextmanager
async def raw_server(handler: RawHandler) -> AsyncIterator[str]:
    """Serve raw bytes on a free port; yield its address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await handler(reader, writer)

    guests = Guests(answer)
    server = await asyncio.start_server(guests.enter, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await guests.leave()


class Guests:
    """Who was let in by a server: each has its task from the start, and is shown out at the end, served or not."""

    def __init__(self, serve: RawHandler) -> None:
        self._serve = serve
        self._ends: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._served(reader, writer))
        self._ends[task] = writer
        task.add_done_callback(self._ended)

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._serve(reader, writer)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._ends.pop(task).close()

    async def leave(self) -> None:
        """Show all out, also those who were just coming in."""
        await asyncio.sleep(LET_IN_S)
        tasks = list(self._ends)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(LET_IN_S)  # what was closed just now lets its socket go then
