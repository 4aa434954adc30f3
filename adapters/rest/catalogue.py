"""What a system sells."""

from collections.abc import AsyncIterator
from dataclasses import replace

from adapters.rest.cursors import CursorTrail
from adapters.rest.feeds import FeedReader
from gateway.domain.feeds import Batch, ProductRow


class RestCatalogue:
    """A CatalogueSource; without a cursor in its configuration every call gives all products."""

    def __init__(self, reader: FeedReader[ProductRow]) -> None:
        self._reader = reader
        stated = reader.feed.cursor
        self._trail = CursorTrail(reader.system, stated) if stated else None

    async def products(self, changed_since: str | None = None) -> AsyncIterator[Batch[ProductRow]]:
        scope = self._trail.scope(changed_since) if self._trail and changed_since else {}
        first = None
        async for batch, part in self._reader.batches(scope):
            first = first or part.asked_at
            read_from = scope.get("cursor")
            cursor = self._trail.after(part.answer.content, first, batch.epoch, read_from) if self._trail and batch.complete else None
            yield replace(batch, cursor=cursor)
