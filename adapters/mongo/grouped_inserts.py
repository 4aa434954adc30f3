"""New documents of many callers, inserted by one command; each hears whether its own was new."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from adapters.mongo.bulk import inserted
from adapters.mongo.combining import Combining
from adapters.mongo.gathering import Gathering
from adapters.mongo.server_clock import ServerClock
from adapters.mongo.writes import Bounds, Collection, Document, repeated

FLIGHTS = 2
"""Commands under way at once where one is stuck, so that it does not stop all others."""
Making: TypeAlias = Callable[[int], Document]
"""Makes a document from the server's time; it may be made more than once, of different times."""


@dataclass(frozen=True, slots=True)
class Inserted:
    """`now_ms`: what was the server's time `at` that moment of ours, of which the document was made.

    `fresh` False: there is one of this `_id`. `surely` False: which may be our own, as an answer was lost.
    """

    now_ms: int
    at: float
    fresh: bool
    surely: bool = True


class GroupedInserts:
    def __init__(self, collection: Collection, clock: ServerClock, bounds: Bounds, combining: Combining) -> None:
        self.collection, self.clock, self.bounds = collection, clock, bounds
        self._queue = Gathering(self._insert, combining.most, FLIGHTS)

    async def insert(self, making: Making) -> Inserted:
        told = await self._queue.ask(making)
        if told is not None:
            return told
        alone = (await repeated(lambda: self._insert([making]), self.bounds))[0]
        return Inserted(alone.now_ms, alone.at, alone.fresh, surely=alone.fresh)

    async def _insert(self, makings: Sequence[Making]) -> list[Inserted]:
        async with asyncio.timeout(self.bounds.answer_s):
            now, at = await self.clock.now_ms(), time.monotonic()
            refused = await inserted(self.collection, [making(now) for making in makings])
        return [Inserted(now, at, n not in refused) for n in range(len(makings))]
