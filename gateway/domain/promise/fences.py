"""What keeps a place from taking part in a service at all, whatever it has and wherever it is: channel, status, kind and services."""

from collections.abc import Iterable

from gateway.domain.ids import LocationCode
from gateway.domain.location import Location
from gateway.domain.network import Channel, DeliveryService
from gateway.domain.promise.options import PromiseFacts, PromiseRequest
from gateway.domain.promise.sheet import Fence
from gateway.domain.scope import SUPPLY_SERVICE, in_channel


def supplying_fence(channel: Channel, location: Location, service: DeliveryService) -> Fence | None:
    """Return what keeps a place from supplying a service anywhere."""
    closed = _closed(channel, location)
    if closed is None and (location.kind not in service.kinds or not location.offers(SUPPLY_SERVICE[service.method])):
        return Fence("NOT_OFFERED", f"{location.name} does not offer {service.name}.")
    return closed


def receiving_fence(channel: Channel, store: Location) -> Fence | None:
    """Return what keeps a store from handing over what other places send to it."""
    closed = _closed(channel, store)
    if closed is None and not store.offers("SHIP_TO_STORE"):
        return Fence("NOT_OFFERED", f"{store.name} takes no transfers.")
    return closed


def asking_fence(request: PromiseRequest, location: Location) -> Fence | None:
    """Return what the request itself has against goods from a place."""
    reason = request.left_out(location.code)
    if reason is None:
        return None
    why = "has refused this order before" if reason == "REFUSED_BEFORE" else "is left out by the caller"
    return Fence(reason, f"{location.name} {why}.")


def fence_of_plan(
    facts: PromiseFacts, service: DeliveryService, places: Iterable[LocationCode], pickup: LocationCode | None
) -> Fence | None:
    """Return what by now keeps one of the places of a plan from its part, or the store from handing it over."""
    for code in places:
        place = facts.locations.get(code)
        fence = _unknown(code) if place is None else supplying_fence(facts.channel, place, service)
        if fence is not None:
            return fence
    if pickup is None or service.method != "SHIP_TO_STORE":
        return None
    store = facts.locations.get(pickup)
    return _unknown(pickup) if store is None else receiving_fence(facts.channel, store)


def _closed(channel: Channel, location: Location) -> Fence | None:
    if not in_channel(channel, location):
        return Fence("NOT_IN_CHANNEL", f"{location.name} does not belong to the channel {channel.code}.")
    if location.status != "ACTIVE":
        return Fence("LOCATION_INACTIVE", f"{location.name} is {location.status.lower()}.")
    return None


def _unknown(code: LocationCode) -> Fence:
    return Fence("LOCATION_INACTIVE", f"There is no location {code} any more.")
