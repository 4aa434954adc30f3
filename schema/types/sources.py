"""Sources: the systems behind the gateway."""

from datetime import datetime
from enum import StrEnum

import strawberry

from gateway.domain import circuits
from gateway.domain.ids import SourceCode
from gateway.domain.network import Source as Configured
from gateway.ports.stores import FeedState
from resolvers.questions import sources as questions
from resolvers.questions.sources import SourceTold
from schema.types.enums import described
from schema.types.freshness import Freshness
from schema.types.info import Info


@described("What kind of system it is.")
class SourceKind(StrEnum):
    ERP = "ERP"
    WMS = "WMS"
    POS = "POS"
    SUPPLIER = "SUPPLIER"
    COMMERCE = "COMMERCE"
    FILES = "FILES"


@described(
    "How a source does.",
    UP="All its operations answer and its feeds are on time.",
    DEGRADED="Some operation fails or some feed is late.",
    DOWN="Its stock (for an ERP: catalogue and orders) could not be read at the last three tries, or that circuit is open.",
)
class SourceHealth(StrEnum):
    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"


@strawberry.type(description="One kind of news from a source.")
class SourceFeed:
    name: str
    last_sync_at: datetime | None
    lag_seconds: int | None = strawberry.field(description="Age of the newest figure.")
    rows: int | None
    rejected_rows: int | None
    quarantined: bool = strawberry.field(description="A batch that looks like garbage waits for a second one or a person.")
    freshness: Freshness
    last_error: str | None = strawberry.field(
        description="Why its last pass, or else its last whole one, broke off or was refused; null once that has come in."
    )

    @classmethod
    def of(cls, source: Configured, feed: FeedState, now: datetime) -> "SourceFeed":
        return cls(
            name=feed.name,
            last_sync_at=feed.last_sync_at,
            lag_seconds=questions.lag_s(feed, now),
            rows=feed.rows,
            rejected_rows=feed.rejected_rows,
            quarantined=bool(feed.quarantines),
            freshness=Freshness(questions.freshness(source, feed, now)),
            last_error=questions.last_error(feed),
        )


@described("Whether calls are let through.")
class CircuitState(StrEnum):
    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@strawberry.type(description="What guards calls of one operation.")
class Circuit:
    operation: str
    state: CircuitState
    failure_rate: float

    @classmethod
    def of(cls, seen: circuits.Circuit) -> "Circuit":
        return cls(operation=seen.operation, state=CircuitState(seen.state), failure_rate=round(seen.failure_rate, 3))


@described("A: honors our idempotency key. B: can be asked for our reference. C: neither, so nothing is ever sent twice.")
class HandOverClass(StrEnum):
    A = "A"
    B = "B"
    C = "C"


@strawberry.type(description="A system behind the gateway. Needs sources:read beyond code, kind and health.")
class Source:
    code: str
    kind: SourceKind
    health: SourceHealth
    since: datetime | None = strawberry.field(description="When it became what it is.")
    feeds: list[SourceFeed] | None
    circuits: list[Circuit] | None = strawberry.field(description="As the process sees each that has the most trouble with it.")
    hand_over: HandOverClass | None
    waiting_hand_overs: int | None
    parked_hand_overs: int | None
    dead_hand_overs: int | None

    @classmethod
    def of(cls, told: SourceTold, now: datetime) -> "Source":
        owed = told.owed
        return cls(
            code=told.source.code,
            kind=SourceKind(told.source.kind),
            health=SourceHealth(told.health),
            since=told.since,
            feeds=None if told.feeds is None else [SourceFeed.of(told.source, feed, now) for feed in told.feeds],
            circuits=None if told.circuits is None else [Circuit.of(circuit) for circuit in told.circuits],
            hand_over=HandOverClass(told.source.hand_over) if told.feeds is not None and told.source.hand_over else None,
            waiting_hand_overs=None if owed is None else owed.get("WAITING", 0) + owed.get("SENDING", 0),
            parked_hand_overs=None if owed is None else owed.get("PARKED", 0),
            dead_hand_overs=None if owed is None else owed.get("DEAD", 0),
        )


def source_at(info: Info, code: SourceCode) -> Source:
    """Return the source that a figure or a message names."""
    return Source.of(questions.source_named(info.context, code), info.context.now)
