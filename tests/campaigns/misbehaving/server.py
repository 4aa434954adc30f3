"""A system on loopback that answers honestly, but for one path: there it does to its callers whatever it is told to."""

import asyncio
import contextlib
import gzip
import json
import re
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

CERTIFICATE = Path(__file__).with_name("untrusted.pem")
HUGE_BYTES = 200_000_000
BOMB = gzip.compress(b"0" * 256 * 1024 * 1024, 9)
DELAY_S, DRIP_S = 5.2, 1.0
"""A little more than the 5 s that a mutation may take."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Told:
    """An honest answer."""

    content: Any
    status: int = 200


Honest = Callable[[Asked], Told]


@dataclass
class Misbehavior:
    """What is wrong with one path. `scale` shortens its waits; `fired` counts what it really did."""

    kind: str
    path: str
    scale: float = 1.0
    fired: int = 0

    def concerns(self, asked: Asked) -> bool:
        return asked.path.startswith(self.path)


@dataclass
class System:
    """A server of honest answers by path. `calls` counts requests by path, `flooded` the bytes that the longest flood got rid of."""

    answers: dict[str, Honest]
    wrong: Misbehavior | None = None
    calls: Counter[str] = field(default_factory=Counter)
    flooded: int = 0
    port: int = 0
    tls_port: int = 0
    _servers: list[asyncio.Server] = field(default_factory=list)
    _under_way: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"https://127.0.0.1:{self.tls_port}"

    async def start(self) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)
        plain = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        safe = await asyncio.start_server(self._serve, "127.0.0.1", self.tls_port, ssl=context)
        self._servers = [plain, safe]
        self.port, self.tls_port = (server.sockets[0].getsockname()[1] for server in self._servers)

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        self._servers = []

    async def misbehave(self, wrong: Misbehavior) -> None:
        self.wrong = wrong
        if wrong.kind == "refuse":
            await self.stop()

    async def heal(self) -> None:
        """Behave again; whoever still waits for an answer of before is let go."""
        self.wrong = None
        if not self._servers:
            await self.start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await self._answer(await read(reader), writer)
        finally:
            self._under_way.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        path = next((path for path in self.answers if asked.path.startswith(path)), None)
        if path is None:
            await send(writer, response(b"{}", 404))
            return
        self.calls[path] += 1
        wrong = self.wrong if self.wrong and self.wrong.concerns(asked) else None
        # One that is busy has done nothing; every other has done its work by the time it answers wrongly.
        told = Told({}) if wrong and wrong.kind == "status 429" else self.answers[path](asked)
        if wrong is None:
            await send(writer, honest(told))
            return
        wrong.fired += 1
        await MISANSWERS[wrong.kind](self, told, writer)


async def read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    return Asked(method, unquote(path), parse_qs(query), headers, body)


def response(body: bytes, status: int = 200, *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body) if length is None else length}", "connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


Misanswer = Callable[[System, Told, asyncio.StreamWriter], Awaitable[None]]


def honest(told: Told) -> bytes:
    return response(json.dumps(told.content).encode(), told.status)


async def hang(_system: System, _told: Told, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def wait(system: System, told: Told, writer: asyncio.StreamWriter) -> None:
    assert system.wrong
    await asyncio.sleep(DELAY_S * system.wrong.scale)
    await send(writer, honest(told))


async def drip(system: System, told: Told, writer: asyncio.StreamWriter) -> None:
    assert system.wrong
    for number, byte in enumerate(answer := honest(told)):
        await send(writer, answer[number : number + 1] if number else bytes([byte]))
        await asyncio.sleep(DRIP_S * system.wrong.scale)


async def reset(_system: System, told: Told, writer: asyncio.StreamWriter) -> None:
    whole = honest(told)
    await send(writer, whole[: len(whole) - max(1, len(json.dumps(told.content)) // 2)])
    found: socket.socket = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    writer.transport.abort()


def saying(body: bytes, status: int = 200, *headers: str) -> Misanswer:
    async def answer(_system: System, _told: Told, writer: asyncio.StreamWriter) -> None:
        await send(writer, response(body, status, *headers))

    return answer


async def not_a_number(_system: System, told: Told, writer: asyncio.StreamWriter) -> None:
    text = json.dumps(told.content)
    wrong, replaced = re.subn(r"(: )\d+(\.\d+)?", r"\1NaN", text, count=1)
    await send(writer, response((wrong if replaced else '{"n": NaN, ' + text[1:]).encode()))


async def flood(system: System, _told: Told, writer: asyncio.StreamWriter) -> None:
    await send(writer, response(b'{"rows": ["', length=HUGE_BYTES))
    chunk, sent = b"x" * 65_536, 0
    while sent < HUGE_BYTES:
        await send(writer, chunk)
        sent += len(chunk)
        system.flooded = max(system.flooded, sent)


async def flap(system: System, told: Told, writer: asyncio.StreamWriter) -> None:
    assert system.wrong
    await send(writer, response(b"", 500) if system.wrong.fired % 2 else honest(told))


async def as_told(_system: System, told: Told, writer: asyncio.StreamWriter) -> None:
    """Answer as the system's own state says: what is wrong with old and future data lies in that."""
    await send(writer, honest(told))


MISANSWERS: dict[str, Misanswer] = {
    "refuse": hang,
    "hang": hang,
    "slow": wait,
    "drip": drip,
    "reset": reset,
    "status 500": saying(b"oops: Ana Roy, 12 rue X", 500),
    "status 429": saying(b"", 429),
    "html": saying(b"<html><body>Maintenance</body></html>", 200, "content-type: text/html"),
    "wrong schema": saying(b'{"unexpected": {"totally": ["else"]}}'),
    "nan": not_a_number,
    "huge": flood,
    "bomb": saying(BOMB, 200, "content-encoding: gzip"),
    "bad tls": as_told,
    "old data": as_told,
    "future data": as_told,
    "flapping": flap,
}
KINDS = tuple(MISANSWERS)
