"""A wire between client and database that can lose an answer after its effect."""

import asyncio
import contextlib
import struct
from types import TracebackType
from typing import Self

from tests.support.tiny_server import Guests

HEADER = 4


class LossyProxy:
    """Forwards messages; `lose(n, word)`: the answers to the next n requests that hold the word never arrive."""

    def __init__(self, port: int) -> None:
        self.server_port, self.lost, self._left, self._word = port, 0, 0, b""
        self._guests = Guests(self._serve)

    def lose(self, n: int, word: bytes) -> None:
        self._left, self._word = n, word

    @property
    def uri(self) -> str:
        port = self._server.sockets[0].getsockname()[1]
        return f"mongodb://127.0.0.1:{port}/?directConnection=true"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._guests.enter, "127.0.0.1", 0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        await self._guests.leave()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while await self._exchange(reader, writer, server_reader, server_writer):
                    pass
        finally:
            server_writer.close()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: asyncio.StreamReader, to_server: asyncio.StreamWriter
    ) -> bool:
        """Carry one request and its answer; False when the answer was lost, and the connection with it."""
        request = await message(reader)
        to_server.write(request)
        await to_server.drain()
        answer = await message(server)
        if self._left and self._word in request:
            self._left -= 1
            self.lost += 1
            return False
        writer.write(answer)
        await writer.drain()
        return True


async def message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(HEADER)
    (length,) = struct.unpack("<i", head)
    return head + await reader.readexactly(length - HEADER)


def request_of(command: str, collection: str) -> bytes:
    """Return the word by which a command's requests on a collection are known."""
    return b"\x02" + command.encode() + b"\0" + struct.pack("<i", len(collection) + 1) + collection.encode() + b"\0"
