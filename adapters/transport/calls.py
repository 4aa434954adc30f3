"""One call to a system and its answer, and what bounds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.transport.breaker import BreakerBounds
from adapters.transport.bulkhead import BulkheadBounds

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What calls to one source may cost. `timeout_s` and `max_bytes` of a call stand over these."""

    read_timeout_s: float = 2.0
    feed_timeout_s: float = 15.0
    mutation_timeout_s: float = 5.0
    connect_timeout_s: float = 1.0
    budget_margin_s: float = 0.05
    """What a call leaves of its request's budget, so that there is time to answer."""
    slow_share: float = 0.5
    """A call that takes more than this share of its time-out is slow."""
    max_bytes: int = 5 * MIB
    """Of an answer, after decompression."""
    feed_max_bytes: int = 32 * MIB
    """Of one part of a feed, after decompression."""
    max_depth: int = 64
    second_tries_share: float = 0.1
    """Second tries (repeats and hedges) by calls; saved up to `second_tries_saved`."""
    second_tries_saved: int = 10
    hedge_after_s: float | None = None
    """When a live read that was not answered is asked for a second time; None: after what 95 % of them take."""
    bulkhead: BulkheadBounds = field(default_factory=BulkheadBounds)
    breaker: BreakerBounds = field(default_factory=BreakerBounds)


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `mutation`: it may change something there, and is never repeated. `accepts`: statuses beside 2xx that are answers.

    `operation`: what it is for, in the network file's words; how the source does is kept for each apart, and each has its circuit.
    """

    method: str
    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    mutation: bool = False
    timeout_s: float | None = None
    max_bytes: int | None = None
    accepts: frozenset[int] = frozenset()
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `content` is parsed JSON (None for an empty body)."""

    status: int
    headers: Mapping[str, str]
    content: Any
