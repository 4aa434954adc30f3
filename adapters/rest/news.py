"""How work goes on that was handed to a system."""

from collections.abc import AsyncIterator
from dataclasses import replace

from adapters.rest.cursors import CursorTrail, epoch_of
from adapters.rest.feeds import FeedReader
from gateway.domain.feeds import Batch, WorkNews


class RestNews:
    """A WorkNewsSource. News of one part comes oldest first; repeats across parts are the reader's to drop, by their event.

    A source whose epoch changed since the cursor counts anew: its news are read from the start.
    """

    def __init__(self, reader: FeedReader[WorkNews]) -> None:
        self._reader = reader
        self._trail = CursorTrail(reader.system, reader.feed.cursor) if reader.feed.cursor else None

    async def news(self, cursor: str | None) -> AsyncIterator[Batch[WorkNews]]:
        scope = self._trail.scope(cursor) if self._trail else {}
        known, first = epoch_of(cursor), None
        async for batch, part in self._reader.batches(scope):
            if known and batch.epoch and batch.epoch != known:
                async for anew in self.news(None):
                    yield anew
                return
            first = first or part.asked_at
            read_from = scope.get("cursor")
            moved = self._trail.after(part.answer.content, first, batch.epoch, read_from) if self._trail and batch.complete else None
            yield replace(batch, rows=tuple(sorted(batch.rows, key=lambda one: one.at)), cursor=moved)
