"""Availability: what a channel may sell of a sku now."""

from collections.abc import Sequence

from gateway.domain.availability import Availability
from gateway.domain.availability_rule import availability as judged
from gateway.domain.catalogue import Product
from gateway.domain.errors import BadInput
from gateway.domain.ids import Sku
from gateway.domain.network import Channel
from gateway.domain.stock import available_to_sell
from resolvers.context import Context
from resolvers.live import bring_up_to_date
from resolvers.loaders import products_by_sku
from resolvers.questions.channels import channel as channel_of
from resolvers.questions.stock import is_told, positions

MOST_SKUS = 250


def availability(context: Context, channel: Channel, product: Product) -> Availability:
    """Return what the channel may sell of one product; never waits."""
    return judged(
        product.sku,
        channel,
        positions(context, channel, product.sku),
        context.surroundings.scope(channel),
        product.price_in(channel.code),
        product,
        context.now,
        source_known=is_told(context, channel, product.sku),
    )


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


def in_stock(context: Context, channel: Channel, product: Product) -> bool:
    """Tell whether the channel can sell the product now: the same as its availability's `orderable`, found out sooner."""
    return context.world.view.free_total(product.sku) > 0 and availability(context, channel, product).orderable


def collectable_at(context: Context, channel: Channel, product: Product, locations: frozenset[str]) -> bool:
    """Tell whether a unit can be collected at one of the places now."""
    scope = context.surroundings.scope(channel)
    return (
        any(
            position.location in locations and position.location in scope and scope[position.location].collects
            for position in positions(context, channel, product.sku)
            if position.sellable and available_to_sell(position) > 0
        )
        and product.price_in(channel.code) is not None
    )
