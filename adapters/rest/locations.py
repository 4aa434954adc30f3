"""The places of a system."""

from dataclasses import replace

from adapters.rest.feeds import FeedReader
from gateway.domain.feeds import Batch, LocationRow, RejectedRow


class RestLocations:
    """A LocationSource: all parts in one batch."""

    def __init__(self, reader: FeedReader[LocationRow]) -> None:
        self._reader = reader

    async def locations(self) -> Batch[LocationRow]:
        whole: Batch[LocationRow] | None = None
        async for batch, _ in self._reader.batches({}):
            whole = batch if whole is None else joined(whole, batch)
        if whole is None:
            return Batch((), asked_at=self._reader.system.clock.now())
        return replace(whole, complete=True)


def joined(first: Batch[LocationRow], second: Batch[LocationRow]) -> Batch[LocationRow]:
    """Return two parts as one; rows of the second count on from the first."""
    before = len(first.rows) + len(first.rejected)
    moved = tuple(RejectedRow(refused.index + before, refused.item, refused.reason) for refused in second.rejected)
    return replace(first, rows=first.rows + second.rows, rejected=first.rejected + moved)
