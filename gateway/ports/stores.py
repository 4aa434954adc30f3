"""Projections that the gateway keeps of what sources said: catalogue, locations, feeds; leases, inboxes and sightings of the processes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from gateway.domain.catalogue import Product
from gateway.domain.circuits import Circuit
from gateway.domain.feeds import RejectedRow
from gateway.domain.ids import LocationCode, Sku, SourceCode
from gateway.domain.location import Location
from gateway.domain.pauses import Pause
from gateway.domain.quarantine import Quarantine

SourceHealth = Literal["UP", "DEGRADED", "DOWN"]


@dataclass(frozen=True, slots=True)
class Unread:
    """A position of which a row was refused; without a location: of the article anywhere. `as_of`: when a complete pass last told it."""

    sku: Sku
    location: LocationCode | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class FeedState:
    """Where a feed of a source stands. `as_of_by_location`: as of when a complete pass left unchanged rows of it true."""

    source: SourceCode
    name: str
    cursor: str | None = None
    last_sync_at: datetime | None = None
    last_full_at: datetime | None = None
    as_of_by_location: dict[LocationCode, datetime] | None = None
    rows: int = 0
    rejected_rows: int = 0
    rejected: tuple[RejectedRow, ...] = ()
    failures: int = 0
    """Failed tries in a row."""
    failing_since: datetime | None = None
    """When the tries began to fail; stands as long as the whole cannot be read, also while changes come in."""
    last_error: str | None = None
    """Why the last pass failed."""
    whole_error: str | None = None
    """Why the last whole pass failed, until one comes in."""
    epoch: str = ""
    order: int | None = None
    """How far its last whole pass came in the source's own numbering."""
    declared: int = 0
    """How often an operator has said that the source counts anew."""
    rows_by_location: dict[LocationCode, int] | None = None
    """Rows of the last whole pass over each place that was believed."""
    quarantines: tuple[Quarantine, ...] = ()
    """Whole passes over places that are not believed."""
    unread_positions: tuple[Unread, ...] = ()
    """Of what a row was refused since the last whole pass: what it would have told is not known, and what is known is no fresher."""


class CatalogueStore(Protocol):
    """Contract: tests/contracts/catalogue_store.py."""

    async def products(self, skus: Collection[Sku]) -> dict[Sku, Product]: ...
    async def skus_by_gtin(self, gtins: Collection[str]) -> dict[str, Sku]:
        """Return whose each number is; one that a retired product and an active one have is the active one's, as any name is."""
        ...

    async def skus_by_external(self, source: SourceCode, values: Collection[str]) -> dict[str, Sku]: ...
    async def groups(self, codes: Collection[str]) -> dict[str, Sequence[Product]]: ...
    async def save(self, products: Sequence[Product]) -> int:
        """Insert or replace; return how many were new or differed."""
        ...

    async def retire(self, source: SourceCode, kept: frozenset[Sku]) -> int:
        """Mark products that a complete feed of their source no longer lists as not active."""
        ...

    async def everything(self) -> Sequence[Product]: ...
    async def version(self) -> int:
        """Return a number that rises with every change: what in-process indexes are checked against."""
        ...


class LocationStore(Protocol):
    """Contract: tests/contracts/location_store.py."""

    async def locations(self) -> Sequence[Location]: ...
    async def save(self, locations: Sequence[Location]) -> int: ...


class FeedStore(Protocol):
    """Contract: tests/contracts/feed_store.py."""

    async def feeds(self) -> Sequence[FeedState]: ...
    async def feed(self, source: SourceCode, name: str) -> FeedState: ...
    async def save(self, state: FeedState) -> None: ...


class Inbox(Protocol):
    """Events from sources, each taken once. Contract: tests/contracts/inbox.py."""

    async def unseen(self, source: SourceCode, events: Collection[str]) -> frozenset[str]: ...
    async def seen(self, source: SourceCode, events: Collection[str]) -> None:
        """Remember events after their effect is written; kept 30 days."""
        ...


class Leases(Protocol):
    """One holder at a time of a name. Contract: tests/contracts/leases.py."""

    async def acquire(self, name: str, holder: str, seconds: float) -> bool:
        """Take or extend the lease; False while another holds it."""
        ...

    async def release(self, name: str, holder: str) -> None: ...


class Sightings(Protocol):
    """What each process sees of the circuits to the sources. Contract: tests/contracts/sightings.py."""

    async def tell(self, process: str, circuits: Sequence[Circuit]) -> None:
        """Say what a process sees, instead of what it said before; it counts for a while, until it is told again."""
        ...

    async def seen(self) -> Sequence[Circuit]:
        """Return what every living process sees; one circuit may be seen by several."""
        ...

    async def forget(self, process: str) -> None: ...


class Unsighted:
    """Sees nothing: for worlds without processes that tell."""

    async def tell(self, _process: str, _circuits: Sequence[Circuit]) -> None:
        return

    async def seen(self) -> Sequence[Circuit]:
        return ()

    async def forget(self, _process: str) -> None:
        return


class Pauses(Protocol):
    """What places have said of whether they take work. Contract: tests/contracts/pauses.py."""

    async def pauses(self) -> Sequence[Pause]:
        """Return the last word on each place of which there is one, ended ones too."""
        ...

    async def write(self, pause: Pause) -> bool:
        """Put a word in place of the one before it (whose `v` is one less; 1: there is none); False when another was said meanwhile."""
        ...


class Unpaused:
    """Knows of no word: for worlds in which places say nothing themselves."""

    async def pauses(self) -> Sequence[Pause]:
        return ()

    async def write(self, _pause: Pause) -> bool:
        return False


class Clock(Protocol):
    """The time of this process; what decides about stock is the database's own."""

    def now(self) -> datetime: ...
