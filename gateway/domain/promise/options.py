"""What may be quoted: the question, the facts it is answered from, the options and why others are absent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.domain.capacity import Rooms
from gateway.domain.delivery_group import PickupPoint, PlannedShipment
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.location import Location
from gateway.domain.network import Carrier, Channel, DeliveryMethod, DeliveryService
from gateway.domain.order_terms import WindowPrecision
from gateway.domain.quantities import GeoPosition, SkuQuantity
from gateway.domain.sourcing.problem import Outlook
from gateway.domain.sourcing.strategy import Sourced
from gateway.domain.sourcing_terms import DEFAULT_PROFILE, SourcingProfile
from gateway.domain.stock import Freshness, StockPosition

if TYPE_CHECKING:
    from gateway.domain.promise.passages import Passages
    from gateway.domain.promise.points import Points


@dataclass(frozen=True, slots=True)
class Destination:
    """Where goods go; `position` is resolved from the postcode where the caller gave none, `time_zone` is known of a store."""

    country_code: str
    postal_code: str | None = None
    position: GeoPosition | None = None
    time_zone: str | None = None


def destination_at(store: Location) -> Destination | None:
    """Return where goods go that are collected at a store after a transfer; None: its address is not known."""
    if store.address is None:
        return None
    return Destination(store.address.country_code, store.address.postal_code, store.position, store.time_zone)


@dataclass(frozen=True, slots=True)
class PromiseRequest:
    lines: tuple[SkuQuantity, ...]
    destination: Destination | None = None
    pickup_location: LocationCode | None = None
    pickup_carrier: str | None = None
    """The carrier whose parcel shop was chosen; None: any."""
    pickup_code: str | None = None
    """The parcel shop itself; None: any of the carrier."""
    methods: tuple[DeliveryMethod, ...] | None = None
    services: tuple[str, ...] | None = None
    max_pickup_locations: int = 5
    pickup_within_m: int | None = None
    """How far from the destination a place of collection may be; None: as far as its service says."""
    desired_by: datetime | None = None
    at_location: LocationCode | None = None
    """The store in which the order is taken, for CARRY_OUT."""
    excluded: frozenset[LocationCode] = frozenset()
    """Places that the caller does not want goods from."""
    refused: frozenset[LocationCode] = frozenset()
    """Places that have refused the order before."""
    included: frozenset[LocationCode] | None = None
    """The only places that goods may come from; None: any."""
    every_candidate: bool = True
    """Whether what is told of the choice names the places too that were fenced out: a quote that finds a plan does without."""
    in_part: bool = False
    """Whether less than all is welcome, where all cannot be had."""
    supply_to_come: bool = True
    """Whether units that are not there yet may be promised."""

    @property
    def leaves_out(self) -> bool:
        return bool(self.excluded or self.refused) or self.included is not None

    def left_out(self, code: LocationCode) -> ExclusionReason | None:
        """Return why goods may not come from a place, whatever it has."""
        if code in self.refused:
            return "REFUSED_BEFORE"
        return "EXCLUDED_BY_CALLER" if code in self.excluded or (self.included is not None and code not in self.included) else None


@dataclass(frozen=True, slots=True)
class PromiseFacts:
    """All that the engine may know: no I/O from here on. Positions are as the channel sees them (safety stock in)."""

    channel: Channel
    carriers: dict[str, Carrier]
    locations: Mapping[LocationCode, Location]
    positions: dict[Sku, tuple[StockPosition, ...]]
    weight_g_by_sku: dict[Sku, int] = field(default_factory=dict)
    volume_cm3_by_sku: dict[Sku, int] = field(default_factory=dict)
    value_by_sku: dict[Sku, Decimal] = field(default_factory=dict)
    holidays: dict[str, frozenset[str]] = field(default_factory=dict)
    """ISO dates of public holidays by country."""
    country_time_zone: dict[str, str] = field(default_factory=dict)
    """Time that all of a country keeps; of countries that keep several, and are not the retailer's own, there is none."""
    rooms: dict[LocationCode, Rooms] = field(default_factory=dict)
    """What is known to be booked, or set otherwise than the place's rule says."""
    profile: SourcingProfile = DEFAULT_PROFILE
    """What decides between places."""
    outlook_by_sku: dict[Sku, Outlook] = field(default_factory=dict)
    passages: "Passages | None" = None
    """What is remembered of earlier requests; None: all is reckoned anew."""
    points: "Points | None" = None
    """Carriers' parcel shops and lockers; None: nobody has told of any."""
    released_at: dict[Sku, datetime] = field(default_factory=dict)
    """When the first day of sale begins, of skus for which it lies ahead: nothing of them leaves before."""
    unknown: frozenset[Sku] = frozenset()
    """Skus of which some place's figure was never known, because its source is away."""


@dataclass(frozen=True, slots=True)
class DeliveryOption:
    """A quote; its token is made from it by `promise.token`."""

    service: DeliveryService
    earliest: datetime
    latest: datetime
    precision: WindowPrecision
    time_zone: str
    order_before: datetime | None
    """Who orders before it still gets this window; None: it holds to the end of the horizon, or is handed over at once."""
    pickup_location: LocationCode | None
    collect_by: datetime | None
    shipments: tuple[PlannedShipment, ...]
    fee: Decimal
    currency: str
    cost: Decimal
    carbon_g: int | None
    as_of: datetime
    freshness: Freshness
    pickup_point: PickupPoint | None = None
    missed_at: datetime | None = None
    """When something of it is missed for good, as a pick-up; None: its window does no more than move on with the clock."""
    sourced: Sourced | None = None
    """How its plan was found; None for what lies on the shelf of the store that hands it over."""


@dataclass(frozen=True, slots=True)
class UnavailableMethod:
    method: DeliveryMethod
    service: str | None
    reason: ExclusionReason
    message: str
    skus: tuple[Sku, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """An option with its token. `confidence`: the share of past promises like it that were kept; None while there are too few."""

    option: DeliveryOption
    token: str
    expires_at: datetime
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """Earliest first; for equal dates the cheaper fee."""

    options: tuple[DeliveryOption, ...]
    unavailable: tuple[UnavailableMethod, ...]
