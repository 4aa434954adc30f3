"""Delivery promises: what can be quoted for a basket, with its tokens, and the first dates for a listing."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.catalogue import Product
from gateway.domain.claims.documents import Claim
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.errors import BadInput, Refused
from gateway.domain.ids import LocationCode, Rid, Sku
from gateway.domain.location import LONGEST_POSTAL_CODE
from gateway.domain.network import Channel, DeliveryMethod
from gateway.domain.promise.listing import EarliestDelivery, earliest_deliveries
from gateway.domain.promise.options import DeliveryOption, Destination, PromiseRequest, Quote, UnavailableMethod
from gateway.domain.promise.quote import delivery_options
from gateway.domain.promise.taken import without
from gateway.domain.promise.token import promise_token, signed, verified
from gateway.domain.quantities import MAX_QUANTITY, SkuQuantity
from resolvers.context import Context
from resolvers.live import bring_up_to_date
from resolvers.loaders import products_by_sku
from resolvers.questions.channels import channel as channel_of
from resolvers.questions.channels import known_channel
from resolvers.questions.locations import checked
from resolvers.questions.promise_facts import located, promise_facts
from resolvers.questions.reservations import own_record

MOST_LINES = 200
MOST_SKUS = 50
MOST_QUOTED = 10
MOST_PICKUP_LOCATIONS = 50
MOST_PICKUP_WITHIN_M = 1_000_000
"""No caller looks farther for a place of collection."""
MOST_CHOSEN = 20


@dataclass(frozen=True, slots=True)
class BasketWish:
    """A basket, where it goes and what was decided already; `reservation` is the caller's own hold."""

    lines: tuple[SkuQuantity, ...]
    channel_code: str | None = None
    destination: Destination | None = None
    pickup_location: LocationCode | None = None
    methods: tuple[DeliveryMethod, ...] | None = None
    services: tuple[str, ...] | None = None
    reservation: Rid | None = None
    max_pickup_locations: int = 5
    pickup_within_m: int | None = None
    desired_by: datetime | None = None
    pickup_carrier: str | None = None
    pickup_code: str | None = None
    chosen_tokens: tuple[str, ...] = ()
    """Options chosen for other parts of the basket: what they take is gone."""


@dataclass(frozen=True, slots=True)
class Names:
    """How the caller's own question calls what is checked, where that differs from one question to another."""

    services: str = "serviceCodes"
    quantity: str = "lines.{}.quantity"
    """`{}`: the number of the line."""


BASKET_NAMES = Names()
PRODUCT_NAMES = Names(quantity="quantity")


@dataclass(frozen=True, slots=True)
class Quoted:
    quotes: tuple[Quote, ...]
    unavailable: tuple[UnavailableMethod, ...]


async def delivery_promises(context: Context, wish: BasketWish) -> Quoted:
    """Return what can be promised for a basket; raises BadInput for what cannot be asked."""
    channel = known_channel(context, wish.channel_code)
    check(context, channel, wish)
    skus = list(dict.fromkeys(line.sku for line in wish.lines))
    products = [product for product in await products_by_sku(context, skus) if product]
    held = await own_record(context, wish.reservation) if wish.reservation else None
    if wish.reservation is not None and held is None:
        raise BadInput("reservationId names no hold of yours; leave it out, or take the id that reserveStock answered.")
    await bring_up_to_date(context, skus)
    await context.world.promise_record.refreshed(context.now)
    return await context.planned(lambda: quoted(context, channel, wish, products, held.claims if held else ()))


def product_promises(context: Context, product: Product, wish: BasketWish) -> Quoted | None:
    """Return what can be promised for some units of one product; None for an unknown channel. Never waits.

    Raises BadInput past 10 products of one request: each is a whole quote.
    """
    context.products_quoted += 1
    if context.products_quoted > MOST_QUOTED:
        raise BadInput(f"deliveryPromises was asked of more than {MOST_QUOTED} products; ask earliestDeliveries for a listing.")
    channel = channel_of(context, wish.channel_code)
    if channel is None:
        return None
    check(context, channel, wish, PRODUCT_NAMES)
    context.world.promise_record.refresh(context.now)
    return quoted(context, channel, wish, [product])


def quoted(context: Context, channel: Channel, wish: BasketWish, products: Collection[Product], own: Iterable[Claim] = ()) -> Quoted:
    sold = {product.sku for product in products if product.active and product.price_in(channel.code, channel.currency)}
    unsold = tuple(dict.fromkeys(line.sku for line in wish.lines if line.sku not in sold))
    if unsold:
        return Quoted((), not_sold(channel, wish, unsold))
    destination = located(context, wish.destination)
    request = PromiseRequest(
        lines=gathered(wish.lines),
        destination=destination,
        pickup_location=wish.pickup_location,
        methods=wish.methods,
        services=wish.services,
        max_pickup_locations=wish.max_pickup_locations,
        pickup_within_m=wish.pickup_within_m,
        desired_by=wish.desired_by,
        pickup_carrier=wish.pickup_carrier,
        pickup_code=wish.pickup_code,
        every_candidate=False,
    )
    facts = without(promise_facts(context, channel, products, own), chosen(context, channel, wish))
    found = delivery_options(request, facts, context.now)
    return Quoted(tuple(quote(context, channel, option, destination) for option in found.options), found.unavailable)


