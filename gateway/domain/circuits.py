"""Circuits: whether calls of one operation of a source are let through, as each process sees it and as all of them together do."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from gateway.domain.ids import SourceCode


class CircuitState(StrEnum):
    """OPEN: calls are refused at once. HALF_OPEN: a few are let through to see whether it is well again."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


GRAVITY = {CircuitState.CLOSED: 0, CircuitState.HALF_OPEN: 1, CircuitState.OPEN: 2}


@dataclass(frozen=True, slots=True)
class Circuit:
    """`operation` is the part of the source's section; `since`: when it opened, None while it is closed."""

    source: SourceCode
    operation: str
    state: CircuitState
    failure_rate: float
    since: datetime | None = None


def worst_of(seen: Iterable[Circuit]) -> tuple[Circuit, ...]:
    """Return each circuit once, as the process sees it that has the most trouble with it; by source and operation."""
    worst: dict[tuple[str, str], Circuit] = {}
    for circuit in seen:
        key = circuit.source, circuit.operation
        worst[key] = worse(worst[key], circuit) if key in worst else circuit
    return tuple(worst[key] for key in sorted(worst))


def worse(one: Circuit, other: Circuit) -> Circuit:
    """Return the worse of two views of one circuit: its state, since the earliest, with the highest failure rate."""
    graver = max(one, other, key=lambda circuit: (GRAVITY[circuit.state], circuit.failure_rate))
    since = min((moment for moment in (one.since, other.since) if moment is not None), default=None)
    return replace(graver, failure_rate=max(one.failure_rate, other.failure_rate), since=since)
