"""Movements: the typed, immutable record of every change of a quantity, with its cause."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.domain.ids import SourceCode, StockKey

MovementKind = Literal["LOAD", "SYNC", "ADJUST", "ZERO", "HOLD", "ORDER", "RELEASE", "DISPATCH"]
"""LOAD stands for the first figures of a whole batch; DISPATCH: the owner's figure fell by our own claim."""


@dataclass(frozen=True, slots=True)
class Movement:
    """`change` is of the owner's figure, or of the free units where a claim is the cause (HOLD, ORDER, RELEASE); `quantity` is it after."""

    key: StockKey
    kind: MovementKind
    cause: str
    """The feed's place or event, or the claim (mid): with key and kind it names the movement for ever."""
    change: int
    quantity: int
    at: datetime
    source: SourceCode | None = None
    positions: int = 1

    @property
    def id(self) -> str:
        return f"{self.key}|{self.cause}|{self.kind}"
