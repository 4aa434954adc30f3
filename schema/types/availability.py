"""Availability: what a channel may sell of a sku now."""

from datetime import datetime
from enum import StrEnum

import strawberry

from gateway.domain import availability as domain
from schema.types.enums import described
from schema.types.freshness import Freshness
from schema.types.location_kinds import LocationKind


@described("Whether and how a sku can be ordered.")
class AvailabilityStatus(StrEnum):
    IN_STOCK = "IN_STOCK"
    LIMITED = "LIMITED"
    BACKORDER = "BACKORDER"
    PREORDER = "PREORDER"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    NOT_SOLD = "NOT_SOLD"
    UNKNOWN = "UNKNOWN"


@strawberry.type(description="Units that can be ordered now, by kind of location.")
class KindQuantity:
    kind: LocationKind
    quantity: int
    location_count: int

    @classmethod
    def of(cls, told: domain.KindQuantity) -> "KindQuantity":
        return cls(kind=LocationKind(told.kind), quantity=told.quantity, location_count=told.location_count)


@strawberry.type(description="What a channel may sell of a sku now.")
class Availability:
    sku: str
    channel_code: str
    status: AvailabilityStatus
    orderable: bool = strawberry.field(description="Whether an order for one unit would be accepted, backorder and preorder included.")
    quantity: int = strawberry.field(description="Units that can be ordered now by any method.")
    deliverable_quantity: int
    collectable_quantity: int
    stale_quantity: int = strawberry.field(description="The part of `quantity` whose figures are not fresh.")
    by_kind: list[KindQuantity]
    location_count: int
    next_available_at: datetime | None = strawberry.field(description="When more can be sold, for a sku that is out or short.")
    as_of: datetime | None = strawberry.field(description="The oldest figure that went into it; null when there is none.")
    freshness: Freshness

    @classmethod
    def of(cls, told: domain.Availability) -> "Availability":
        return cls(
            sku=told.sku,
            channel_code=told.channel,
            status=AvailabilityStatus(told.status),
            orderable=told.orderable,
            quantity=told.quantity,
            deliverable_quantity=told.deliverable_quantity,
            collectable_quantity=told.collectable_quantity,
            stale_quantity=told.stale_quantity,
            by_kind=[KindQuantity.of(kind) for kind in told.by_kind],
            location_count=told.location_count,
            next_available_at=told.next_available_at,
            as_of=told.as_of,
            freshness=Freshness(told.freshness),
        )
