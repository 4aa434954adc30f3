"""Carriers' parcel shops and lockers."""

import strawberry

from gateway.domain import order as orders
from gateway.domain.opening_hours import joined, weekly
from schema.types.info import Info
from schema.types.locations import OpeningPeriod
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
    def of(cls, info: Info, point: orders.PickupPoint) -> "PickupPoint":
        """Return a point of an order or option, with what is known of it now."""
        known = info.context.world.points.point(point.carrier_code, point.code)
        hours = weekly(joined(known.opening)) if known and known.opening else {}
        return cls(
            carrier_code=point.carrier_code,
            code=point.code,
            name=point.name or (known.name if known else None),
            address=Address.of(point.address) if point.address else None,
            position=GeoPosition.of(known.position) if known and known.position else None,
            opening_hours=[
                OpeningPeriod(weekday=day, on=None, opens=period.opens, closes=period.closes)
                for day, periods in sorted(hours.items())
                for period in periods
            ],
        )
