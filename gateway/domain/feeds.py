"""What sources tell, in our words: rows of feeds, differences, and news of work that was handed over."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, TypeVar

from gateway.domain.catalogue import Product
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.location import Location
from gateway.domain.stock import InboundKind

Row = TypeVar("Row", covariant=True)  # noqa: PLC0105 - named for what it is, not for its variance


@dataclass(frozen=True, slots=True)
class Item:
    """How a source names an article; the first that is known of sku, gtin and code (a name of its own) counts."""

    sku: str | None = None
    gtin: str | None = None
    code: str | None = None

    def __str__(self) -> str:
        return self.sku or self.gtin or self.code or "(no name)"


@dataclass(frozen=True, slots=True)
class StockRow:
    """An absolute figure: `quantity` on hand (or sellable, as the source's numbers mean), as of the source's time and sequence."""

    location: LocationCode
    item: Item
    quantity: int
    unavailable: int = 0
    as_of: datetime | None = None
    """The source's own time of the figure; None: the time at which the batch was asked for."""
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class StockDelta:
    """A difference, identified by its event. `reference` is our own claim's fulfillment when the source says it caused it."""

    event: str
    location: LocationCode
    item: Item
    change: int
    at: datetime
    sequence: int | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class InboundRow:
    """Dated supply of one sku at one location under one reference; quantity 0 or a received line is left out by the source."""

    location: LocationCode
    item: Item
    quantity: int
    expected_at: datetime
    reference: str
    kind: InboundKind = "PURCHASE_ORDER"


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be used, with its place in the batch and the reason; `location`: what it was about, where that could be read."""

    index: int
    item: str
    reason: str
    location: LocationCode | None = None


@dataclass(frozen=True, slots=True)
class Batch(Generic[Row]):
    """Part of a feed: `asked_at` is our clock before the call, `cursor` where the next call goes on, `complete` tells the last part."""

    rows: tuple[Row, ...]
    rejected: tuple[RejectedRow, ...] = ()
    asked_at: datetime | None = None
    cursor: str | None = None
    epoch: str = ""
    sequence: int | None = None
    """The source's sequence as of which the whole batch holds, for sources that number snapshots, not rows."""
    settled: int | None = None
    """Of numbered changes: up to which number none shows late any more. None: the feed has no such delay, all are told at once."""
    complete: bool = True
    whole: bool = False
    """Part of everything that there is, also where only changes were asked for: what it does not list is not there."""
    begun_at: datetime | None = None
    """Since when (our clock) it was surely made; None: since we asked for it."""
    unasked: bool = False
    """It came by itself, so that nobody knows when it was begun unless `begun_at` tells."""
    total: int | None = None
    """Rows of the whole feed, when the source tells; for progress alone."""

    @property
    def surely_since(self) -> datetime | None:
        """Since when, by our clock, it was surely made: what it counts of our claims is judged by that."""
        return self.begun_at if self.begun_at or self.unasked else self.asked_at


ProductRow = Product
LocationRow = Location

WorkStep = Literal[
    "ACKNOWLEDGED",
    "ACCEPTED",
    "BACKORDERED",
    "REJECTED",
    "PICKED",
    "PACKED",
    "SHIPPED",
    "DELIVERED",
    "UNDELIVERABLE",
    "READY_FOR_PICKUP",
    "COLLECTED",
    "NOT_COLLECTED",
    "CANCELED",
    "KEPT",
    "UNREAD",
    "READ",
]
"""KEPT: it was asked to let go of the work and goes on with it. UNREAD: nothing tells that the message could be read; READ: it could be."""


@dataclass(frozen=True, slots=True)
class NewsLine:
    item: Item
    quantity: int


@dataclass(frozen=True, slots=True)
class NewsParcel:
    number: str
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    weight_g: int | None = None
    lines: tuple[NewsLine, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkNews:
    """What a source says of work that was handed to it; `reference` is ours (the fulfillment's or order's number)."""

    event: str
    """Unique per source; a repeat changes nothing."""
    reference: str
    step: WorkStep
    at: datetime
    source_reference: str | None = None
    sequence: int | None = None
    """The source's stock sequence at which its figures include this (goods issue)."""
    reason: str | None = None
    lines: tuple[NewsLine, ...] = ()
    """Empty: all of it."""
    parcels: tuple[NewsParcel, ...] = ()
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The source's own word that it has taken a message."""

    reference: str | None
    """Its number for it."""
    acknowledged_at: datetime
    sequence: int | None = None
    """The stock sequence at which its figures include the claim already, where it states what it can sell."""
    taken: bool = True
    """False: it lies where the source fetches it; whether the source takes it, or lets go of work, comes as news."""


MessageKind = Literal["ORDER", "SHIPMENT", "STORE_TASK", "PURCHASE_ORDER", "STEP", "CHANGE", "CANCEL"]


@dataclass(frozen=True, slots=True)
class Message:
    """Work, or news of it, for one source. `body` is plain JSON data; mappings may name any part of it."""

    kind: MessageKind
    source: SourceCode
    key: str
    """Idempotency key, the same at every attempt: rid:leg:generation."""
    reference: str
    """Our number for it, by which a source can be asked."""
    body: dict[str, object] = field(default_factory=dict)
