"""A source as an adapter hands it to the wiring: the roles it plays, how it fares, how it is closed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from gateway.domain.circuits import Circuit
from gateway.ports.sources import (
    CatalogueSource,
    HandOverTarget,
    InboundSource,
    LocationSource,
    Mailbox,
    StockSource,
    WebhookReader,
    WorkNewsSource,
)


async def nothing() -> None:
    """Close what needs no closing."""


@dataclass(frozen=True)
class BuiltPorts:
    """The ports of one source; None: it does not play that role."""

    code: str
    catalogue: CatalogueSource | None = None
    locations: LocationSource | None = None
    stock: StockSource | None = None
    inbound: InboundSource | None = None
    hand_over: HandOverTarget | None = None
    news: WorkNewsSource | None = None
    webhooks: WebhookReader | None = None
    mailbox: Mailbox | None = None
    circuits: Callable[[], Sequence[Circuit]] = tuple
    close: Callable[[], Awaitable[None]] = nothing
