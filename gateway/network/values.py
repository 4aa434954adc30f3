"""Values that are of the right type and still cannot be meant: hours, weekdays, codes, durations, money."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from gateway.domain.location import CapacityRule, Pickup
from gateway.domain.location_override import LocationOverride, OpeningRule
from gateway.domain.nearest import nearest
from gateway.domain.network import (
    Caller,
    Carrier,
    CarrierService,
    Channel,
    DeliveryService,
    Network,
    Source,
    Zone,
)
from gateway.domain.opening_hours import hour
from gateway.domain.principal import SCOPES
from gateway.network.carrier_points import problems_of
from gateway.network.codes import CURRENCIES, countries, holidays_problems, time_zones
from gateway.network.keys import ID
from gateway.network.opening import periods_of_rule

CODE = re.compile(r"^[^\s|/][^\s|/]{0,63}$")
HASH = re.compile(r"^[0-9a-fA-F]{64}$")
ENVIRONMENT_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
ALL_SCOPES = frozenset().union(*SCOPES.values())
CARRIED_METHODS = frozenset({"SHIP", "COURIER", "SHIP_TO_STORE", "PICKUP_POINT"})
ADAPTERS = ("rest", "files", "edi", "tryton")
OUTSIDE = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
"""An adapter that is not ours: module:function."""


def value_problems(network: Network) -> list[str]:
    """Return a line for every value that cannot be meant."""
    return [
        *_network(network),
        *(line for source in network.sources for line in _source(source)),
        *(line for place in network.locations for line in _location(place)),
        *(line for channel in network.channels for line in _channel(channel)),
        *(
            line
            for carrier in network.carriers
            for service in carrier.services
            for line in _carrier_service(f"carriers.{carrier.code}.services.{service.code}", service)
        ),
        *(line for carrier in network.carriers for line in _points(carrier)),
        *(line for caller in network.callers for line in _caller(caller)),
    ]


def _network(network: Network) -> Iterator[str]:
    yield from _currency("currency", network.currency)
    yield from _country("country", network.country)
    yield from _time_zone("time_zone", network.time_zone)
    yield from holidays_problems("holidays", network.holidays)
    if network.postcode_file and not Path(network.postcode_file).is_file():
        yield f"postcode_file: there is no file {network.postcode_file}; name an existing one or leave the key out"
    if not network.sources:
        yield "sources: there is none; add at least one [[sources]]"
    if not network.channels:
        yield "channels: there is none; add at least one [[channels]]"


def _points(carrier: Carrier) -> Iterator[str]:
    yield from (f"carriers.{carrier.code}.{problem}" for problem in problems_of(carrier.points))
    if carrier.points_file and not Path(carrier.points_file).is_file():
        yield f"carriers.{carrier.code}.points_file: there is no file {carrier.points_file}; name an existing one or leave the key out"


def _source(source: Source) -> Iterator[str]:
    path = f"sources.{source.code}"
    yield from _code(path, source.code)
    if source.adapter not in ADAPTERS and not OUTSIDE.match(source.adapter):
        yield f"{path}.adapter: there is no adapter {source.adapter!r}; {nearest(source.adapter, ADAPTERS)}"
    durations = ("fresh_for", "stop_selling_when_older_than", "poll_every", "full_every")
    yield from (line for name in durations for line in _positive(f"{path}.{name}", getattr(source, name)))
    if source.webhook_secret_env is not None and not ENVIRONMENT_NAME.match(source.webhook_secret_env):
        yield f"{path}.webhook_secret_env: name the environment variable that holds the secret, not the secret"
    if source.max_attempts < 1:
        yield f"{path}.max_attempts: {source.max_attempts} is too small; use 1 or more"


def _location(place: LocationOverride) -> Iterator[str]:
    path = f"locations.{place.code}"
    if place.code != "*":
        yield from _code(path, place.code)
    own = [name for name in ("name", "address", "position", "external_ids") if place.code == "*" and getattr(place, name)]
    yield from (f"{path}.{name}: cannot hold for all places; name one place by its code" for name in own)
    if place.time_zone:
        yield from _time_zone(f"{path}.time_zone", place.time_zone)
    yield from holidays_problems(f"{path}.holidays", place.holidays)
    for name in ("opening", "working"):
        for index, rule in enumerate(getattr(place, name) or ()):
            yield from _rule(f"{path}.{name}.{index}", rule)
    if place.capacity:
        yield from _capacity(f"{path}.capacity", place.capacity)
    for index, pickup in enumerate(place.pickups or ()):
        yield from _pickup(f"{path}.pickups.{index}", pickup)
    yield from _durations(path, place)
    if place.address:
        yield from _country(f"{path}.address.country_code", place.address.country_code)
    if place.position and not (abs(place.position.latitude) <= 90 and abs(place.position.longitude) <= 180):  # noqa: PLR2004 - degrees
        yield f"{path}.position: lies outside the globe; give degrees, latitude first"


def _durations(path: str, place: LocationOverride) -> Iterator[str]:
    for name in ("lead_time", "processing_time", "preparation_time", "reception_time"):
        span = getattr(place, name)
        if span is not None and span < timedelta(0):
            yield f"{path}.{name}: is negative; use 0 or more"
    if place.accept_within is not None:
        yield from _positive(f"{path}.accept_within", place.accept_within)


def _capacity(path: str, rule: CapacityRule) -> Iterator[str]:
    if (rule.per_day is None) == (not rule.per_shift):
        yield f"{path}: needs either per_day or per_shift"
    if any(units < 0 for units in (rule.per_day or 0, *rule.per_shift)):
        yield f"{path}: is negative; use 0 or more"


def _rule(path: str, rule: OpeningRule) -> Iterator[str]:
    yield from _weekdays(f"{path}.weekdays", rule.weekdays)
    if rule.on and rule.weekdays:
        yield f"{path}: names a date and weekdays; use two rules"
    try:
        periods_of_rule(rule)
    except ValueError as error:
        yield f"{path}.periods: {error}"


def _pickup(path: str, pickup: Pickup) -> Iterator[str]:
    yield from _weekdays(f"{path}.weekdays", pickup.weekdays)
    for name in ("hour", "cutoff"):
        try:
            hour(getattr(pickup, name))
        except ValueError as error:
            yield f"{path}.{name}: {error}"


def _channel(channel: Channel) -> Iterator[str]:
    path = f"channels.{channel.code}"
    yield from _code(path, channel.code)
    yield from _currency(f"{path}.currency", channel.currency)
    yield from _time_zone(f"{path}.time_zone", channel.time_zone)
    if channel.hold > channel.max_hold:
        yield f"{path}.hold: is longer than max_hold; shorten it or raise max_hold"
    if channel.max_hold > channel.max_hold_in_all:
        yield f"{path}.max_hold: is longer than max_hold_in_all; shorten it or raise max_hold_in_all"
    if not 0 <= channel.max_held_share <= 1:
        yield f"{path}.max_held_share: {channel.max_held_share} is no share; use 0 to 1"
    for name in ("most_holds", "most_holds_of_others", "held_freely"):
        if getattr(channel, name) < 1:
            yield f"{path}.{name}: {getattr(channel, name)} lets nobody hold anything; use 1 or more"
    if channel.most_attempts < 1:
        yield f"{path}.most_attempts: {channel.most_attempts} is too small; use 1 or more"
    if channel.sells_supply_within < timedelta(0):
        yield f"{path}.sells_supply_within: is negative; use 0 or more"
    for name in ("hold", "token_life", "look_again_every"):
        yield from _positive(f"{path}.{name}", getattr(channel, name))
    yield from (line for service in channel.services for line in _service(f"{path}.services.{service.code}", service))
    yield from (f"{path}.safety_stock: {rule.quantity} is negative; use 0 or more" for rule in channel.safety_stock if rule.quantity < 0)


def _service(path: str, service: DeliveryService) -> Iterator[str]:
    yield from (line for country in service.countries for line in _country(f"{path}.countries", country))
    yield from (line for fee in service.fees for country in fee.countries for line in _country(f"{path}.fees.countries", country))
    yield from (f"{path}.fees: {fee.amount} is negative; use 0 or more" for fee in service.fees if fee.amount < 0)
    if service.method in CARRIED_METHODS and not service.carrier_services:
        yield f"{path}.carrier_services: is missing; name at least one carrier/service"
    if service.collect_within_m is not None and service.collect_within_m < 1:
        yield f"{path}.collect_within_m: {service.collect_within_m} is too small; use 1 or more"
    if not timedelta(seconds=1) <= service.step <= timedelta(days=1):
        yield f"{path}.step: hours are promised in steps of a second to a day"


def _carrier_service(path: str, service: CarrierService) -> Iterator[str]:
    yield from _weekdays(f"{path}.transit_weekdays", service.transit_weekdays)
    yield from _weekdays(f"{path}.delivery_weekdays", service.delivery_weekdays)
    if not service.zones:
        yield f"{path}.zones: there is none; add at least one"
    for index, zone in enumerate(service.zones):
        yield from _zone(f"{path}.zones.{index}", zone)


def _zone(path: str, zone: Zone) -> Iterator[str]:
    yield from _country(f"{path}.country", zone.country)
    yield from holidays_problems(f"{path}.holidays", zone.holidays)
    yield from _time_zone(f"{path}.time_zone", zone.time_zone) if zone.time_zone is not None else ()
    if (zone.transit_days is None) == (zone.transit_hours is None):
        yield f"{path}: needs either transit_days or transit_hours"
    if zone.transit_days and not 0 <= zone.transit_days[0] <= zone.transit_days[1]:
        yield f"{path}.transit_days: write the fewest first, then the most, as [1, 2]"
    limits = [band.up_to_g for band in zone.bands]
    if not limits or limits != sorted(set(limits)) or limits[0] <= 0 or any(band.price < 0 for band in zone.bands):
        yield f"{path}.bands: need rising up_to_g above 0 and prices of 0 or more"


def _caller(caller: Caller) -> Iterator[str]:
    path = f"callers.{caller.id}"
    if not ID.match(caller.id):
        yield f"{path}.id: {caller.id!r} cannot name a caller; use up to 64 letters, digits, _ and -"
    if not HASH.match(caller.key_sha256):
        yield f"{path}.key_sha256: is no SHA-256 in hex (64 digits); make one with `commerce-gateway key {caller.id}`"
    if caller.most_cost is not None and caller.most_cost < 1:
        yield f"{path}.most_cost: {caller.most_cost} is too small; use 1 or more"
    unknown = [scope for scope in caller.scopes or () if scope not in ALL_SCOPES]
    yield from (f"{path}.scopes: there is no scope {scope!r}; {nearest(scope, ALL_SCOPES)}" for scope in unknown)
    if caller.kind in {"STAFF", "SUPPLIER"} and not caller.locations:
        yield f"{path}.locations: is missing; name where this caller may act"


def _code(path: str, code: str) -> Iterator[str]:
    if not CODE.match(code):
        yield f"{path}.code: {code!r} cannot be a code; use up to 64 characters without spaces, | and /"


def _currency(path: str, code: str) -> Iterator[str]:
    if code not in CURRENCIES:
        yield f"{path}: {code!r} is no currency; {nearest(code.upper(), CURRENCIES) if len(code) else 'write EUR'}"


def _country(path: str, code: str) -> Iterator[str]:
    if code not in countries():
        yield f"{path}: {code!r} is no country; use its ISO code of two capital letters, as FR"


def _time_zone(path: str, name: str) -> Iterator[str]:
    if name not in time_zones():
        yield f"{path}: {name!r} is no time zone; {nearest(name, time_zones()) if name else 'write Europe/Paris'}"


def _weekdays(path: str, days: tuple[int, ...]) -> Iterator[str]:
    if any(not 1 <= day <= 7 for day in days):  # noqa: PLR2004 - ISO weekdays
        yield f"{path}: {list(days)} are no weekdays; use 1 (Monday) to 7 (Sunday)"


def _positive(path: str, span: timedelta) -> Iterator[str]:
    if span <= timedelta(0):
        yield f"{path}: must be longer than 0"
