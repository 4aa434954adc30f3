"""Orders and holds as documents: the journal of the claim protocol, the aggregate and the outbox in one."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol, TypeAlias

from gateway.domain.claims.documents import Acknowledged, Claim, OrderDoc
from gateway.domain.ids import LocationCode, Rid, SourceCode
from gateway.domain.location import Address
from gateway.domain.network import HandOverClass
from gateway.domain.order import Order
from gateway.domain.ordering.outcomes import OutcomeCount
from gateway.domain.outbox import HandOverState, OutboxEntry, Resolution
from gateway.domain.personal import PersonalData
from gateway.domain.reservation import Reservation

RecordState = Literal["NEW", "HELD", "PLACED", "VOID"]
WorkPlace: TypeAlias = tuple[str | int, Rid]
"""Where an order stands in a list of work: since when it is due, and its rid."""
OrderOrder = Literal["PLACED_AT_DESC", "PLACED_AT", "UPDATED_AT", "PROMISED_UNTIL"]


@dataclass(frozen=True, slots=True)
class Record:
    """One document. `v` rises with every write of its content, `att` with every decision of the protocol."""

    rid: Rid
    fp: str
    state: RecordState
    att: int
    v: int
    claims: tuple[Claim, ...]
    created_at: datetime
    expires_at: datetime | None = None
    why: str | None = None
    """For VOID: DEADLINE, INSUFFICIENT, CANCELED or EXPIRED."""
    placed_by_rid: Rid | None = None
    sent: frozenset[str] = frozenset()
    """Mids announced to their source."""
    changing: bool = False
    reservation: Reservation | None = None
    order: Order | None = None
    outbox: tuple[OutboxEntry, ...] = ()


def record_of(doc: OrderDoc) -> Record:
    """Return a protocol's document as readers see it."""
    return Record(
        rid=doc.rid,
        fp=doc.fp,
        state=doc.st,
        att=doc.att,
        v=doc.v,
        claims=doc.claims,
        created_at=moment_of(doc.created_ms),
        expires_at=moment_of(doc.exp) if doc.exp is not None else None,
        why=doc.why,
        placed_by_rid=doc.by,
        sent=doc.sent,
        changing=doc.change is not None,
        reservation=doc.reservation,
        order=doc.order,
        outbox=doc.outbox,
    )


def moment_of(ms: int) -> datetime:
    """Return a time of the database's clock."""
    return datetime.fromtimestamp(ms / 1000, UTC)


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """All given conditions hold. `owner`, `channels` and `locations` are what the caller may see; None: all."""

    owner: str | None = None
    channels: frozenset[str] | None = None
    search: str | None = None
    channel: str | None = None
    statuses: tuple[str, ...] | None = None
    needs_attention: bool | None = None
    on_hold: bool | None = None
    location: LocationCode | None = None
    customer_reference: str | None = None
    reference: str | None = None
    sku: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    updated_from: datetime | None = None
    sort: OrderOrder = "PLACED_AT_DESC"


@dataclass(frozen=True, slots=True)
class FulfillmentQuery:
    locations: frozenset[LocationCode] | None = None
    states: tuple[str, ...] | None = None
    tasks: tuple[str, ...] | None = None
    methods: tuple[str, ...] | None = None
    order_numbers: tuple[str, ...] | None = None
    due_before: datetime | None = None
    updated_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class HandOverQuery:
    sources: tuple[SourceCode, ...] | None = None
    states: tuple[HandOverState, ...] | None = None
    order_number: str | None = None


def fits_message(query: HandOverQuery, entry: OutboxEntry) -> bool:
    """Tell whether a message of an order that fits is one of those asked for."""
    return (query.sources is None or entry.source in query.sources) and (query.states is None or entry.state in query.states)


@dataclass(frozen=True, slots=True)
class Page:
    """Keyset page: `after` of the next one is `end`; `total` is exact to 10,000, None above."""

    records: tuple[Record, ...]
    end: tuple[str, ...] | None
    more: bool
    total: int | None
    keys: tuple[tuple[str, ...], ...] = ()
    """Where each record stands: what `after` takes to go on behind it; the last of them is `end`."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """Orders that somebody waits for in vain, judged at `at`, a time of the database's clock."""

    at: datetime
    records: tuple[Record, ...]


