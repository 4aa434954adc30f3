"""What an operator says of places: over what their source says, or instead of it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, ClassVar

from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.location import Address, CapacityRule, LocationKind, LocationService, LocationStatus, Organization, Pickup
from gateway.domain.quantities import GeoPosition
from gateway.domain.sourcing_terms import FORBID_UNKNOWN


@dataclass(frozen=True, slots=True)
class OpeningRule:
    """Opening periods of weekdays ("Mo-Fr 09:30-19:30") or of one date; no periods: closed."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    periods: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = ()
    on: date | None = None


@dataclass(frozen=True, slots=True)
class LocationOverride:
    """What the network file says of a location over, or instead of, its source; `code` "*" with `kind` speaks of all of a kind."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    code: LocationCode
    kind: LocationKind | None = None
    name: str | None = None
    source: SourceCode | None = None
    """Who owns its stock."""
    work_source: SourceCode | None = None
    """Who takes its work, when it is not the owner of its stock."""
    status: LocationStatus | None = None
    organization: Organization | None = None
    address: Address | None = None
    position: GeoPosition | None = None
    time_zone: str | None = None
    services: tuple[LocationService, ...] | None = None
    opening: tuple[OpeningRule, ...] | None = None
    """When customers may come."""
    working: tuple[OpeningRule, ...] | None = None
    """When orders are prepared; the opening hours when left out."""
    holidays: str | None = None
    """Country or COUNTRY-REGION whose public holidays close it."""
    lead_time: timedelta | None = None
    """Elapsed, before work may start; working days are a `processing_time` of whole days in `working` hours of whole days."""
    processing_time: timedelta | None = None
    """Working time of a shipment."""
    preparation_time: timedelta | None = None
    """Working time of a collected order."""
    reception_time: timedelta | None = None
    """Working time of taking in a transfer, before what a customer collects of it is prepared."""
    accept_within: timedelta | None = None
    """Working time within which offered work must be accepted, else it goes to another place; left out: it waits."""
    pickups: tuple[Pickup, ...] | None = None
    capacity: CapacityRule | None = None
    external_ids: dict[SourceCode, str] = field(default_factory=dict)
    """Its names in other systems."""
