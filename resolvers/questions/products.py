"""Products by the keys that people and systems know them by, their siblings and their prices."""

from collections.abc import Sequence

from gateway.domain.catalogue import Price, Product
from gateway.domain.errors import BadInput
from gateway.domain.ids import Sku
from resolvers.context import Context
from resolvers.live import bring_up_to_date
from resolvers.loaders import ProductsByGroup, SkusByGtin, products_by_sku
from resolvers.questions.channels import channel as channel_of

MOST_SKUS = 250
MOST_SIBLINGS = 100
MOST_PRODUCTS = 2_500


async def product_by_sku(context: Context, sku: Sku) -> Product | None:
    return (await products_by_sku(context, [sku]))[0]


async def product_by_gtin(context: Context, gtin: str) -> Product | None:
    sku = await context.loader(SkusByGtin).load(gtin)
    return await product_by_sku(context, sku) if sku else None


async def listed_products(context: Context, skus: Sequence[Sku]) -> list[Product | None]:
    if len(skus) > MOST_SKUS:
        raise BadInput(f"skus has {len(skus)} entries; ask for at most {MOST_SKUS}.")
    return await products_by_sku(context, skus)


async def siblings(context: Context, group_code: str, first: int) -> Sequence[Product]:
    """Return the products of a group that are sold still; groups within groups together are bounded, for they multiply."""
    if not 1 <= first <= MOST_SIBLINGS:
        raise BadInput(f"first is {first}; ask for 1 to {MOST_SIBLINGS}.")
    found = await context.loader(ProductsByGroup).load(group_code)
    told = [product for product in found if product.active][:first]
    context.products_told += len(told)
    if context.products_told > MOST_PRODUCTS:
        raise BadInput(f"This asks for more than {MOST_PRODUCTS} products of groups; ask for fewer.")
    return told


def price(context: Context, product: Product, channel_code: str | None) -> Price | None:
    channel = channel_of(context, channel_code)
    return product.price_in(channel.code, channel.currency) if channel else None


async def up_to_date(context: Context, products: Sequence[Product]) -> None:
    """Read again the figures of a whole list that are older than the request asks for."""
    await bring_up_to_date(context, [product.sku for product in products])
