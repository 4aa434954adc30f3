"""Subscriptions: the current state first, then what changed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from strawberry import Schema

from gateway.domain.order_secret import order_secret
from gateway.domain.principal import Principal
from resolvers.context import Context, World
from tests.domain.retailer import LYON, WAREHOUSE
from tests.graph.conftest import CLERK, NOW, OPERATOR, SHIRT, SHOPPER, Retail
from tests.graph.order_book import NUMBER, RID, placed


class Watcher:
    """Watches one subscription, event by event."""

    def __init__(self, schema: Schema, world: World, document: str, who: Principal, **variables: Any) -> None:
        self.schema, self.world, self.document, self.who, self.variables = schema, world, document, who, variables
        self.events: AsyncIterator[Any] | None = None

    async def next(self) -> Any:
        if self.events is None:
            context = Context(self.world, self.who, self.world.clock.now(), "trace")
            opened = await self.schema.subscribe(self.document, variable_values=self.variables, context_value=context)
            self.events = cast("AsyncIterator[Any]", opened)
        async with asyncio.timeout(30):
            result = await anext(self.events)
        assert result.errors is None, result.errors
        return next(iter(result.data.values()))

    async def close(self) -> None:
        if self.events is not None:
            await cast("Any", self.events).aclose()


async def test_availability_is_told_at_once_and_again_when_it_changes(schema: Schema, retail: Retail) -> None:
    watcher = Watcher(
        schema,
        retail.world(),
        "subscription($skus: [String!]!) { availabilityChanged(skus: $skus) { sku quantity } }",
        SHOPPER,
        skus=[SHIRT],
    )
    assert await watcher.next() == {"sku": SHIRT, "quantity": 12}
    retail.shelf(SHIRT, WAREHOUSE, 4)
    assert await watcher.next() == {"sku": SHIRT, "quantity": 6}
    await watcher.close()


async def test_stock_tells_each_place_and_then_only_what_changed(schema: Schema, retail: Retail) -> None:
    document = 'subscription { stockChanged(skus: ["SHIRT-1"]) { available onHand location { code } } }'
    watcher = Watcher(schema, retail.world(), document, CLERK)
    first = [await watcher.next(), await watcher.next()]
    assert [(level["location"]["code"], level["available"]) for level in first] == [(WAREHOUSE, 10), (LYON, 2)]
    retail.clock.at = NOW + timedelta(seconds=1)
    retail.shelf(SHIRT, LYON, 3, free=1)
    assert await watcher.next() == {"available": 1, "onHand": 3, "location": {"code": LYON}}
    await watcher.close()


async def test_an_order_is_told_again_when_it_changed(schema: Schema, retail: Retail) -> None:
    retail.put(placed())
    secret = order_secret(b"o" * 32, RID, 1)
    document = "subscription($by: OrderKey!) { orderChanged(by: $by) { number reference customer { name } } }"
    world = retail.world()
    watcher = Watcher(schema, world, document, SHOPPER, by={"own": {"number": NUMBER, "secret": secret}})
    assert (await watcher.next())["reference"] == "R-1"
    later = placed()
    assert later.order
    retail.put(replace(later, v=2, order=replace(later.order, reference="R-2")))
    assert (await watcher.next())["reference"] == "R-2"
    await watcher.close()
    assert world.order_news._listeners == {}
    assert world.order_news._following is None


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("subscription { availabilityChanged(skus: []) { sku } }", "skus has 0 entries; watch 1 to 100."),
        ('subscription { stockChanged(skus: ["x"], channelCode: "x") { sku } }', "There is no channel 'x'; there are: web, counter."),
        (
            'subscription { orderChanged(by: { number: "x" }) { number } }',
            "by names no order that you may see; a storefront names it by own: its number and secret.",
        ),
    ],
)
async def test_what_cannot_be_watched_is_refused(schema: Schema, retail: Retail, document: str, message: str) -> None:
    context = Context(retail.world(), OPERATOR, NOW, "trace")
    opened: Any = await schema.subscribe(document, context_value=context)
    result = await anext(opened) if hasattr(opened, "__anext__") else opened
    assert [error.message for error in result.errors or ()] == [message]