class OrderBook(Protocol):
    """Contract: tests/contracts/order_book.py. Raises Unavailable when the database is away."""

    async def records(self, rids: Collection[Rid]) -> dict[Rid, Record]: ...
    async def by_number(self, numbers: Collection[str]) -> dict[str, Record]: ...
    async def by_reference(self, owner: str, reference: str) -> Record | None: ...

    async def write(
        self,
        record: Record,
        order: Order,
        outbox: Sequence[OutboxEntry] = (),
        drop_waiting: Collection[int] = (),
        taken: Sequence[Acknowledged] = (),
    ) -> Record | None:
        """Replace the order of `record` and append messages in one update, if its `v` is still what was read; else None.

        `drop_waiting`: entries (by n) that become DROPPED in the same write, if they are still WAITING.
        `taken`: claims of which the ledger is to be told afterwards; recovery does it if nobody else does.
        """
        ...

    async def orders(self, query: OrderQuery, first: int, after: tuple[str, ...] | None) -> Page: ...
    async def with_fulfillments(self, query: FulfillmentQuery, first: int, after: tuple[str, ...] | None) -> Page:
        """Return orders that have a fulfillment that fits, the most urgent (next due milestone) first."""
        ...

    async def unrouted(self, routable_at: datetime, limit: int, after: WorkPlace | None = None, skip: int = 0) -> Sequence[Record]:
        """Return orders placed by then that wait for routing, no hold on them or one that has ended by then: the router's work list.

        Of every list of work: the longest due first; those behind `after`, the first `skip` of them left out.
        """
        ...

    async def awaiting_supply(self, after: Rid | None, limit: int) -> Sequence[Record]:
        """Return the next orders of which units wait for supply to come, in the order of their rids."""
        ...

    async def lapsing(self, limit: int, after: WorkPlace | None = None, skip: int = 0) -> Overdue:
        """Return orders with an open offer whose time has ended by the database's clock, the longest ended first."""
        ...

    async def overdue(self, limit: int, after: WorkPlace | None = None, skip: int = 0) -> Mapping[Rid, int]:
        """Return what recovery must look at, and since when (ms): changes past their deadline, ended holds, undo and settle left over."""
        ...

    async def claiming(self, after: Rid | None, limit: int) -> Sequence[Rid]:
        """Return the next holds and placed orders that have claims, in the order of their rids."""
        ...

    async def sample(self, limit: int) -> Sequence[Rid]:
        """Return about so many placed orders that have claims, at random; never more."""
        ...

    async def outcomes(self, since: datetime, until: datetime, most: int) -> Sequence[OutcomeCount]:
        """Count what came of promises between the two, of the newest `most` orders: kept, broken, or still open past their end."""
        ...

    async def save_personal(self, data: PersonalData) -> None: ...
    async def add_address(self, rid: Rid, name: str, address: Address) -> None:
        """Keep one more address of an order's customer under a name of letters, digits, `/` and `-`; what others write stays."""
        ...

    async def personal(self, rids: Collection[Rid]) -> dict[Rid, PersonalData]: ...
    async def purge_personal(self, saved_before: datetime, limit: int) -> int:
        """Delete personal data saved before then whose order does not exist or is VOID; return how much was looked at, `limit` at most.

        Of a placed order it is not looked at again; what is saved anew meanwhile stays.
        """
        ...

    def watch(self) -> AsyncIterator[Rid]:
        """Yield the rid of every order that changes, from now on; ends with Unavailable when the stream is lost."""
        ...


class Outbox(Protocol):
    """The relay's side of the messages. Contract: tests/contracts/outbox.py."""

    async def now(self) -> datetime:
        """Return the database's time: what leases, pauses and quiet periods are judged by, whatever the clocks of relays say."""
        ...

    async def claim(self, relay: str, sources: Collection[SourceCode], now: datetime, lease_s: float) -> tuple[Record, OutboxEntry] | None:
        """Take the lease of one due message that is the first open one of its order and source; None when none is due.

        `now` as this database tells it, here and where a message is announced.
        """
        ...

    async def announce(self, record: Record, entry: OutboxEntry, now: datetime, lease_s: float) -> Record | None:
        """Directly before the call: re-check and extend the lease, count the attempt, put the mids in `sent`; None: stop.

        Then it is back in line, or has left it (DROPPED; PARKED where it may have arrived) since nobody is to do its work any more.
        """
        ...

    async def settle(self, rid: Rid, entry: OutboxEntry) -> bool:
        """Write back what became of the attempt (state, next_at, reference, last_error), if the lease is still this one's.

        In the same write a message that is PARKED or DEAD calls a person to its order, and one that got through takes that back.
        """
        ...

    async def resolve(self, rid: Rid, n: int, word: Resolution) -> OutboxEntry | None:
        """Write a person's word on a message, and the request that it came by; None for one that is not PARKED or DEAD."""
        ...

    async def vouch(self, rid: Rid, n: int, reference: str | None) -> OutboxEntry | None:
        """Write that the source itself speaks of a message: it has arrived. None for one that was never tried, or is through."""
        ...

    async def doubt(self, rid: Rid, n: int, hand_over: HandOverClass | None) -> OutboxEntry | None:
        """Put an acknowledged message back in line whose source may have forgotten it; None for any other."""
        ...

    async def entries(self, query: HandOverQuery, first: int, after: tuple[str, ...] | None) -> Page:
        """Return orders with messages that fit; `total` counts the messages."""
        ...

    async def counts(self) -> dict[SourceCode, dict[HandOverState, int]]: ...
