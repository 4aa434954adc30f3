"""What a channel may draw on: its locations, what each can do for it, and what is kept back there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.calendar import zone
from gateway.domain.catalogue import Product
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.location import Location, LocationKind, LocationService
from gateway.domain.network import Channel, DeliveryMethod, SafetyStock

SUPPLY_SERVICE: dict[DeliveryMethod, LocationService] = {
    "SHIP": "SHIP",
    "COURIER": "COURIER",
    "PICKUP": "PICKUP",
    "SHIP_TO_STORE": "SHIP",
    "PICKUP_POINT": "SHIP",
    "RESERVE_IN_STORE": "RESERVE_IN_STORE",
    "CARRY_OUT": "CARRY_OUT",
}
"""What a location must offer to supply a method."""
DELIVERED_METHODS = frozenset[DeliveryMethod]({"SHIP", "COURIER", "PICKUP_POINT"})


@dataclass(frozen=True, slots=True)
class Reach:
    """What one location in scope can do with its units for the channel; a place that can do neither sells nothing."""

    kind: LocationKind
    delivers: bool
    collects: bool


ChannelScope = Mapping[LocationCode, Reach]
"""Locations whose units the channel can sell now."""


def in_channel(channel: Channel, location: Location) -> bool:
    """Tell whether the location belongs to the channel: named, or of a named kind; a channel that names nothing has all."""
    if not channel.locations and not channel.kinds:
        return True
    return location.code in channel.locations or location.kind in channel.kinds


def channel_scope(channel: Channel, locations: Iterable[Location]) -> ChannelScope:
    """Return what can be sold from where; made once and shared by all skus of a request."""
    places = [location for location in locations if location.status == "ACTIVE"]
    transfers = any(place.offers("SHIP_TO_STORE") and in_channel(channel, place) for place in places)
    scope = {}
    for place in places:
        if not in_channel(channel, place):
            continue
        methods = {
            service.method
            for service in channel.services
            if place.kind in service.kinds
            and place.offers(SUPPLY_SERVICE[service.method])
            and (service.method != "SHIP_TO_STORE" or transfers)
        }
        if methods:
            scope[place.code] = Reach(place.kind, bool(methods & DELIVERED_METHODS), bool(methods - DELIVERED_METHODS))
    return scope


def kept_back(rules: tuple[SafetyStock, ...], sku: Sku, location: Location) -> int:
    """Return the safety stock of one position: the narrowest rule wins (sku, then location, then kind), of equals the last."""
    narrowest, quantity = (False, False, False), 0
    for rule in rules:
        if rule.sku not in {None, sku} or rule.location not in {None, location.code} or rule.kind not in {None, location.kind}:
            continue
        narrowness = (rule.sku is not None, rule.location is not None, rule.kind is not None)
        if narrowness >= narrowest:
            narrowest, quantity = narrowness, rule.quantity
    return quantity


def is_preorder(product: Product, channel: Channel, now: datetime) -> bool:
    """Tell whether the product is sold before its first day of sale: when that is no further ahead than the channel sells."""
    if product.release_on is None or released(product, channel, now):
        return False
    return product.release_on <= (now + channel.sells_supply_within).astimezone(zone(channel.time_zone)).date()


def released(product: Product, channel: Channel, now: datetime) -> bool:
    """Tell whether the product's first day of sale has come in the channel's zone."""
    return product.release_on is None or product.release_on <= now.astimezone(zone(channel.time_zone)).date()
