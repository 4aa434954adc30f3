"""Stock: positions as a channel sees them, which of them a caller asked for, and places whose figures were never known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.errors import BadInput, SourceUnavailable
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.location import Location, LocationKind, LocationService
from gateway.domain.network import Channel
from gateway.domain.quantities import GeoPosition, distance_m
from gateway.domain.stock import Inbound, StockPosition, available_to_sell
from resolvers.context import Context
from resolvers.live import source_facts, states
from resolvers.positions import positions_of
from resolvers.questions.known import check_distance, check_locations

KIND_ORDER: dict[LocationKind, int] = {"WAREHOUSE": 0, "STORE": 1, "SUPPLIER": 2}
MOST_CELLS = 2_500
FARTHEST_M = 100_000_000
"""Stands for the distance of a place that has no position: behind all others."""


@dataclass(frozen=True, slots=True)
class StockWish:
    """Which positions are asked for; all given conditions hold."""

    kinds: frozenset[LocationKind] | None = None
    locations: frozenset[str] | None = None
    services: tuple[LocationService, ...] = ()
    within_m: int | None = None
    available_only: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A position with its place and how far that is from the point asked about."""

    position: StockPosition
    location: Location
    distance_m: int | None

    near: bool = False

    @property
    def order(self) -> tuple[int, str]:
        """Where it stands in a list: by distance when a point was given, else by kind; then by code."""
        first = FARTHEST_M if self.distance_m is None else self.distance_m
        return (first if self.near else KIND_ORDER[self.location.kind], self.location.code)


@dataclass(frozen=True, slots=True)
class Untold:
    """A place whose figure was never known, because its source is away."""

    location: Location
    since: datetime


def positions(context: Context, channel: Channel, sku: Sku) -> tuple[StockPosition, ...]:
    """Return every known position of the sku at the channel's places; never waits. None is fresh while the view itself lags."""
    known = context.positions.get((channel.code, sku))
    if known is None:
        known = context.positions[channel.code, sku] = judged(context, channel, sku)
    return known


def judged(context: Context, channel: Channel, sku: Sku) -> tuple[StockPosition, ...]:
    here = context.surroundings
    found = positions_of(states(context, sku), channel, here.locations, source_facts(context), context.now)
    if is_current(context):
        return found
    return tuple(replace(position, freshness="STALE") if position.freshness == "FRESH" else position for position in found)


def is_current(context: Context) -> bool:
    """Tell whether the view follows the ledger closely enough for its figures to count as what they say."""
    return context.world.view.lag_s <= context.world.view_max_lag_s


def fits(location: Location, wish: StockWish) -> bool:
    return (
        (wish.kinds is None or location.kind in wish.kinds)
        and (wish.locations is None or location.code in wish.locations)
        and all(location.offers(service) for service in wish.services)
    )


def stock(context: Context, channel: Channel, sku: Sku, wish: StockWish, near: GeoPosition | None) -> list[Placed]:
    """Return positions nearest first when a point is given, else by kind and code."""
    places = context.surroundings.locations
    check_distance(wish.within_m, near=near is not None)
    check_locations(context, "locationCodes", wish.locations or ())
    found = []
    for position in positions(context, channel, sku):
        location = places[position.location]
        if not fits(location, wish) or (wish.available_only and not (position.sellable and available_to_sell(position) > 0)):
            continue
        away_m = distance_m(near, location.position) if near and location.position else None
        if wish.within_m is None or (away_m is not None and away_m <= wish.within_m):
            found.append(Placed(position, location, away_m, near is not None))
    return sorted(found, key=lambda placed: placed.order)


def stock_at(context: Context, channel: Channel, location: LocationCode, skus: Sequence[Sku]) -> list[StockPosition | None]:
    """Return the positions of one place in the order asked, None where nothing is known; raises BadInput past 2,500 in a request."""
    context.stock_cells += len(skus)
    if context.stock_cells > MOST_CELLS:
        raise BadInput(f"This asks for more than {MOST_CELLS} figures (locations x skus); ask for fewer.")
    return [next((position for position in positions(context, channel, sku) if position.location == location), None) for sku in skus]


def untold(context: Context, channel: Channel, sku: Sku, wish: StockWish) -> list[Untold]:
    """Return places in the channel's scope whose figure of the sku was never known, because their source is away."""
    here = context.surroundings
    missing = [code for code in here.scope(channel) if code in here.untold and not context.world.view.knows(sku, code)]
    wanted = [here.locations[code] for code in missing if fits(here.locations[code], wish)]
    return [Untold(place, here.standings[place.source].since or context.now) for place in wanted]


def is_told(context: Context, channel: Channel, sku: Sku) -> bool:
    """Tell whether no position at a place of the channel means none there."""
    here = context.surroundings
    return not here.untold or all(code not in here.untold or context.world.view.knows(sku, code) for code in here.scope(channel))


def inbound(context: Context, position: StockPosition) -> list[Inbound]:
    """Return supply to come, the first first. Raises SourceUnavailable when none is known and a source of it was never heard."""
    if not position.inbound:
        for standing in context.surroundings.standings.values():
            silent = next((feed for feed in standing.feeds if feed.name == "inbound" and feed.failures and feed.last_sync_at is None), None)
            if silent:
                raise SourceUnavailable(standing.source.code, "its supply to come was never read", since=silent.failing_since)
    return sorted(position.inbound, key=lambda lot: lot.expected_at)
