"""Commands that an order has answered: what makes a repeated call the same call."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.errors import RefusalCode
from gateway.domain.ids import Rid


@dataclass(frozen=True, slots=True)
class Done:
    """An answered command on this order: its request's identity and the fingerprint of its input.

    What else it answered, so that a repeat can answer it again: units by line canceled and requested, and the refund's id.
    """

    by: Rid
    fp: str
    at: datetime
    canceled: tuple[tuple[str, int], ...] = ()
    requested: tuple[tuple[str, int], ...] = ()
    refund: str | None = None
    refused: tuple[RefusalCode, str] | None = None
    """It was to wait for a place's word, and was refused then: by what code, and why."""
