"""A hold: stock kept for a caller for a short time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.domain.done import Done
from gateway.domain.ids import ChannelCode, LocationCode, Rid, Sku

ReservationState = Literal["HELD", "COMMITTED", "RELEASED", "LAPSED"]


@dataclass(frozen=True, slots=True)
class ReservedLine:
    """What was asked for; what is held of it stands in the claims of its record."""

    sku: Sku
    requested: int
    location: LocationCode | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """`owner` is the principal's identity that took it."""

    rid: Rid
    channel: ChannelCode
    owner: str
    lines: tuple[ReservedLine, ...]
    created_at: datetime
    allow_partial: bool = False
    done: tuple[Done, ...] = ()
    """Answered changes of this hold."""
