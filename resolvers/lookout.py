"""The lookout of a process: tells the others, again and again, what it sees of the sources."""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Callable, Sequence

from gateway.domain.circuits import Circuit
from gateway.domain.errors import GatewayError
from gateway.ports.stores import Sightings


class Lookout:
    """What it told counts while it goes on telling; at its end it takes that back."""

    def __init__(self, sightings: Sightings, circuits: Callable[[], Sequence[Circuit]], every_s: float) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._sightings, self._circuits, self._every_s = sightings, circuits, every_s
        self._telling: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._telling = asyncio.create_task(self._tell(), name="lookout")

    async def stop(self) -> None:
        if self._telling is None:
            return
        self._telling.cancel()
        await asyncio.gather(self._telling, return_exceptions=True)
        with contextlib.suppress(GatewayError):
            await self._sightings.forget(self.name)

    async def _tell(self) -> None:
        while True:
            with contextlib.suppress(GatewayError):  # the database is away: what was told lapses, as it should
                await self._sightings.tell(self.name, self._circuits())
            await asyncio.sleep(self._every_s)
