"""Channels and the delivery services they sell."""

from enum import StrEnum

import strawberry

from gateway.domain import network
from schema.scalars import CurrencyCode
from schema.types.enums import described


@described(
    "How goods reach the customer.",
    SHIP="A carrier brings them to an address.",
    COURIER="Brought within the day from nearby.",
    PICKUP="Collected where they lie (click & collect).",
    SHIP_TO_STORE="Collected in a store that they are sent to first.",
    PICKUP_POINT="Collected at a carrier's parcel shop or locker.",
    RESERVE_IN_STORE="Held in a store for trying on, paid there (e-reservation).",
    CARRY_OUT="Taken along from the store in which the order is placed.",
)
class DeliveryMethod(StrEnum):
    SHIP = "SHIP"
    COURIER = "COURIER"
    PICKUP = "PICKUP"
    SHIP_TO_STORE = "SHIP_TO_STORE"
    PICKUP_POINT = "PICKUP_POINT"
    RESERVE_IN_STORE = "RESERVE_IN_STORE"
    CARRY_OUT = "CARRY_OUT"


@strawberry.type(description="What a channel sells: Standard, Express, Same day … Named and priced in the network file.")
class DeliveryService:
    code: str
    name: str
    method: DeliveryMethod

    @classmethod
    def of(cls, service: network.DeliveryService) -> "DeliveryService":
        return cls(code=service.code, name=service.name, method=DeliveryMethod(service.method))


@strawberry.type(description="A way to sell: a site, a marketplace, the counters of stores.")
class Channel:
    code: str
    name: str
    currency: CurrencyCode
    time_zone: str
    services: list[DeliveryService]

    @classmethod
    def of(cls, channel: network.Channel) -> "Channel":
        return cls(
            code=channel.code,
            name=channel.name,
            currency=CurrencyCode(channel.currency),
            time_zone=channel.time_zone,
            services=[DeliveryService.of(service) for service in channel.services],
        )
