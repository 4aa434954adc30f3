"""What is asked of places: commands in the domain's own words."""

from dataclasses import dataclass
from datetime import date, datetime

from gateway.domain.location import LocationService


@dataclass(frozen=True, slots=True)
class PauseLocation:
    """No `services`: all of them."""

    idempotency_key: str
    location: str
    services: tuple[LocationService, ...] = ()
    until: datetime | None = None
    note: str | None = None
    reassign_waiting: bool = True


@dataclass(frozen=True, slots=True)
class ResumeLocation:
    idempotency_key: str
    location: str


@dataclass(frozen=True, slots=True)
class SetCapacity:
    """Both days are counted in."""

    idempotency_key: str
    location: str
    since: date
    until: date
    per_day: int
