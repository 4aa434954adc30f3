"""Locations: places that can supply."""

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import UNSET, Private

from gateway.domain import location as places
from gateway.domain.calendar import WorkingCalendar
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.quantities import distance_m
from resolvers.questions.capacity import CapacityOn, capacity_on
from resolvers.questions.locations import place
from schema.ids import global_id
from schema.types.attributes import ExternalId
from schema.types.info import Info
from schema.types.location_kinds import CapacityUnit, LocationKind, LocationService, LocationStatus
from schema.types.near import near_point
from schema.types.node import Node
from schema.types.places import Address, GeoPosition, NearInput

if TYPE_CHECKING:
    from schema.types.stock import StockLevel
from schema.types.fields import resolved


@strawberry.type(description="A legal owner of locations.")
class Organization:
    code: str
    name: str


@strawberry.type(description="When customers may come, in the location's time zone.")
class OpeningPeriod:
    weekday: int | None = strawberry.field(description="1 = Monday … 7 = Sunday; null for an exceptional date.")
    on: date | None = strawberry.field(name="date", description="Set for an exceptional day or public holiday.")
    opens: time | None = strawberry.field(description="Null with `closes` null: closed all day.")
    closes: time | None


@strawberry.type(description="What the location can prepare on a working day.")
class Capacity:
    day: date = strawberry.field(name="date")
    unit: CapacityUnit
    per_day: int
    used: int
    available: int

    @classmethod
    def of(cls, told: CapacityOn) -> "Capacity":
        return cls(day=told.day, unit=CapacityUnit(told.unit), per_day=told.per_day, used=told.used, available=told.available)


@strawberry.type(description="A place that can supply. Federation key: code.")
class Location(Node):
    code: str
    name: str
    kind: LocationKind
    organization: Organization | None = strawberry.field(description="Who owns it: the retailer, an affiliate, a supplier.")
    status: LocationStatus
    paused_until: datetime | None = strawberry.field(description="Set while paused; the services that are, when not all.")
    paused_services: list[LocationService]
    address: Address | None
    position: GeoPosition | None
    time_zone: str
    services: list[LocationService]
    told: Private[places.Location]

    @strawberry.field
    def opening_hours(self) -> list[OpeningPeriod]:
        return opening_periods(self.told.opening)

    @resolved("Today's when no day is named; null where nothing is limited.")
    def capacity(self, info: Info, on: date | None = UNSET) -> Capacity | None:
        told = capacity_on(info.context, self.told, on or None)
        return Capacity.of(told) if told else None

    @strawberry.field
    def external_ids(self) -> list[ExternalId]:
        return [ExternalId.of(name) for name in self.told.external_ids]

    @resolved("Along a great circle; null when either place has no position.")
    def distance_meters(self, info: Info, from_: Annotated[NearInput, strawberry.argument(name="from")]) -> int | None:
        here, there = near_point(info.context, from_), self.told.position
        return distance_m(here, there) if here and there else None

    @resolved("In the order asked. locations x skus of one request: at most 2,500.")
    def stock(
        self, info: Info, skus: list[str], channel_code: str | None = UNSET
    ) -> list[Annotated["StockLevel", strawberry.lazy("schema.types.stock")] | None] | None:
        from schema.types.stock import stock_levels_at  # noqa: PLC0415 - stock levels name their location

        return stock_levels_at(info, self.told, [Sku(sku) for sku in skus], channel_code or None)

    @classmethod
    def of(cls, told: places.Location) -> "Location":
        return cls(
            id=global_id("Location", told.code),
            code=told.code,
            name=told.name,
            kind=LocationKind(told.kind),
            organization=Organization(code=told.organization.code, name=told.organization.name) if told.organization else None,
            status=LocationStatus(told.status),
            paused_until=told.paused_until,
            paused_services=[LocationService(service) for service in told.paused_services],
            address=Address.of(told.address) if told.address else None,
            position=GeoPosition.of(told.position) if told.position else None,
            time_zone=told.time_zone,
            services=[LocationService(service) for service in told.services],
            told=told,
        )


def location_at(info: Info, code: LocationCode) -> Location:
    """Return the location that an object names; made once for all requests that share a reading."""
    made = info.context.surroundings.derived
    found: Location | None = made.get(("Location", code))
    if found is None:
        found = made["Location", code] = Location.of(place(info.context, code))
    return found


def opening_periods(calendar: WorkingCalendar) -> list[OpeningPeriod]:
    """Return the weekly periods, then the exceptional days; a day that is closed whole has neither hour."""
    weekly = [
        OpeningPeriod(weekday=weekday, on=None, opens=period.opens, closes=period.closes)
        for weekday, periods in sorted(calendar.weekly.items())
        for period in periods
    ]
    exceptional = [
        OpeningPeriod(weekday=None, on=day, opens=period.opens if period else None, closes=period.closes if period else None)
        for day, periods in sorted(calendar.exceptions.items())
        for period in periods or (None,)
    ]
    return weekly + exceptional
