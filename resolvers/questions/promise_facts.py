"""What the promise engine may know of a request's moment: positions, places, carriers, weights and prices; gathered without waiting."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time

from gateway.domain.calendar import local_instant
from gateway.domain.capacity import Room, Rooms
from gateway.domain.catalogue import Product
from gateway.domain.claims.documents import Claim
from gateway.domain.ids import LocationCode, Sku, capacity_named, is_capacity, sku_and_location
from gateway.domain.network import Channel
from gateway.domain.promise.options import Destination, PromiseFacts
from gateway.domain.scope import released
from gateway.domain.stock import StockPosition
from resolvers.context import Context
from resolvers.questions.outlooks import outlooks
from resolvers.questions.postcodes import postcode_position
from resolvers.questions.stock import is_told, positions


def promise_facts(context: Context, channel: Channel, products: Collection[Product], own: Iterable[Claim] = ()) -> PromiseFacts:
    """Return the facts for some products; the units of the caller's `own` claims count as free to it."""
    own = tuple(own)
    world = context.world
    found = {product.sku: positions(context, channel, product.sku) for product in products}
    prices = {product.sku: product.price_in(channel.code, channel.currency) for product in products}
    profile = context.surroundings.profile(channel.code)
    return PromiseFacts(
        channel=channel,
        carriers={carrier.code: carrier for carrier in world.network.carriers},
        locations=context.surroundings.locations,
        positions={sku: given_back(at, own) for sku, at in found.items()} if own else found,
        weight_g_by_sku={product.sku: product.weight_g for product in products if product.weight_g is not None},
        volume_cm3_by_sku={product.sku: product.volume_cm3 for product in products if product.volume_cm3 is not None},
        value_by_sku={sku: price.amount for sku, price in prices.items() if price},
        rooms=rooms_given_back(context.surroundings.rooms, own),
        holidays=dict(world.holidays),
        country_time_zone=world.country_time_zone,
        profile=profile,
        outlook_by_sku=outlooks(products, channel, profile.costs, found, context.now),
        passages=world.passages,
        points=world.points,
        released_at=sales_to_open(products, channel, context.now),
        unknown=frozenset(sku for sku in found if not is_told(context, channel, sku)),
    )


def sales_to_open(products: Collection[Product], channel: Channel, now: datetime) -> dict[Sku, datetime]:
    """Return when the first day of sale begins, of products for which it lies ahead."""
    return {product.sku: opens_at for product in products if (opens_at := opening_sale(product, channel, now))}


def opening_sale(product: Product, channel: Channel, now: datetime) -> datetime | None:
    """Return when a product's first day of sale begins, while that lies ahead."""
    if product.release_on is None or released(product, channel, now):
        return None
    return local_instant(product.release_on, time.min, channel.time_zone)


def rooms_given_back(rooms: Mapping[LocationCode, Rooms], own: Iterable[Claim]) -> dict[LocationCode, Rooms]:
    """Return what is booked without the own claims."""
    found = dict(rooms)
    for claim in own:
        if is_capacity(claim.key):
            place, day, shift = capacity_named(claim.key)
            known = found.get(place, {}).get((day, shift))
            if known:
                found[place] = {**found[place], (day, shift): Room(known.units, known.free + claim.units)}
    return found


def units_held(own: Iterable[Claim]) -> dict[tuple[Sku, LocationCode], int]:
    held: dict[tuple[Sku, LocationCode], int] = {}
    for claim in own:
        if is_capacity(claim.key) or claim.peg:
            continue
        where = sku_and_location(claim.key)
        held[where] = held.get(where, 0) + claim.units
    return held


def lots_held(own: Iterable[Claim]) -> dict[tuple[Sku, LocationCode, str], int]:
    """Return the units of supply to come that are claimed, by lot."""
    held: dict[tuple[Sku, LocationCode, str], int] = {}
    for claim in own:
        if claim.peg:
            where = (*sku_and_location(claim.key), claim.peg.lot)
            held[where] = held.get(where, 0) + claim.units
    return held


def given_back(found: tuple[StockPosition, ...], own: Sequence[Claim]) -> tuple[StockPosition, ...]:
    """Take the units of a hold out of what is reserved where it lies, and let its lots promise them again."""
    held, lots = units_held(own), lots_held(own)
    return tuple(
        replace(
            at,
            reserved=max(0, at.reserved - held.get((at.sku, at.location), 0)),
            inbound=tuple(replace(lot, available=lot.available + lots.get((at.sku, at.location, lot.lot), 0)) for lot in at.inbound),
        )
        for at in found
    )


def located(context: Context, destination: Destination | None) -> Destination | None:
    """Return the destination with the position of its postcode, where the caller gave none."""
    if destination is None or destination.position or not destination.postal_code:
        return destination
    position = postcode_position(context, destination.country_code, destination.postal_code)
    return replace(destination, position=position) if position else destination
