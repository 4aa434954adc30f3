"""What a system behind the gateway can be asked and told, by role, never by vendor.

Common contract. Every call raises SourceUnavailable, SourceTimeout, SourceBusy, SourceRejected or SourceGarbage and nothing else; rows that
cannot be used come back in `Batch.rejected`, the good ones beside them. A feed yields at least one batch; an outage is an error, never an
empty batch.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Protocol

from gateway.domain.feeds import Batch, InboundRow, Item, LocationRow, Message, ProductRow, Receipt, StockDelta, StockRow, WorkNews
from gateway.domain.mail import MailReport


class CatalogueSource(Protocol):
    """Tells what is sold. Contract: tests/contracts/catalogue_source.py."""

    def products(self, changed_since: str | None = None) -> AsyncIterator[Batch[ProductRow]]:
        """Yield all products, or those changed since a cursor of an earlier batch."""
        ...


class LocationSource(Protocol):
    """Tells its places. Contract: tests/contracts/location_source.py."""

    async def locations(self) -> Batch[LocationRow]: ...


class StockSource(Protocol):
    """Tells stock. Contract: tests/contracts/stock_source.py.

    - `snapshot` yields every position of its places; the last batch has `complete`. Each row, or its batch, carries the sequence or the
      time as of which it holds.
    - `changes` yields what came since a cursor: absolute rows or differences, each with its sequence or time. A source without a
      change feed yields one empty complete batch.
    - `positions` reads some items live, in one call per batch limit; an item that the source does not know has no rows.
    """

    def snapshot(self) -> AsyncIterator[Batch[StockRow]]: ...
    def changes(self, cursor: str | None) -> AsyncIterator[Batch[StockRow | StockDelta]]: ...
    async def positions(self, items: Collection[Item]) -> Batch[StockRow]: ...


class InboundSource(Protocol):
    """Tells dated supply to come, whole at each call. Contract: tests/contracts/inbound_source.py."""

    def inbound(self) -> AsyncIterator[Batch[InboundRow]]: ...


class HandOverTarget(Protocol):
    """Takes orders, shipments, purchase orders, steps and cancellations. Contract: tests/contracts/hand_over_target.py.

    `send` with the same key again is harmless only for class A. An error with `unknown_effect` may have done its work.
    `find` (class B) returns the receipt of a message that arrived under our reference, None when the source surely has none.
    """

    def takes(self, message: Message) -> bool:
        """Tell whether this source wants such a message at all."""
        ...

    async def send(self, message: Message) -> Receipt: ...
    async def find(self, message: Message) -> Receipt | None: ...


class WorkNewsSource(Protocol):
    """Tells how handed-over work goes on. Contract: tests/contracts/work_news_source.py."""

    def news(self, cursor: str | None) -> AsyncIterator[Batch[WorkNews]]: ...


class Mailbox(Protocol):
    """Files that a partner puts down and fetches, as a person sees them. Contract: tests/contracts/mailbox.py.

    - `reports` tells files with something wrong, the last one first.
    - `replay` takes a file in again by its kept name: one that was put aside is judged by the profile as it is now (`overlook`: whatever
      its counts and its control number say, as far as it can be read), one that was taken is told to every feed once more, one that we
      sent is put out once more. Raises NotFound.
    """

    async def reports(self, limit: int) -> list[MailReport]: ...
    async def replay(self, file: str, *, overlook: bool = False) -> MailReport: ...


class WebhookReader(Protocol):
    """Reads what a source pushes. Raises Unauthenticated for a bad, missing or old signature, SourceGarbage for an unreadable body."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Batch[StockRow | StockDelta | WorkNews]: ...
