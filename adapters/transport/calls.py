"""One call to a system and its answer, and what bounds them."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may cost. `timeout_s` of a call stands over these."""

    read_timeout_s: float = 2.0
    feed_timeout_s: float = 15.0
    mutation_timeout_s: float = 5.0
    connect_timeout_s: float = 1.0
    max_bytes: int = 5 * MIB
    """Of an answer, after decompression."""
    max_depth: int = 64
    connections: int = 16


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `mutation`: it may change something there, and is never repeated. `accepts`: statuses beside 2xx that are answers.

    `operation`: what it is for, in the network file's words; how the source does is kept for each apart.
    """

    method: str
    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    mutation: bool = False
    timeout_s: float | None = None
    accepts: frozenset[int] = frozenset()
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `content` is parsed JSON (None for an empty body)."""

    status: int
    headers: Mapping[str, str]
    content: Any


class Guard(Protocol):
    """What stands around every attempt: bulkhead and breaker. Raises SourceBusy or SourceUnavailable instead of letting it pass."""

    def around(self, call: Call) -> AbstractAsyncContextManager[None]: ...


class Unguarded:
    """Lets every attempt pass."""

    def around(self, _call: Call) -> AbstractAsyncContextManager[None]:
        return nullcontext()
