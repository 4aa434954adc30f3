"""Steps of the protocol that look at more than one claim, and the record of what they find left out."""

from dataclasses import dataclass

from gateway.domain.claims.documents import Claim
from gateway.domain.ids import StockKey
from gateway.domain.movement import MovementKind


@dataclass(frozen=True, slots=True)
class CountHolds:
    """Answers what a caller holds, or has begun to (Holding, each)."""

    owner: str


@dataclass(frozen=True, slots=True)
class Admit:
    """Answers the first place known to be short of its claims, and what is to be had there; None: none is, as far as is (lately) known."""

    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class ReadMarkers:
    """Answers what stands on a position (Standing)."""

    key: StockKey


@dataclass(frozen=True, slots=True)
class Record:
    """Write a movement of a claim that a crash left out, unless it is there."""

    key: StockKey
    mid: str
    kind: MovementKind
    units: int
    left: int = 0
    """Of a part that was given back: what it left."""