def chosen(context: Context, channel: Channel, wish: BasketWish) -> list[PlannedShipment]:
    """Return the shipments of the options that were chosen already; raises BadInput for a token that cannot be redeemed."""
    if len(wish.chosen_tokens) > MOST_CHOSEN:
        raise BadInput(f"chosenTokens has {len(wish.chosen_tokens)} entries; send at most {MOST_CHOSEN}.")
    shipments: list[PlannedShipment] = []
    for n, text in enumerate(wish.chosen_tokens):
        try:
            shipments += verified(text, context.world.secrets.tokens, channel.code, context.now).shipments
        except Refused as error:
            raise BadInput(f"chosenTokens.{n}: {error.refusal}. {error}") from error
    return shipments


def quote(context: Context, channel: Channel, option: DeliveryOption, destination: Destination | None) -> Quote:
    token = promise_token(option, channel, destination, context.now)
    places = {shipment.location for shipment in option.shipments}
    confidence = context.world.promise_record.share(channel.code, option.service.code, places, context.surroundings.locations)
    return Quote(option, signed(token, context.world.secrets.tokens), token.expires_at, confidence)


def not_sold(channel: Channel, wish: BasketWish, skus: tuple[Sku, ...]) -> tuple[UnavailableMethod, ...]:
    """Say of every service asked for that these skus are not sold here."""
    message = f"{channel.name} does not sell {', '.join(skus)}; take {'it' if len(skus) == 1 else 'them'} out of the basket."
    return tuple(
        UnavailableMethod(service.method, service.code, "NOT_IN_CHANNEL", message, skus)
        for service in channel.services
        if (wish.methods is None or service.method in wish.methods) and (wish.services is None or service.code in wish.services)
    )


def gathered(lines: Iterable[SkuQuantity]) -> tuple[SkuQuantity, ...]:
    """Add up lines of the same sku."""
    units: dict[Sku, int] = {}
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    return tuple(SkuQuantity(sku, quantity) for sku, quantity in units.items())


def check(context: Context, channel: Channel, wish: BasketWish, names: Names = BASKET_NAMES) -> None:
    """Raise BadInput for a basket that cannot be asked about, the field and the remedy named."""
    if not 1 <= len(wish.lines) <= MOST_LINES:
        raise BadInput(f"lines has {len(wish.lines)} entries; send 1 to {MOST_LINES}.")
    for index, line in enumerate(wish.lines):
        if not 1 <= line.quantity <= MAX_QUANTITY:
            raise BadInput(f"{names.quantity.format(index)} is {line.quantity}; send 1 to {MAX_QUANTITY}.")
    check_reach(wish)
    if wish.pickup_location is not None and wish.pickup_location not in context.surroundings.locations:
        raise BadInput(f"pickupLocationCode: there is no location {wish.pickup_location!r}.")
    offered = {service.code for service in channel.services}
    for code in wish.services or ():
        if code not in offered:
            raise BadInput(f"{names.services}: {channel.code} offers no service {code!r}; it offers: {', '.join(sorted(offered))}.")
    if wish.destination and wish.destination.position:
        checked(wish.destination.position)
    if wish.destination and len(code := wish.destination.postal_code or "") > LONGEST_POSTAL_CODE:
        raise BadInput(f"destination.postalCode has {len(code)} characters; send at most {LONGEST_POSTAL_CODE}.")


def check_reach(wish: BasketWish) -> None:
    """Raise BadInput for places of collection that cannot be looked for."""
    if not 1 <= wish.max_pickup_locations <= MOST_PICKUP_LOCATIONS:
        raise BadInput(f"maxPickupLocations is {wish.max_pickup_locations}; ask for 1 to {MOST_PICKUP_LOCATIONS}.")
    if wish.pickup_within_m is not None and not 1 <= wish.pickup_within_m <= MOST_PICKUP_WITHIN_M:
        raise BadInput(f"pickupWithinMeters is {wish.pickup_within_m}; ask for 1 to {MOST_PICKUP_WITHIN_M}.")
    if wish.pickup_within_m is not None and wish.destination is None:
        raise BadInput("pickupWithinMeters needs destination: the point that it is measured from.")


async def first_dates(
    context: Context, channel_code: str | None, skus: Sequence[Sku], destination: Destination, services: tuple[str, ...] | None
) -> list[EarliestDelivery | None]:
    """Return the first date of one unit of each sku in the order asked, None where nothing can be promised."""
    if not 1 <= len(skus) <= MOST_SKUS:
        raise BadInput(f"skus has {len(skus)} entries; send 1 to {MOST_SKUS}.")
    channel = known_channel(context, channel_code)
    check(context, channel, BasketWish((SkuQuantity(skus[0], 1),), services=services, destination=destination))
    found = await products_by_sku(context, skus)
    products = [product for product in found if product and product.active and product.price_in(channel.code, channel.currency)]
    await bring_up_to_date(context, [product.sku for product in products])
    there = located(context, destination) or destination
    dates = earliest_deliveries(
        [product.sku for product in products], there, promise_facts(context, channel, products), context.now, services
    )
    first: dict[Sku, EarliestDelivery] = {}
    for date in dates:
        known = first.get(date.sku)
        if known is None or (date.earliest, date.latest) < (known.earliest, known.latest):
            first[date.sku] = date
    return [first.get(sku) for sku in skus]
