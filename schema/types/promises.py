"""Delivery promises: options with their tokens, and why others are absent."""

from datetime import datetime

import strawberry
from strawberry import Private

from gateway.domain import delivery_group, quantities
from gateway.domain.catalogue import Product
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.ids import LocationCode
from gateway.domain.promise import listing, options
from gateway.domain.promise.options import Quote
from resolvers.questions.promises import BasketWish, Quoted, product_promises
from schema.types.channels import DeliveryMethod, DeliveryService
from schema.types.fields import resolved
from schema.types.freshness import Freshness
from schema.types.info import Info
from schema.types.locations import Location, location_at
from schema.types.money import Money
from schema.types.pickup_points import PickupPoint
from schema.types.promise_kinds import ExclusionReason, WindowPrecision
from schema.types.promises_input import DestinationInput


@strawberry.type(description="Whole units of one sku.")
class SkuQuantity:
    sku: str
    quantity: int

    @classmethod
    def of(cls, units: quantities.SkuQuantity) -> "SkuQuantity":
        return cls(sku=units.sku, quantity=units.quantity)


@strawberry.type(description="What one location sends or hands over, and when.")
class PromisedShipment:
    lines: list[SkuQuantity]
    carrier_service: str | None
    ships_by: datetime
    earliest: datetime
    latest: datetime
    awaits_inbound: bool = strawberry.field(description="Some units are not there yet.")
    location: Private[LocationCode]

    @resolved(name="from")
    def from_(self, info: Info) -> Location:
        return location_at(info, self.location)

    @classmethod
    def of(cls, shipment: PlannedShipment) -> "PromisedShipment":
        return cls(
            lines=[SkuQuantity.of(units) for units in shipment.lines],
            carrier_service=shipment.carrier_service,
            ships_by=shipment.ships_by,
            earliest=shipment.earliest,
            latest=shipment.latest,
            awaits_inbound=bool(shipment.awaits),
            location=shipment.location,
        )


@strawberry.type(description="A quote that can be redeemed by its token until `tokenExpiresAt`.")
class DeliveryOption:
    token: str
    token_expires_at: datetime
    service: DeliveryService
    earliest: datetime = strawberry.field(description="The window that is promised; for collected methods `earliest` is when it is ready.")
    latest: datetime
    precision: WindowPrecision
    time_zone: str = strawberry.field(description="IANA name of the zone in which dates should be shown.")
    order_before: datetime | None = strawberry.field(
        description="Ordering before this moment still gets the window; null when the horizon ends first."
    )
    collect_by: datetime | None = strawberry.field(description="How long a collected order is kept.")
    shipments: list[PromisedShipment]
    fee: Money
    cost: Money | None = strawberry.field(description="Needs insights:read.")
    carbon_grams: int | None
    confidence: float | None = strawberry.field(description="Share of past promises like this one that were kept; null under 100 of them.")
    as_of: datetime
    freshness: Freshness
    collected_at: Private[LocationCode | None]
    shop: Private[delivery_group.PickupPoint | None]

    @resolved("The carrier's parcel shop or locker; the nearest ones each have an option of their own.")
    def pickup_point(self, info: Info) -> PickupPoint | None:
        return PickupPoint.of(info, self.shop) if self.shop else None

    @strawberry.field
    def pickup_location(self, info: Info) -> Location | None:
        return location_at(info, self.collected_at) if self.collected_at else None

    @classmethod
    def of(cls, quote: Quote, *, costs: bool) -> "DeliveryOption":
        """`costs` tells whether the caller may see what it costs us."""
        option = quote.option
        return cls(
            token=quote.token,
            token_expires_at=quote.expires_at,
            service=DeliveryService.of(option.service),
            earliest=option.earliest,
            latest=option.latest,
            precision=WindowPrecision(option.precision),
            time_zone=option.time_zone,
            order_before=option.order_before,
            collect_by=option.collect_by,
            shipments=[PromisedShipment.of(shipment) for shipment in option.shipments],
            fee=Money.rounded(option.fee, option.currency),
            cost=Money.rounded(option.cost, option.currency) if costs else None,
            carbon_grams=option.carbon_g,
            confidence=quote.confidence,
            as_of=option.as_of,
            freshness=Freshness(option.freshness),
            collected_at=option.pickup_location,
            shop=option.pickup_point,
        )


@strawberry.type(description="A method or service that is not on offer, and why.")
class UnavailableMethod:
    method: DeliveryMethod
    service_code: str | None
    reason: ExclusionReason
    message: str
    skus: list[str] = strawberry.field(description="The skus that stand in the way, when it is they.")

    @classmethod
    def of(cls, absent: options.UnavailableMethod) -> "UnavailableMethod":
        return cls(
            method=DeliveryMethod(absent.method),
            service_code=absent.service,
            reason=ExclusionReason(absent.reason),
            message=absent.message,
            skus=list(absent.skus),
        )


@strawberry.type(description="What can be promised for a basket, and what cannot.")
class DeliveryPromises:
    options: list[DeliveryOption] = strawberry.field(description="Earliest first; for equal dates the cheaper fee.")
    unavailable: list[UnavailableMethod]

    @classmethod
    def of(cls, info: Info, quoted: Quoted) -> "DeliveryPromises":
        costs = info.context.principal.may("insights:read")
        return cls(
            options=[DeliveryOption.of(quote, costs=costs) for quote in quoted.quotes],
            unavailable=[UnavailableMethod.of(absent) for absent in quoted.unavailable],
        )


@strawberry.type(description="For listings: the first date of one unit, without a token.")
class EarliestDelivery:
    sku: str
    service: DeliveryService
    earliest: datetime
    latest: datetime
    order_before: datetime | None

    @classmethod
    def of(cls, told: listing.EarliestDelivery) -> "EarliestDelivery":
        return cls(
            sku=told.sku,
            service=DeliveryService.of(told.service),
            earliest=told.earliest,
            latest=told.latest,
            order_before=told.order_before,
        )


def promises_of_product(
    info: Info,
    product: Product,
    *,
    channel_code: str | None,
    destination: DestinationInput | None,
    quantity: int | None,
    methods: list[DeliveryMethod] | None,
    max_pickup_locations: int | None,
    pickup_within_m: int | None,
) -> DeliveryPromises | None:
    """Return what can be promised for some units of one product; None for an unknown channel."""
    wish = BasketWish(
        lines=(quantities.SkuQuantity(product.sku, 1 if quantity is None else quantity),),
        channel_code=channel_code,
        destination=destination.wish() if destination else None,
        methods=tuple(method.value for method in methods) if methods else None,
        max_pickup_locations=3 if max_pickup_locations is None else max_pickup_locations,
        pickup_within_m=pickup_within_m,
    )
    quoted = product_promises(info.context, product, wish)
    return DeliveryPromises.of(info, quoted) if quoted else None
