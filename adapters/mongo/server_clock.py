"""The database server's clock, as this process knows it: for times that are stamped on what is inserted.

Any such time is safe. Whoever judges a deadline or an end compares it with `$$NOW` on the server, and the fence of a take and the end of
its tombstone are made of the same deadline; so an error of this clock only moves the moment when something stuck is given back.
"""

import asyncio
import time
from datetime import UTC

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.writes import Bounds, Document

KEPT_S = 10.0
"""How long the difference to the server's clock is believed: a new primary has a clock of its own."""


class ServerClock:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds) -> None:
        self._database, self._bounds = database, bounds
        self._ahead_ms, self._heard_at = 0.0, float("-inf")
        self._asking = asyncio.Lock()

    async def now_ms(self) -> int:
        """Return the server's time; never ahead of it but for drift, as the answer's way counts as nothing."""
        async with self._asking:
            if time.monotonic() - self._heard_at > KEPT_S:
                told = await self._database.command("hello", maxTimeMS=self._bounds.command_ms)
                self._heard_at = time.monotonic()
                self._ahead_ms = told["localTime"].replace(tzinfo=UTC).timestamp() * 1000 - self._heard_at * 1000
        return int(time.monotonic() * 1000 + self._ahead_ms)
