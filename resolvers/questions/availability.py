"""Availability: what a channel may sell of a sku now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.availability import Availability
from gateway.domain.availability_rule import availability as judged
from gateway.domain.catalogue import Product
from gateway.domain.errors import BadInput, Unavailable
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.location import Location
from gateway.domain.network import Channel
from gateway.domain.scope import released
from gateway.domain.stock import available_to_sell
from gateway.ports.ledger import StockState
from resolvers.context import Context
from resolvers.live import bring_up_to_date, states
from resolvers.loaders import products_by_sku
from resolvers.questions.channels import channel as channel_of
from resolvers.questions.stock import is_current, is_told, positions
from resolvers.surroundings import Surroundings

MOST_SKUS = 250
MOST_REMEMBERED = 4_000
STANDS_FOR = timedelta(seconds=1)


def availability(context: Context, channel: Channel, product: Product) -> Availability:
    """Return what the channel may sell of one product; never waits.

    While its stock documents are the same ones, an answer of the same reading stands for a second; one by figures read live never does.
    """
    made, key = context.surroundings.derived, ("Availability", f"{channel.code}|{product.sku}")
    documents = states(context, product.sku)
    known: Judged | None = made.get(key)
    shared = context.max_age_s is None and is_current(context)
    if shared and known and known.documents is documents and known.product is product and context.now - known.at < STANDS_FOR:
        return known.answer
    answer = judged(
        product.sku,
        channel,
        positions(context, channel, product.sku),
        context.surroundings.scope(channel),
        product.price_in(channel.code, channel.currency),
        product,
        context.now,
        source_known=is_told(context, channel, product.sku),
    )
    if shared and len(made) < MOST_REMEMBERED:
        made[key] = Judged(answer, documents, product, context.now)
    return answer


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer, and what it was judged from."""

    answer: Availability
    documents: tuple[StockState, ...]
    product: Product
    at: datetime


async def availabilities(context: Context, skus: Sequence[Sku], channel_code: str | None) -> list[Availability | None]:
    """Return the availability of each sku in the order asked; None for an unknown sku, and for all of an unknown channel."""
    if len(skus) > MOST_SKUS:
        raise BadInput(f"skus has {len(skus)} entries; ask for at most {MOST_SKUS}.")
    channel = channel_of(context, channel_code)
    if channel is None:
        return [None] * len(skus)
    products = await products_by_sku(context, skus)
    await bring_up_to_date(context, [product.sku for product in products if product])
    return [availability(context, channel, product) if product else None for product in products]


@dataclass(frozen=True, slots=True)
class Stocked:
    """Skus with free units at some places: `surely` where nothing else keeps them from being sold, `perhaps` where something may."""

    surely: frozenset[Sku]
    perhaps: frozenset[Sku]


def stocked(context: Context, channel: Channel, places: Collection[LocationCode]) -> Stocked:
    """Ask the view once for a whole list; raises Unavailable before it is filled. What could not be read lately is looked at by itself."""
    view, here = context.world.view, context.surroundings
    if not view.filled:
        raise Unavailable("The view of stock is being filled; ask again in a moment.")
    plain = [code for code in places if not keeps_back(channel, here.locations[code]) and is_heard(here, code, context.now)]
    unread = {sku for source in {here.locations[code].source for code in plain} for sku, _ in here.facts[source].unread}
    return Stocked(frozenset(view.skus_at(plain)) - unread, frozenset(view.skus_at(places)))


def keeps_back(channel: Channel, place: Location) -> bool:
    return any(rule.location in {None, place.code} and rule.kind in {None, place.kind} for rule in channel.safety_stock)


def is_heard(here: Surroundings, code: LocationCode, now: datetime) -> bool:
    """Tell whether a complete pass was so recent that no figure of the place is too old to be sold."""
    facts = here.facts[here.locations[code].source]
    heard_at = facts.as_of_by_location.get(code)
    return heard_at is not None and now - heard_at <= facts.stop_selling_when_older_than


def in_stock(context: Context, channel: Channel, product: Product, units: Stocked) -> bool:
    """Tell whether the channel can sell the product now: what its availability says of what is there, found out sooner."""
    if product.sku not in units.perhaps or product.price_in(channel.code, channel.currency) is None:
        return False
    if product.sku in units.surely:
        return product.active and released(product, channel, context.now)
    return availability(context, channel, product).status in {"IN_STOCK", "LIMITED"}


def collectable(context: Context, channel: Channel, product: Product, places: Collection[LocationCode], units: Stocked) -> bool:
    """Tell whether a unit can be collected at one of the places now."""
    if product.sku not in units.perhaps or product.price_in(channel.code, channel.currency) is None:
        return False
    if not (product.active and released(product, channel, context.now)):
        return False
    return product.sku in units.surely or any(
        at.location in places and at.sellable and available_to_sell(at) > 0 for at in positions(context, channel, product.sku)
    )
