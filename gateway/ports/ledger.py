"""The ledger: runs the claim protocol, and takes in what the owners of stock state."""

from collections.abc import AsyncIterator, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from gateway.domain.capacity import Rooms
from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.figures import Reach
from gateway.domain.claims.steps import Step
from gateway.domain.ids import LocationCode, Rid, Sku, SourceCode, StockKey
from gateway.domain.movement import Movement
from gateway.domain.stock import Inbound

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Statement:
    """An owner's absolute figure for one position: `quantity` = on hand - unavailable, or what it can sell."""

    key: StockKey
    quantity: int
    unavailable: int
    order: int
    """The feed's order: the source's sequence, or our clock in ms when it was asked for (time-ordered sources; 0: it came unasked)."""
    as_of: datetime
    epoch: str = ""
    begun_at: datetime | None = None
    """The source surely made it from then on, by our clock; None: it came unasked, nobody knows when it was begun."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An owner's delta. `mid`: our own claim that it carries out, whose marker is lifted in the same update."""

    key: StockKey
    event: str
    change: int
    at: datetime
    order: int | None = None
    mid: str | None = None
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class Supply:
    """All known inbound of one position, from one feed."""

    key: StockKey
    feed: str
    lots: tuple[Inbound, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A figure that would change what is known: `before` is the quantity that stands."""

    statement: Statement
    before: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: `unchanged` rows never reached storage, `superseded` ones were older than what is known.

    `held` were not taken in: they would move a figure that stands. `fresh`: positions of which nothing was stated before.
    """

    applied: int = 0
    unchanged: int = 0
    superseded: int = 0
    held: tuple[Move, ...] = ()
    fresh: frozenset[StockKey] = field(default_factory=frozenset, compare=False)


@dataclass(frozen=True, slots=True)
class Marker:
    """Units of one claim, as the view needs them: `expires_at` set for a hold."""

    units: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class StockState:
    """One stock document, projected for the view."""

    key: StockKey
    quantity: int
    unavailable: int
    free: int
    as_of: datetime
    changed_at: datetime | None
    source: SourceCode
    markers: tuple[Marker, ...] = ()
    lots: tuple[Inbound, ...] = ()


@dataclass(frozen=True, slots=True)
class StockChange:
    """One event of the change stream; `state` None: the document is gone. `token` resumes after it; `beat` marks a heartbeat."""

    state: StockState | None
    key: StockKey | None
    token: object
    beat_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Overdrawn:
    """A position that its owner's figure has left below zero. `called`: orders that a person was called to; `opened`: it was judged."""

    doc: StockDoc
    called: frozenset[Rid] = frozenset()
    opened: bool = False


class Claims(Protocol):
    """Contract: tests/contracts/claims_contract.py; every interpreter gives the same answers to the same steps."""

    async def run(self, program: Generator[Step, Any, T]) -> T:
        """Drive a protocol program to its end; raises Unavailable when the database is away or too slow (repeat with the same key)."""
        ...

    def marked(self) -> AsyncIterator[StockKey]:
        """Yield the positions, and capacities, that have markers: what a scrub looks through."""
        ...


class CapacityBook(Protocol):
    """What places can prepare by day and shift. Contract: tests/contracts/capacity_book.py. Raises Unavailable when it is away."""

    async def rooms(self, since: date) -> Mapping[LocationCode, Rooms]:
        """Return the shifts from a day on of which anything is booked, or that were set."""
        ...

    async def set_room(self, key: StockKey, units: int) -> None:
        """Say what one shift has room for, whatever its place's rule says; what is booked stays booked."""
        ...

    async def documents(self, keys: Collection[StockKey]) -> dict[StockKey, StockDoc]: ...
    async def add_up(self, key: StockKey) -> bool:
        """Set right what is free of a shift by what is booked; False: it is not there, or it is written at this moment."""
        ...

    async def purge(self, before: date, limit: int) -> int:
        """Forget at most so many shifts of earlier days, whatever is booked there; return how many. What is given back there is gone."""
        ...


class Unbooked:
    """Knows of nothing that is booked: for worlds whose places have no limits."""

    async def rooms(self, _since: date) -> Mapping[LocationCode, Rooms]:
        return {}

    async def set_room(self, _key: StockKey, _units: int) -> None:
        return

    async def documents(self, _keys: Collection[StockKey]) -> dict[StockKey, StockDoc]:
        return {}

    async def add_up(self, _key: StockKey) -> bool:
        return False

    async def purge(self, _before: date, _limit: int) -> int:
        return 0


class StockBook(Protocol):
    """What owners state, and what readers follow. Contract: tests/contracts/stock_book.py. Raises Unavailable when the database is away."""

    async def state_all(
        self, source: SourceCode, statements: Sequence[Statement], *, holding: bool = False, of_pass: bool = False
    ) -> Outcome:
        """Take in absolute figures by the watermark rule (and, for time-ordered sources, the event-time rule).

        `holding`: hold back those that would move a figure which stands, for whoever asked to judge them all together. `of_pass`: they
        are of a whole pass, which ends each place by `zero_unlisted` or `abandon`: until then what only confirms need not be stored.
        """
        ...

    async def apply_differences(self, source: SourceCode, differences: Sequence[Difference]) -> Outcome: ...
    async def supply(self, source: SourceCode, supplies: Sequence[Supply]) -> Outcome:
        """Take in a whole feed of supply to come: positions that it does not name lose what this source said of them before.

        Counted are its lots, and once each position that lost all of them.
        """
        ...

    async def unlisted(self, location: LocationCode, listed: frozenset[Sku]) -> dict[StockKey, int]:
        """Return the quantities of the location's positions that a feed does not list."""
        ...

    async def zero_unlisted(self, source: SourceCode, location: LocationCode, listed: frozenset[Sku], reach: Reach, as_of: datetime) -> int:
        """End a complete whole pass over the location: set to zero every position that it no longer lists; return how many."""
        ...

    async def abandon(self, source: SourceCode, location: LocationCode) -> None:
        """Forget what a pass over the location has confirmed: it is not believed."""
        ...

    async def advance(
        self, source: SourceCode, locations: Collection[LocationCode], reach: Reach, unread: Collection[Sku] = frozenset()
    ) -> int:
        """Lift the markers that a complete pass covers and no row of it named; return how many.

        Those of `unread` articles stay: a row that was refused may have been the one that counts them.
        """
        ...

    async def keys(self, location: LocationCode) -> Sequence[StockKey]:
        """Return the positions of one place."""
        ...

    async def documents(self, keys: Collection[StockKey]) -> dict[StockKey, StockDoc]: ...
    async def figures(self, key: StockKey, limit: int) -> Sequence[Movement]:
        """Return the last movements of the position's own figure, the latest first; what one load says of many positions is none."""
        ...

    async def record(self, movements: Sequence[Movement]) -> None:
        """Add movements that were left out; one that is there stays as it is."""
        ...

    async def restate(self, source: SourceCode, statement: Statement) -> bool:
        """Set a figure right as its owner states it now: also at the place in its order that is known, with all that hangs on it."""
        ...

    async def overdrawn(self) -> Sequence[Overdrawn]:
        """Return the positions that owners' figures have left below zero, until they are forgotten."""
        ...

    async def call(self, key: StockKey, rids: Collection[Rid]) -> None:
        """Remember which orders a person was called to for an overdrawn position."""
        ...

    async def forget_overdrawn(self, key: StockKey) -> None:
        """Forget a position that is no longer below zero."""
        ...

    def scan(self) -> AsyncIterator[StockState]:
        """Yield every stock document."""
        ...

    async def stream_token(self) -> object:
        """Return a token from which `changes` yields everything that happens after this call."""
        ...

    def changes(self, token: object | None) -> AsyncIterator[StockChange]:
        """Yield changes of stock documents, and heartbeats; ends with Unavailable when the stream is lost or cannot be resumed."""
        ...

    async def beat(self, now: datetime) -> None:
        """Write the heartbeat by which readers of `changes` measure their lag."""
        ...
