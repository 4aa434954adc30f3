"""A place's own word that it takes no work, or takes it again: it stands over what the network file and the sources say of the place."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from gateway.domain.done import Done
from gateway.domain.ids import LocationCode
from gateway.domain.location import Location, LocationService
from gateway.domain.network import DeliveryMethod
from gateway.domain.order import Actor
from gateway.domain.scope import SUPPLY_SERVICE

MOST_KEPT = 50
"""Requests that a word remembers, so that a repeated call is the same call."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The last word on one place. RESUMED stands over a pause that the file or a source states; OVER says nothing any more.

    No `services`: all. `v` rises with every word.
    """

    location: LocationCode
    state: Literal["PAUSED", "RESUMED", "OVER"]
    by: Actor
    at: datetime
    services: tuple[LocationService, ...] = ()
    until: datetime | None = None
    note: str | None = None
    reassign: bool = True
    """Source again what the place has not started."""
    v: int = 1
    done: tuple[Done, ...] = ()

    def holds(self, now: datetime) -> bool:
        return self.state == "PAUSED" and (self.until is None or self.until > now)


def standing(place: Location, pause: Pause | None, now: datetime) -> Location:
    """Return a place as it stands by the last word on it; one that is closed stays closed."""
    if pause is None or place.status == "CLOSED":
        return place
    if pause.state == "RESUMED":
        return replace(place, status="ACTIVE", paused_until=None, paused_services=())
    if not pause.holds(now):
        return place
    if not pause.services:
        return replace(place, status="PAUSED", paused_until=pause.until)
    services = tuple(sorted({*place.paused_services, *pause.services}))
    return replace(place, paused_services=services, paused_until=pause.until)


def rests(place: Location | None, method: DeliveryMethod) -> bool:
    """Tell whether a place takes no work of a method now, whatever it offers else; of a place that nobody knows nothing is said."""
    return place is not None and (place.status != "ACTIVE" or SUPPLY_SERVICE[method] in place.paused_services)


def kept(done: tuple[Done, ...], fresh: Done) -> tuple[Done, ...]:
    return (*done, fresh)[-MOST_KEPT:]
