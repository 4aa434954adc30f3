"""Redeeming a promise after the world has moved on: kept from elsewhere where another plan keeps it, else refused with the reason."""

import pytest

from gateway.domain.errors import PromiseChanged
from gateway.domain.ids import LocationCode
from resolvers.commands.inputs import DeliveryGroupInput
from resolvers.commands.location_inputs import PauseLocation
from resolvers.commands.pause_location import pause_location
from resolvers.commands.place_order import place_order
from resolvers.questions.promises import Quote
from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.resolvers.commands.test_place_order import HOME, line, order, placed, quote
from tests.support.memory_shop import OPERATOR, A, MemoryShop


async def pause(shop: MemoryShop, code: LocationCode) -> None:
    await pause_location(shop.context(OPERATOR), PauseLocation("z" * 22, code))
    shop.look_again()


def taken_up(quoted: Quote) -> DeliveryGroupInput:
    address = None if quoted.option.pickup_location else HOME
    return DeliveryGroupInput((line(A, 1),), promise_token=quoted.token, address=address)


async def test_what_a_paused_place_was_to_send_is_sent_by_another_within_the_promise(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 5)
    shop.shelf(A, LYON, 5)
    quoted = await quote(shop, "SHIP", A, 1)
    first = quoted.option.shipments[0].location
    await pause(shop, first)
    made = await placed(shop.context(), order(taken_up(quoted)))
    assert {first, made.fulfillments[0].location} == {WAREHOUSE, LYON}
    assert [shipment.location for shipment in made.groups[0].plan] == [made.fulfillments[0].location]
    assert made.attention == ()


@pytest.mark.parametrize(("method", "supplied", "pickup"), [("PICKUP", LYON, LYON), ("SHIP_TO_STORE", WAREHOUSE, NANTES)])
async def test_what_a_paused_store_was_to_hand_over_is_refused(
    shop: MemoryShop, method: str, supplied: LocationCode, pickup: LocationCode
) -> None:
    shop.shelf(A, supplied, 5)
    quoted = await quote(shop, method, A, 1, pickup)
    await pause(shop, pickup)
    with pytest.raises(PromiseChanged) as refused:
        await place_order(shop.context(), order(taken_up(quoted)))
    assert (refused.value.reason, refused.value.option) == ("LOCATION_INACTIVE", None)
    assert shop.free(A, supplied) == 5
