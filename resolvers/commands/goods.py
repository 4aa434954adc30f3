"""What callers ask for by name: their channel, and skus that it sells, in numbers that make sense."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.domain.catalogue import Product
from gateway.domain.errors import NotFound
from gateway.domain.ids import Sku
from gateway.domain.network import Channel
from gateway.domain.quantities import MAX_QUANTITY
from gateway.domain.scope import is_preorder, released
from gateway.domain.stock import StockPosition
from resolvers.commands.problems import Problems
from resolvers.context import Context
from resolvers.loaders import products_by_sku
from resolvers.questions.stock import positions

MOST_LINES = 200


def channel_asked(context: Context, code: str | None, problems: Problems) -> Channel:
    """Return the channel of a command: the named one, or the caller's own; a caller that is bound to one may use no other.

    Raises NotFound at once for an unknown one: nothing else can be judged without it.
    """
    own = context.principal.channel
    channel = context.world.channel(code, context.principal)
    if channel is None:
        raise NotFound("channel", code or own or "", field=("channelCode",))
    if own is not None and channel.code != own:
        problems.refuse("NOT_ALLOWED_HERE", f"Your channel is {own}; leave channelCode out.", "channelCode")
    return channel


async def products_asked(context: Context, skus: Sequence[str]) -> Mapping[Sku, Product]:
    wanted = list(dict.fromkeys(Sku(sku) for sku in skus))
    found = await products_by_sku(context, wanted)
    return {product.sku: product for product in found if product and product.active}


def check_quantity(quantity: int, problems: Problems, *field: str | int) -> None:
    if not 1 <= quantity <= MAX_QUANTITY:
        problems.refuse("OUT_OF_RANGE", f"quantity is {quantity}; ask for 1 to {MAX_QUANTITY} units.", *field)


def check_sold(sku: str, product: Product | None, channel: Channel, now: datetime, problems: Problems, *field: str | int) -> None:
    """Note what keeps a sku from being sold by the channel; a caller's own price may stand in for the channel's elsewhere."""
    if product is None:
        problems.unknown("sku", sku, *field)
    elif not (released(product, channel, now) or is_preorder(product, channel, now)):
        problems.refuse("NOT_SOLD", f"{sku} is on sale from {product.release_on}.", *field)


def check_priced(product: Product | None, channel: Channel, problems: Problems, *field: str | int) -> None:
    if product is not None and product.price_in(channel.code, channel.currency) is None:
        problems.refuse("NOT_SOLD", f"{product.sku} has no price in {channel.currency} in {channel.name}, so it is not sold there.", *field)


def positions_asked(context: Context, channel: Channel, skus: Sequence[Sku]) -> dict[Sku, tuple[StockPosition, ...]]:
    return {sku: positions(context, channel, sku) for sku in dict.fromkeys(skus)}
