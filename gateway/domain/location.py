"""Places that can supply: where they are, when they work and what they offer."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from gateway.domain.calendar import WorkingCalendar
from gateway.domain.catalogue import ExternalId
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.quantities import GeoPosition

LocationKind = Literal["WAREHOUSE", "STORE", "SUPPLIER"]
LocationService = Literal["SHIP", "COURIER", "PICKUP", "SHIP_TO_STORE", "RESERVE_IN_STORE", "CARRY_OUT", "RETURNS"]
LocationStatus = Literal["ACTIVE", "PAUSED", "CLOSED"]
CapacityUnit = Literal["ORDERS", "UNITS"]
LONGEST_POSTAL_CODE = 20
"""No country's is longer, with room for blanks."""


@dataclass(frozen=True, slots=True)
class Address:
    country_code: str
    name: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class CarrierPoint:
    """A carrier's parcel shop or locker, at which its customers collect."""

    code: str
    name: str
    address: Address
    position: GeoPosition | None = None
    """Without one it is near only those of its own postal code."""
    opening: tuple[str, ...] = ()
    """When customers may come, as "Mo-Sa 09:00-19:00"."""
    exceptions: tuple[str, ...] = ()
    """Days on which that is otherwise, as "2026-12-24 09:00-12:00" or "2026-12-26 closed"."""
    holidays: str | None = None
    """Country or COUNTRY-REGION whose public holidays close it, but for days that `exceptions` speaks of."""


@dataclass(frozen=True, slots=True)
class Organization:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Pickup:
    """A carrier's call at a location: work known before `cutoff` and ready by `hour` leaves with it (local times, ISO weekdays)."""

    hour: str
    cutoff: str
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    carrier: str | None = None
    """None: every carrier that calls here."""
    not_on: tuple[date, ...] = ()
    """Days on which it does not come, though the place works."""


@dataclass(frozen=True, slots=True)
class CapacityRule:
    """What the location can prepare: so many shipments (ORDERS) or UNITS on a working day, or in each of its shifts."""

    per_day: int | None = None
    per_shift: tuple[int, ...] = ()
    """Instead of `per_day`: by the day's opening periods in turn; the last number stands for all further ones."""
    unit: CapacityUnit = "ORDERS"

    def units_in(self, shift: int) -> int | None:
        """Return what one shift has room for; None: without limit."""
        return self.per_shift[min(shift, len(self.per_shift) - 1)] if self.per_shift else self.per_day


@dataclass(frozen=True, slots=True)
class Location:
    """A place that can supply. `source` owns its stock; `work_source` takes its fulfillments (the owner, when None)."""

    code: LocationCode
    name: str
    kind: LocationKind
    time_zone: str
    source: SourceCode
    status: LocationStatus = "ACTIVE"
    organization: Organization | None = None
    paused_until: datetime | None = None
    paused_services: tuple[LocationService, ...] = ()
    address: Address | None = None
    position: GeoPosition | None = None
    services: tuple[LocationService, ...] = ()
    opening: WorkingCalendar = field(default_factory=WorkingCalendar)
    """When customers may come (stores)."""
    working: WorkingCalendar | None = None
    """When orders are prepared; the opening hours when None."""
    lead_time: timedelta = timedelta(0)
    processing_time: timedelta = timedelta(0)
    preparation_time: timedelta = timedelta(hours=2)
    """From the learning of a collected order to its being ready, in working hours."""
    reception_time: timedelta = timedelta(0)
    """From the arrival of a transfer to its goods being on the shelf, in working hours; then they are prepared."""
    accept_within: timedelta | None = None
    """Working time within which an offer must be answered; None: it waits."""
    pickups: tuple[Pickup, ...] = ()
    capacity: CapacityRule | None = None
    work_source: SourceCode | None = None
    external_ids: tuple[ExternalId, ...] = ()

    @property
    def taker(self) -> SourceCode:
        """The system that its work is handed to."""
        return self.work_source or self.source

    @property
    def transfer_work(self) -> timedelta:
        """Working time between a transfer's arrival and its goods being ready for the customer."""
        return self.reception_time + self.preparation_time

    @property
    def calendar(self) -> WorkingCalendar:
        return self.working or self.opening

    def offers(self, service: LocationService) -> bool:
        """Tell whether it can do this work now; a pause of some services leaves the others."""
        return self.status == "ACTIVE" and service in self.services and service not in self.paused_services
