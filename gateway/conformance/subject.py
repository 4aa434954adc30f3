"""The source under test: its ports and its words, what was read of it already, and how a question is put to it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gateway.conformance.findings import Capability, Finding
from gateway.domain.errors import SourceError
from gateway.domain.feeds import Batch, LocationRow, Message, ProductRow, Receipt, StockRow
from gateway.domain.network import Network, Source
from gateway.ports.stores import Clock
from resolvers.context import SourcePorts

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long the kit waits, and how much it lets pass."""

    patience_s: float
    """For something to change by itself, or for a figure to move."""
    look_every_s: float
    most_refused: float
    """The share of a feed's rows that may be refused."""
    sample: int
    """Positions that are read live."""
    slack_s: float
    """By how much a call may overrun the time that it was given."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What an answer was like; `right`: as it should be."""

    told: str
    right: bool = True
    measured: dict[str, float | str] = field(default_factory=dict)


class NotTried(Exception):
    """A question that cannot be put; the message says why."""


@dataclass(frozen=True, slots=True)
class Reading(Generic[Row]):
    """A whole pass over a feed."""

    batches: tuple[Batch[Row], ...]
    seconds: float

    @property
    def rows(self) -> list[Row]:
        return [row for batch in self.batches for row in batch.rows]

    @property
    def per_second(self) -> float:
        return round(len(self.rows) / max(self.seconds, 0.001), 1)


@dataclass
class Subject:
    """One source, and what the questions share of it."""

    network: Network
    source: Source
    ports: SourcePorts
    clock: Clock
    bounds: Bounds
    writes: bool
    stamp: str
    """Part of every reference of this run, so that no two runs share one."""
    products: Reading[ProductRow] | None = None
    snapshot: Reading[StockRow] | None = None
    places: tuple[LocationRow, ...] = ()
    sent: dict[str, tuple[Message, Receipt | None]] = field(default_factory=dict)
    """Work that may have had an effect there, by its key, until it is canceled."""
    left: tuple[str, ...] = ()
    """What could not be canceled at the end, in words for a person."""

    async def wait(self) -> None:
        await asyncio.sleep(self.bounds.look_every_s)


Put = Callable[[Subject], Awaitable[Seen]]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked of a source."""

    capability: Capability
    about: str
    asked: str
    put: Put


async def answered(question: Question, subject: Subject) -> Finding:
    """Put a question. Whatever is raised but a SourceError breaks the ports' contract."""
    measured: dict[str, float | str] = {}
    try:
        seen = await question.put(subject)
        outcome, told, measured = "PASSED" if seen.right else "FAILED", seen.told, seen.measured
    except NotTried as why:
        outcome, told = "NOT TRIED", str(why)
    except SourceError as error:
        outcome, told = "FAILED", f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 - an adapter may raise anything; that is what is asked
        outcome, told = "FAILED", f"raised {type(error).__name__}, which no port may raise: {str(error)[:200]}"
    return Finding(question.capability, question.about, question.asked, told, outcome, measured)  # type: ignore[arg-type]


async def timed(work: Awaitable[Row]) -> tuple[Row, float]:
    """Return what something came to and its seconds."""
    started = time.monotonic()
    done = await work
    return done, time.monotonic() - started
