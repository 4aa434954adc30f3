"""What the explorer walks through: who acts on what, at which moments, and what must come of it."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.domain.ids import Rid, StockKey
from tests.support.invariants import Owing

Program = Callable[[], Generator[Any, Any, Any]]


@dataclass(frozen=True)
class Actor:
    """`told`: the order that its answer is about (None: nobody hears it); `by`: the request that it asks under, the order's own if None."""

    program: Program
    told: Rid | None = None
    by: str | None = None


@dataclass(frozen=True)
class Before:
    """A program that runs alone beforehand, to its end or until it has carried out a step of a kind."""

    program: Program
    until: type[Any] | None = None
    at: int = 0


@dataclass(frozen=True)
class Scene:
    """Who acts on what. `clocks`: the moments that the clock may jump through; `doubles`: late doubles of any earlier writes."""

    name: str
    actors: Sequence[Actor]
    stock: Mapping[StockKey, int]
    clocks: tuple[int, ...]
    doubles: int = 2
    before: Sequence[Before] = ()
    owing: Owing = field(default_factory=Owing)
    answers: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    """By request: the only answers allowed."""
    scrubbed: bool = False
    """Recovery scrubs, too."""
    documents: Sequence[Any] = ()
    """What stands there beside plain shelves."""
