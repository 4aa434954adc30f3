"""Movements: the typed, immutable record of every change of a quantity, with its cause."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.domain.ids import Rid, SourceCode, StockKey

MovementKind = Literal["LOAD", "SYNC", "ADJUST", "ZERO", "HOLD", "ORDER", "RELEASE", "DISPATCH"]
"""LOAD: the first figures of a whole batch. HOLD: taken until an end; ORDER: taken for a placed order, or a hold that became one;
RELEASE: given back; DISPATCH: lifted, for the owner's figure counts the claim now."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of two accounts: `change` is of the owner's figure, `units` are those of a claim.

    The changes of a position add up to its figure. A claim has the units of its HOLD (of its ORDER, if it never was one) less those of
    its RELEASE and DISPATCH: an ORDER after a HOLD takes nothing more. One that was recorded after a part was released or dispatched,
    by who saw only what was left, has fewer than there were before that part, which then count; an end that was recorded before such a
    part counts from what the part left.
    """

    key: StockKey
    kind: MovementKind
    cause: str
    """The feed's place or event, or the claim (mid): with key and kind it names the movement for ever."""
    change: int
    quantity: int | None
    """The figure after it; None: the movement is of a claim alone."""
    at: datetime
    source: SourceCode | None = None
    positions: int = 1
    units: int = 0
    rid: Rid | None = None
    """The order or hold whose claim it is."""
    left: int = 0
    """Of a RELEASE or DISPATCH in part: what it left to the claim. Parts only fall, so this names the part."""

    @property
    def id(self) -> str:
        return f"{self.key}|{self.cause}|{self.kind}" + (f"|{self.left}" if self.left else "")
