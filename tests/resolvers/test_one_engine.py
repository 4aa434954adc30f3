"""One engine: the availability shown, the promise quoted, the hold taken and the route chosen agree, whatever lies where."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.errors import DomainError
from gateway.domain.ids import LocationCode, Sku, is_capacity, sku_and_location
from gateway.domain.location import CapacityRule
from gateway.domain.network import DeliveryMethod
from gateway.domain.promise.options import Destination, Quote
from gateway.domain.quantities import SkuQuantity
from resolvers.commands.inputs import DeliveryGroupInput, OrderLineInput, PlaceOrder, ReserveLine, ReserveStock
from resolvers.commands.place_order import place_order
from resolvers.commands.reserve_stock import reserve_stock
from resolvers.questions.availability import availability
from resolvers.questions.promises import BasketWish, delivery_promises
from tests.domain.retailer import LYON, NANTES, PLACES, WAREHOUSE, WEB
from tests.resolvers.commands.test_place_order import HOME
from tests.support.memory_shop import SHOPPER, A, B, MemoryShop, check_ledger, check_sums, order_of

SHELVES = [(sku, place) for sku in (A, B) for place in (WAREHOUSE, LYON, NANTES)]
STOCK = st.dictionaries(st.sampled_from(SHELVES), st.integers(0, 4))
WANTED = st.dictionaries(st.sampled_from([A, B]), st.integers(1, 4), min_size=1)
METHODS = st.sampled_from(["SHIP", "PICKUP", "SHIP_TO_STORE"])
RULES = st.one_of(st.none(), st.builds(CapacityRule, st.integers(0, 3), unit=st.sampled_from(["ORDERS", "UNITS"])))


async def filled(stock: Mapping[tuple[Sku, LocationCode], int], rule: CapacityRule | None) -> MemoryShop:
    shop = await MemoryShop().fill()
    for (sku, place), units in stock.items():
        shop.shelf(sku, place, units)
    if rule is not None:
        await shop.world.locations.save(tuple(replace(place, capacity=rule) for place in PLACES.values()))
    return shop


async def quoted(shop: MemoryShop, wanted: Mapping[Sku, int], method: DeliveryMethod) -> tuple[Quote, ...]:
    context = shop.context()
    await context.ready()
    lines = tuple(SkuQuantity(sku, units) for sku, units in wanted.items())
    wish = BasketWish(lines, destination=Destination("FR", "75004"), methods=(method,))
    return (await delivery_promises(context, wish)).quotes


def planned(quote: Quote) -> dict[tuple[Sku, LocationCode], int]:
    return {(line.sku, one.location): line.quantity for one in quote.option.shipments for line in one.lines}


@given(STOCK, WANTED, METHODS, RULES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.asyncio
async def test_what_is_shown_is_promised_held_and_routed(
    stock: Mapping[tuple[Sku, LocationCode], int], wanted: Mapping[Sku, int], method: DeliveryMethod, rule: CapacityRule | None
) -> None:
    shop = await filled(stock, rule)
    context = shop.context()
    await context.ready()
    shown = {sku: availability(context, WEB, product) for sku, product in (await shop.world.catalogue.products(list(wanted))).items()}
    quotes = await quoted(shop, wanted, method)
    enough = all(shown[sku].quantity >= units for sku, units in wanted.items())
    if quotes:
        assert enough
    elif method == "SHIP" and rule is None:
        assert not enough
    for quote in quotes[:1]:
        plan = planned(quote)
        assert all(stock.get(shelf, 0) >= units for shelf, units in plan.items())
        held = tuple(ReserveLine(sku, units) for sku, units in wanted.items())
        hold = await reserve_stock(shop.context(), ReserveStock("h" * 22, held, promise_tokens=(quote.token,)))
        assert {sku_and_location(claim.key): claim.units for claim in hold.claims} == plan
        lines = tuple(OrderLineInput(sku, units) for sku, units in wanted.items())
        address = HOME if method == "SHIP" else None
        group = DeliveryGroupInput(lines, promise_token=quote.token, address=address)
        record = (await place_order(shop.context(), PlaceOrder("p" * 22, (group,), reservation_id=hold.rid))).record
        order = order_of(record)
        assert {sku_and_location(claim.key): claim.units for claim in record.claims if not is_capacity(claim.key)} == plan
        assert {claim.key: claim.units for claim in record.claims if is_capacity(claim.key)} == {
            slot.key: slot.units for one in quote.option.shipments for slot in one.slots
        }
        assert {work.location for work in order.fulfillments} == {place for _, place in plan}
        promise = order.groups[0].promise
        assert promise is not None
        assert (promise.earliest, promise.latest) == (quote.option.earliest, quote.option.latest)
        check_sums(order)
    check_ledger(shop.database)


@given(STOCK, WANTED, METHODS)
@settings(max_examples=30, deadline=None)
@pytest.mark.asyncio
async def test_what_is_not_promised_cannot_be_ordered(
    stock: Mapping[tuple[Sku, LocationCode], int], wanted: Mapping[Sku, int], method: DeliveryMethod
) -> None:
    shop = await filled(stock, None)
    quotes = [quote for quote in await quoted(shop, wanted, method) if method == "SHIP" or quote.option.pickup_location == LYON]
    lines = tuple(OrderLineInput(sku, units) for sku, units in wanted.items())
    way = {"address": HOME} if method == "SHIP" else {"pickup_location_code": LYON}
    command = PlaceOrder("p" * 22, (DeliveryGroupInput(lines, method=method, **way),))
    if quotes:
        order = order_of((await place_order(shop.context(), command)).record)
        assert {work.location for work in order.fulfillments} == {place for _, place in planned(quotes[0])}
    else:
        with pytest.raises(DomainError):
            await place_order(shop.context(SHOPPER), command)
    check_ledger(shop.database)
