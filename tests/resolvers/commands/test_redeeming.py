"""Redeeming a promise after the world has moved on: kept from elsewhere where another plan keeps it, else refused with the reason."""

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.domain.errors import PromiseChanged
from gateway.domain.ids import LocationCode
from gateway.domain.network import CarrierService, Fee, Zone
from gateway.domain.promise.options import Destination, Quote
from gateway.domain.quantities import SkuQuantity
from resolvers.commands.inputs import DeliveryGroupInput
from resolvers.commands.location_inputs import PauseLocation
from resolvers.commands.pause_location import pause_location
from resolvers.commands.place_order import place_order
from resolvers.questions.promises import BasketWish, delivery_promises
from tests.domain.retailer import BANDS, LYON, NANTES, POST, STANDARD, WAREHOUSE, WEB
from tests.resolvers.commands.test_place_order import HOME, line, order, placed, quote
from tests.support.memory_shop import NETWORK, OPERATOR, A, MemoryShop


async def pause(shop: MemoryShop, code: LocationCode) -> None:
    await pause_location(shop.context(OPERATOR), PauseLocation("z" * 22, code))
    shop.look_again()


async def quoted_to(shop: MemoryShop, destination: Destination) -> Quote:
    context = shop.context()
    await context.ready()
    wish = BasketWish((SkuQuantity(A, 1),), destination=destination, methods=("SHIP",))
    return (await delivery_promises(context, wish)).quotes[0]


@pytest.mark.parametrize("quoted_for", [Destination("FR"), Destination("fr", ""), Destination("FR", "75 004"), Destination("fr", "75-004")])
async def test_a_promise_holds_for_the_address_however_it_is_written_and_from_before_it_was_known(
    shop: MemoryShop, quoted_for: Destination
) -> None:
    shop.shelf(A, WAREHOUSE, 5)
    quoted = await quoted_to(shop, quoted_for)
    made = await placed(shop.context(), order(taken_up(quoted)))
    assert made.groups[0].promise is not None
    assert made.groups[0].promise.latest == quoted.option.latest


@pytest.mark.parametrize(
    ("fees", "postal_code"),
    [(STANDARD.fees, "20137"), ((Fee(Decimal(20), postcode_prefixes=("97",)), *STANDARD.fees), "97400"), (STANDARD.fees, "97100")],
)
async def test_a_promise_for_a_country_does_not_hold_where_zone_fee_or_clock_are_others(fees: tuple[Fee, ...], postal_code: str) -> None:
    clock = CarrierService("far", zones=(Zone("FR", ("971",), (9, 9), bands=BANDS, time_zone="America/Guadeloupe"),))
    far = replace(POST, services=(*POST.services, clock))
    web = replace(WEB, services=(replace(STANDARD, fees=fees),))
    shop = await MemoryShop(replace(NETWORK, channels=(web,), carriers=(far,))).fill()
    shop.shelf(A, WAREHOUSE, 5)
    quoted = await quoted_to(shop, Destination("FR"))
    group = replace(taken_up(quoted), address=replace(HOME, postal_code=postal_code))
    with pytest.raises(PromiseChanged) as refused:
        await place_order(shop.context(), order(group))
    assert refused.value.reason == "OUT_OF_AREA"
    assert isinstance(refused.value.option, Quote)


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
