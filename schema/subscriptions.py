"""What can be watched: each starts with the current state, then sends the latest state of what changed."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry
from strawberry import UNSET

from gateway.domain.errors import BadInput
from gateway.domain.ids import Sku
from resolvers.questions.changes import availability_changes, order_changes, stock_changes
from resolvers.questions.channels import known_channel
from schema.lookups import seen_by
from schema.types.availability import Availability
from schema.types.fields import watched
from schema.types.info import Info
from schema.types.orders import Order
from schema.types.orders_input import OrderKey
from schema.types.stock import StockLevel


@strawberry.type(
    description="Each subscription starts with the current state, then sends the latest state of what changed, at most every 250 ms per "
    "object: a reader who was away misses steps, never the outcome. At most 100 skus."
)
class Subscription:
    @watched("Stock of the skus at all places of the channel.")
    async def stock_changed(self, info: Info, skus: list[str], channel_code: str | None = UNSET) -> AsyncGenerator[StockLevel, None]:
        channel = known_channel(info.context, channel_code or None)
        async with aclosing(stock_changes(info.context, channel, [Sku(sku) for sku in skus])) as changes:
            async for position in changes:
                yield StockLevel.of(info, position, channel.code)

    @watched("What the channel may sell of the skus.")
    async def availability_changed(
        self, info: Info, skus: list[str], channel_code: str | None = UNSET
    ) -> AsyncGenerator[Availability, None]:
        channel = known_channel(info.context, channel_code or None)
        async with aclosing(availability_changes(info.context, channel, [Sku(sku) for sku in skus])) as changes:
            async for availability in changes:
                yield Availability.of(availability)

    @watched("One order, as far as the caller may see it.")
    async def order_changed(self, info: Info, by: OrderKey) -> AsyncGenerator[Order, None]:
        found = await seen_by(info, by)
        if found is None:
            raise BadInput("by names no order that you may see; a storefront names it by own: its number and secret.")
        async with aclosing(order_changes(info.context, found)) as changes:
            async for seen in changes:
                yield Order.of(seen)
