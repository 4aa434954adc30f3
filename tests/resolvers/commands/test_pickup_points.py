"""Orders that are collected at a parcel shop: by an option's token or by name, with the shop's address on the label."""

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.domain.delivery_group import PickupPoint
from gateway.domain.errors import DomainError
from gateway.domain.location import Address, CarrierPoint
from gateway.domain.network import Carrier, CarrierService, DeliveryService, Fee, Zone
from gateway.domain.promise.options import Destination, Quote
from gateway.domain.promise.points import Points
from gateway.domain.quantities import GeoPosition, SkuQuantity
from resolvers.commands.inputs import CustomerInput, DeliveryGroupInput, OrderLineInput, PlaceOrder
from resolvers.commands.place_order import place_order
from resolvers.commands.router import route
from resolvers.hand_over.relay import relay_one
from resolvers.questions.promises import BasketWish, delivery_promises
from tests.domain.retailer import BANDS, LYON, PLACES, WAREHOUSE, WEB
from tests.support.memory_shop import CLERK, NETWORK, POS, WMS, A, MemoryShop, order_of
from tests.support.working import Worker

CARRIERS = tuple(
    Carrier(code, services=(CarrierService("shop", zones=(Zone("FR", transit_days=(2, 2), bands=BANDS),)),)) for code in ("relay", "other")
)
POINT = DeliveryService("point", "Parcel shop", "PICKUP_POINT", ("relay/shop", "other/shop"), (Fee(Decimal("3.90")),))
SHOPS = replace(
    NETWORK,
    channels=(replace(WEB, services=(*WEB.services, POINT)), *NETWORK.channels[1:]),
    carriers=(*NETWORK.carriers, *CARRIERS),
)
AT = Address("FR", line1="6 place Bellecour", postal_code="69002", city="Lyon")
KIOSK = CarrierPoint("P1", "Kiosque Bellecour", AT, PLACES[LYON].position, ("Mo-Sa 08:00-19:00",))
TABAC = CarrierPoint("P2", "Tabac", Address("FR", line1="1 rue", postal_code="67000", city="Strasbourg"), GeoPosition(48.58, 7.74))
HOME = Address("FR", name="Camille Martin", line1="9 cours Lafayette", postal_code="69003", city="Lyon")


@pytest.fixture
async def shop() -> MemoryShop:
    shop = await MemoryShop(SHOPS).fill()
    shop.world = replace(shop.world, points=Points({"relay": (KIOSK, TABAC)}))
    shop.shelf(A, WAREHOUSE, 5)
    return shop


async def quotes(shop: MemoryShop) -> tuple[Quote, ...]:
    context = shop.context()
    await context.ready()
    wish = BasketWish((SkuQuantity(A, 1),), destination=Destination("FR", "69003"), services=("point",), pickup_within_m=500_000)
    return (await delivery_promises(context, wish)).quotes


def collected(token: str | None = None, point: PickupPoint | None = None, address: Address | None = None) -> PlaceOrder:
    way = {"promise_token": token} if token else {"service_code": "point"}
    group = DeliveryGroupInput((OrderLineInput(A, 1),), pickup_point=point, address=address, **way)
    return PlaceOrder("k" * 22, (group,), customer=CustomerInput(name="Camille Martin"))


async def refused(shop: MemoryShop, command: PlaceOrder) -> list[tuple[str, tuple[str, ...] | None]]:
    with pytest.raises(DomainError) as error:
        await place_order(shop.context(), command)
    return [(one.refusal, one.field) for one in error.value.each]


async def test_an_option_names_its_shop_and_its_order_carries_it_to_the_warehouse(shop: MemoryShop) -> None:
    first, second = await quotes(shop)
    assert [quote.option.pickup_point and quote.option.pickup_point.code for quote in (first, second)] == ["P1", "P2"]
    record = (await place_order(shop.context(), collected(first.token))).record
    (group,) = order_of(record).groups
    assert group.pickup_point == PickupPoint("relay", "P1", "Kiosque Bellecour", AT)
    assert (group.country_code, group.postal_code, group.promise and group.promise.latest) == ("FR", "69002", first.option.latest)
    while await relay_one(shop.world, "relay"):
        pass
    (shipment,) = shop.targets[WMS].effects
    assert shipment.body["ship_to"] == {
        "name": "Camille Martin",
        "line1": "Kiosque Bellecour",
        "line2": "6 place Bellecour",
        "postal_code": "69002",
        "city": "Lyon",
        "region": None,
        "country_code": "FR",
    }
    work = shipment.body["fulfillment"]
    assert isinstance(work, dict)
    assert (work["carrier_service"], work["pickup_point"]) == (
        "relay/shop",
        {"carrier": "relay", "code": "P1", "name": "Kiosque Bellecour"},
    )


async def test_a_shop_is_chosen_by_name_without_a_token(shop: MemoryShop) -> None:
    order = order_of((await place_order(shop.context(), collected(point=PickupPoint("relay", "P2"), address=HOME))).record)
    assert order.groups[0].pickup_point == PickupPoint("relay", "P2", "Tabac", TABAC.address)
    assert (order.groups[0].postal_code, order.fulfillments[0].carrier_service) == ("67000", "relay/shop")


async def test_a_shop_that_nobody_knows_is_where_the_caller_says(shop: MemoryShop) -> None:
    there = Address("FR", line1="2 rue du Lac", postal_code="74000", city="Annecy")
    order = order_of((await place_order(shop.context(), collected(point=PickupPoint("other", "X9", address=there)))).record)
    (group,) = order.groups
    assert (group.pickup_point, group.postal_code) == (PickupPoint("other", "X9", address=there), "74000")
    assert order.fulfillments[0].carrier_service == "other/shop"


@pytest.mark.parametrize(
    ("point", "problem"),
    [
        (None, ("REQUIRED", ("pickupPoint",))),
        (PickupPoint("relay", "P9"), ("NOT_FOUND", ("pickupPoint", "code"))),
        (PickupPoint("other", "X9"), ("REQUIRED", ("pickupPoint", "address"))),
    ],
)
async def test_a_shop_that_is_missing_or_nowhere_is_refused(
    shop: MemoryShop, point: PickupPoint | None, problem: tuple[str, tuple[str, ...]]
) -> None:
    code, field = problem
    assert await refused(shop, collected(point=point)) == [(code, ("deliveryGroups", "0", *field))]


async def test_a_token_is_redeemed_at_its_own_shop_only(shop: MemoryShop) -> None:
    token = (await quotes(shop))[0].token
    assert await refused(shop, collected(token, PickupPoint("relay", "P2"))) == [("INVALID", ("deliveryGroups", "0", "pickupPoint"))]


async def test_work_that_another_place_takes_over_still_goes_to_the_shop_by_its_carrier(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    shop.shelf(A, LYON, 5)
    record = (await place_order(shop.context(), collected((await quotes(shop))[0].token))).record
    shop.shelf(A, WAREHOUSE, 5)
    await Worker(shop, CLERK, order_of(record).fulfillments[0].number).reject("CLOSED")
    after = order_of(await route(shop.world, await shop.record(record.rid)))
    assert [(work.location, work.carrier_service) for work in after.fulfillments] == [(LYON, "relay/shop"), (WAREHOUSE, "relay/shop")]
    assert shop.targets[POS].effects == []
