"""Names in a network file that must be defined elsewhere in it, and codes that must be used once."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from gateway.domain.ids import LocationCode
from gateway.domain.nearest import nearest
from gateway.domain.network import Network
from gateway.network.profiles import profile_problems


def reference_problems(network: Network) -> list[str]:
    """Return a line for every name that nothing has and every code that two have."""
    return [*_twice(network), *_sources(network), *_channels(network), *_pickups(network), *_profiles(network)]


def unknown_locations(network: Network, known: Collection[LocationCode]) -> list[str]:
    """Return a line for every place that the file names and neither a source nor the file defines (known once sources were read)."""
    named: list[tuple[str, LocationCode]] = []
    for channel in network.channels:
        named += [(f"channels.{channel.code}.locations", code) for code in channel.locations]
        named += [(f"channels.{channel.code}.safety_stock", rule.location) for rule in channel.safety_stock if rule.location]
    for profile in network.profiles:
        named += [(f"profiles.{profile.name}.costs.places", rule.location) for rule in profile.costs.places if rule.location]
        for strategy in profile.strategies:
            named += [(f"profiles.{profile.name}.strategies.{strategy.name}.locations", code) for code in strategy.locations]
    for caller in network.callers:
        named += [(f"callers.{caller.id}.locations", code) for code in caller.locations]
    named += [(f"locations.{place.code}", place.code) for place in network.locations if place.code != "*"]
    return [f"{path}: there is no location {code!r}; {nearest(code, known)}" for path, code in named if code not in known]


def _twice(network: Network) -> Iterator[str]:
    yield from _repeated("sources", (source.code for source in network.sources))
    yield from _repeated("channels", (channel.code for channel in network.channels))
    yield from _repeated("carriers", (carrier.code for carrier in network.carriers))
    yield from _repeated("callers", (caller.id for caller in network.callers))
    places = (place.code if place.code != "*" else f"* of kind {place.kind or 'any'}" for place in network.locations)
    yield from _repeated("locations", places)
    for channel in network.channels:
        yield from _repeated(f"channels.{channel.code}.services", (service.code for service in channel.services))
    for carrier in network.carriers:
        yield from _repeated(f"carriers.{carrier.code}.services", (service.code for service in carrier.services))


def _repeated(path: str, codes: Iterable[str]) -> Iterator[str]:
    yield from (f"{path}: {code!r} stands there {count} times; use a code once" for code, count in Counter(codes).items() if count > 1)


def _sources(network: Network) -> Iterator[str]:
    codes = {source.code for source in network.sources}
    named = [("minting_source", network.minting_source)]
    for place in network.locations:
        named += [(f"locations.{place.code}.{key}", getattr(place, key)) for key in ("source", "work_source") if getattr(place, key)]
        named += [(f"locations.{place.code}.external_ids", code) for code in place.external_ids]
    yield from (f"{path}: there is no source {code!r}; {nearest(code, codes)}" for path, code in named if code not in codes)


def _channels(network: Network) -> Iterator[str]:
    codes = {channel.code for channel in network.channels}
    for caller in network.callers:
        if caller.channel and caller.channel not in codes:
            yield f"callers.{caller.id}.channel: there is no channel {caller.channel!r}; {nearest(caller.channel, codes)}"
    services = {f"{carrier.code}/{service.code}" for carrier in network.carriers for service in carrier.services}
    for channel in network.channels:
        for service in channel.services:
            path = f"channels.{channel.code}.services.{service.code}.carrier_services"
            unknown = (name for name in service.carrier_services if name not in services)
            yield from (f"{path}: there is no carrier service {name!r}; {nearest(name, services)}" for name in unknown)


def _profiles(network: Network) -> Iterator[str]:
    codes = {channel.code for channel in network.channels}
    for profile in network.profiles:
        yield from profile_problems(profile, codes, f"profiles.{profile.name}")
    yield from _repeated("profiles", (f"{profile.name} {profile.version}" for profile in network.profiles))
    used = Counter(channel for profile in network.profiles if not profile.draft for channel in profile.channels)
    yield from (
        f"profiles: {count} that are no drafts name the channel {channel!r}; leave it to one"
        for channel, count in used.items()
        if count > 1
    )


def _pickups(network: Network) -> Iterator[str]:
    carriers = {carrier.code for carrier in network.carriers}
    for place in network.locations:
        for index, pickup in enumerate(place.pickups or ()):
            if pickup.carrier and pickup.carrier not in carriers:
                path = f"locations.{place.code}.pickups.{index}.carrier"
                yield f"{path}: there is no carrier {pickup.carrier!r}; {nearest(pickup.carrier, carriers)}"
