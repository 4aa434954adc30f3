"""Mixed baskets: the options that were chosen for other parts take their units and room, and all of them are redeemed together."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.domain.errors import BadInput
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.location import CapacityRule
from gateway.domain.network import DeliveryMethod
from gateway.domain.promise.options import Destination
from gateway.domain.promise.token import verified
from gateway.domain.quantities import SkuQuantity
from resolvers.commands.inputs import DeliveryGroupInput, OrderLineInput, PlaceOrder
from resolvers.commands.place_order import place_order
from resolvers.context import Context, Secrets
from resolvers.questions.promises import BasketWish, Quoted, delivery_promises
from tests.domain.retailer import LYON, WAREHOUSE
from tests.resolvers.commands.test_place_order import HOME
from tests.support.memory_shop import MARKETPLACE, SHOPPER, A, B, MemoryShop, check_ledger, order_of


@pytest.fixture
async def shop() -> MemoryShop:
    return await MemoryShop().fill()


async def ask(
    shop: MemoryShop,
    method: DeliveryMethod,
    sku: Sku = A,
    units: int = 1,
    chosen: Sequence[str] = (),
    pickup: LocationCode | None = None,
    context: Context | None = None,
) -> Quoted:
    context = context or shop.context()
    await context.ready()
    wish = BasketWish(
        (SkuQuantity(sku, units),), None, Destination("FR", "75004"), pickup_location=pickup, methods=(method,), chosen_tokens=tuple(chosen)
    )
    return await delivery_promises(context, wish)


async def test_two_quotes_never_count_the_same_last_unit(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 1)
    shop.shelf(A, WAREHOUSE, 1)
    collected = (await ask(shop, "PICKUP", pickup=LYON)).quotes[0]
    sent = (await ask(shop, "SHIP", chosen=[collected.token])).quotes[0]
    assert [one.location for one in sent.option.shipments] == [WAREHOUSE]
    neither = await ask(shop, "SHIP", chosen=[collected.token, sent.token])
    assert [one.reason for one in neither.unavailable] == ["NO_STOCK"]
    groups = (
        DeliveryGroupInput((OrderLineInput(A, 1),), promise_token=collected.token),
        DeliveryGroupInput((OrderLineInput(A, 1),), promise_token=sent.token, address=HOME),
    )
    order = order_of((await place_order(shop.context(), PlaceOrder("k" * 22, groups))).record)
    assert [(group.method, group.plan[0].location) for group in order.groups] == [("PICKUP", LYON), ("SHIP", WAREHOUSE)]
    check_ledger(shop.database)


async def test_room_that_another_part_books_is_gone(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 5)
    shop.shelf(B, LYON, 5)
    await shop.limit(LYON, CapacityRule(1))
    collected = (await ask(shop, "PICKUP", B, pickup=LYON)).quotes[0]
    alone, beside = (await ask(shop, "SHIP")).quotes[0], (await ask(shop, "SHIP", chosen=[collected.token])).quotes[0]
    assert beside.option.shipments[0].slots[0].day > alone.option.shipments[0].slots[0].day


async def test_tokens_that_cannot_be_redeemed_are_not_chosen(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 5)
    token = (await ask(shop, "SHIP")).quotes[0].token
    with pytest.raises(BadInput, match=r"chosenTokens\.0: TOKEN_INVALID"):
        await ask(shop, "SHIP", chosen=[token[:-4] + "AAAA"])
    with pytest.raises(BadInput, match=r"chosenTokens\.1: TOKEN_INVALID"):
        await ask(shop, "SHIP", chosen=[token, "x"])
    with pytest.raises(BadInput, match=r"chosenTokens\.0: TOKEN_INVALID"):
        await ask(shop, "SHIP", chosen=[token], context=shop.context(MARKETPLACE))
    with pytest.raises(BadInput, match="at most 20"):
        await ask(shop, "SHIP", chosen=[token] * 21)


async def test_keys_rotate_while_tokens_are_out(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 5)
    old = (await ask(shop, "SHIP")).quotes[0].token
    world = replace(shop.world, secrets=Secrets((b"n" * 32, *shop.world.secrets.tokens), shop.world.secrets.orders))
    rotated = Context(world, SHOPPER, shop.clock.now())
    new = (await ask(shop, "SHIP", context=rotated)).quotes[0].token
    assert [verified(text, world.secrets.tokens, SHOPPER.channel, shop.clock.now()).service for text in (old, new)] == ["standard"] * 2
    assert len((await ask(shop, "SHIP", chosen=[old, new], context=Context(world, SHOPPER, shop.clock.now()))).quotes) == 1
    with pytest.raises(BadInput, match="TOKEN_INVALID"):
        await ask(shop, "SHIP", chosen=[new])
