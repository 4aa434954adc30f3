"""Carriers' parcel shops and lockers."""

from dataclasses import replace

import strawberry

from gateway.domain import delivery_group
from gateway.domain.calendar import WorkingCalendar, zone
from gateway.domain.promise.point_hours import hours_of
from schema.types.info import Info
from schema.types.locations import OpeningPeriod, opening_periods
from schema.types.places import Address, GeoPosition


@strawberry.type(description="A carrier's parcel shop or locker.")
class PickupPoint:
    carrier_code: str
    code: str
    name: str | None
    address: Address | None
    position: GeoPosition | None
    opening_hours: list[OpeningPeriod] = strawberry.field(description="When customers may come; empty where nobody has told.")

    @classmethod
    def of(cls, info: Info, point: delivery_group.PickupPoint) -> "PickupPoint":
        """Return a point of an order or option, with what is known of it now."""
        known = info.context.world.points.point(point.carrier_code, point.code)
        world = info.context.world
        hours = hours_of(known, world.network.time_zone, world.holidays) if known else WorkingCalendar()
        today = info.context.now.astimezone(zone(hours.time_zone)).date()
        ahead = {day: periods for day, periods in hours.exceptions.items() if day >= today}
        return cls(
            carrier_code=point.carrier_code,
            code=point.code,
            name=point.name or (known.name if known else None),
            address=Address.of(point.address) if point.address else None,
            position=GeoPosition.of(known.position) if known and known.position else None,
            opening_hours=opening_periods(replace(hours, exceptions=ahead)),
        )
