"""What promises are asked for: baskets, destinations, listings."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from gateway.domain.delivery_group import PickupPoint
from gateway.domain.ids import LocationCode, Rid, Sku
from gateway.domain.promise.options import Destination
from gateway.domain.quantities import SkuQuantity
from resolvers.questions.promises import BasketWish
from schema.ids import key_of
from schema.scalars import CountryCode
from schema.types.channels import DeliveryMethod
from schema.types.given import given
from schema.types.near import position_of
from schema.types.places import AddressInput, GeoPositionInput


@strawberry.input(description="Where goods go: an address or part of one, for promises before the address is known.")
class DestinationInput:
    country_code: CountryCode
    postal_code: str | None = UNSET
    city: str | None = UNSET
    position: GeoPositionInput | None = UNSET

    def wish(self) -> Destination:
        return Destination(self.country_code, self.postal_code or None, position_of(self.position or None))


@strawberry.input(description="Whole units of one sku.")
class SkuQuantityInput:
    sku: str
    quantity: int


@strawberry.input(description="A carrier's parcel shop or locker.")
class PickupPointInput:
    carrier_code: str
    code: str
    address: AddressInput | None = strawberry.field(
        default=UNSET, description="Of a point that the gateway does not know; those of `pickupPoint` of an option are known."
    )

    def told(self) -> PickupPoint:
        return PickupPoint(self.carrier_code, self.code, address=self.address.told() if self.address else None)


@strawberry.input(description="A basket, where it goes and what was decided already.")
class DeliveryPromisesInput:
    channel_code: str | None = strawberry.field(default=UNSET, description="The caller's own channel when absent.")
    lines: list[SkuQuantityInput] = strawberry.field(description="At most 200.")
    destination: DestinationInput | None = strawberry.field(
        default=UNSET, description="For delivered methods; the point to be near for collected ones without `pickupLocationCode`."
    )
    pickup_location_code: str | None = UNSET
    pickup_point: PickupPointInput | None = UNSET
    methods: list[DeliveryMethod] | None = strawberry.field(default=UNSET, description="All that the channel offers, when absent.")
    service_codes: list[str] | None = UNSET
    reservation_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The caller's own hold: its units count as available to this call."
    )
    chosen_tokens: list[str] | None = strawberry.field(
        default=UNSET, description="Options already chosen for other parts of the basket: their units and capacity count as gone."
    )
    max_pickup_locations: int | None = 5
    pickup_within_meters: int | None = strawberry.field(
        default=UNSET, description="How far from `destination` a place of collection may be; as far as its service says, when absent."
    )
    desired_by: datetime | None = UNSET
    max_age_seconds: int | None = UNSET

    def wish(self) -> BasketWish:
        return BasketWish(
            lines=tuple(SkuQuantity(Sku(line.sku), line.quantity) for line in self.lines),
            channel_code=self.channel_code or None,
            destination=self.destination.wish() if self.destination else None,
            pickup_location=LocationCode(self.pickup_location_code) if self.pickup_location_code else None,
            methods=tuple(method.value for method in self.methods) if self.methods else None,
            services=tuple(self.service_codes) if self.service_codes else None,
            reservation=Rid(key_of("Reservation", self.reservation_id) or "") if self.reservation_id else None,
            max_pickup_locations=5 if self.max_pickup_locations is None else self.max_pickup_locations,
            pickup_within_m=given(self.pickup_within_meters),
            desired_by=self.desired_by or None,
            pickup_carrier=self.pickup_point.carrier_code if self.pickup_point else None,
            pickup_code=self.pickup_point.code if self.pickup_point else None,
            chosen_tokens=tuple(self.chosen_tokens or ()),
        )


@strawberry.input(description="The skus of a listing and where they would go.")
class EarliestDeliveriesInput:
    channel_code: str | None = UNSET
    skus: list[str] = strawberry.field(description="At most 50.")
    destination: DestinationInput
    service_codes: list[str] | None = UNSET
