"""Supply that a system expects."""

from collections.abc import AsyncIterator

from adapters.rest.feeds import FeedReader
from gateway.domain.feeds import Batch, InboundRow


class RestInbound:
    """An InboundSource: whole at each call."""

    def __init__(self, reader: FeedReader[InboundRow]) -> None:
        self._reader = reader

    async def inbound(self) -> AsyncIterator[Batch[InboundRow]]:
        async for batch, _ in self._reader.batches({}):
            yield batch
