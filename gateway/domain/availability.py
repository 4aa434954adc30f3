"""What a channel may sell of a sku now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.domain.ids import ChannelCode, Sku
from gateway.domain.location import LocationKind
from gateway.domain.stock import Freshness

AvailabilityStatus = Literal["IN_STOCK", "LIMITED", "BACKORDER", "PREORDER", "OUT_OF_STOCK", "NOT_SOLD", "UNKNOWN"]


@dataclass(frozen=True, slots=True)
class KindQuantity:
    kind: LocationKind
    quantity: int
    location_count: int


@dataclass(frozen=True, slots=True)
class Availability:
    """`stale_quantity` is the part of `quantity` whose figures are not fresh; `as_of` the oldest that went in."""

    sku: Sku
    channel: ChannelCode
    status: AvailabilityStatus
    orderable: bool
    quantity: int
    deliverable_quantity: int
    collectable_quantity: int
    stale_quantity: int
    by_kind: tuple[KindQuantity, ...]
    location_count: int
    next_available_at: datetime | None
    as_of: datetime | None
    freshness: Freshness
