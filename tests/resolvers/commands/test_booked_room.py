"""Room at places: placing books it, whoever comes later is told so, and what is not needed any more is given back."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.domain.errors import DomainError, PromiseChanged
from gateway.domain.ids import is_capacity
from gateway.domain.location import CapacityRule
from gateway.domain.order import Order
from gateway.domain.promise.options import Destination, Quote
from gateway.domain.quantities import SkuQuantity
from resolvers.commands.answers import Placed
from resolvers.commands.cancel_order import cancel_order
from resolvers.commands.inputs import CancelOrder, DeliveryGroupInput, LineUnits, OrderLineInput, OrderRef, PlaceOrder
from resolvers.commands.place_order import place_order
from resolvers.questions.promises import BasketWish, delivery_promises
from tests.domain.retailer import LYON, WAREHOUSE
from tests.resolvers.commands.test_place_order import HOME
from tests.support.memory_shop import CLERK, OPERATOR, A, B, MemoryShop, check_ledger, check_sums, order_of
from tests.support.working import Worker

THURSDAY, FRIDAY, MONDAY = date(2025, 6, 26), date(2025, 6, 27), date(2025, 6, 30)


@pytest.fixture
async def shop() -> MemoryShop:
    return await MemoryShop().fill()


async def quote(shop: MemoryShop, units: int = 1, **more: object) -> Quote:
    context = shop.context()
    await context.ready()
    wish = BasketWish((SkuQuantity(A, units),), destination=Destination("FR", "75004"), services=("standard",))
    return (await delivery_promises(context, replace(wish, **more))).quotes[0]  # type: ignore[arg-type]


def shipped(units: int, token: str | None = None) -> DeliveryGroupInput:
    way = {"promise_token": token} if token else {"service_code": "standard"}
    return DeliveryGroupInput((OrderLineInput(A, units),), address=HOME, **way)


async def placed(shop: MemoryShop, *groups: DeliveryGroupInput, key: str = "a") -> Placed:
    return await place_order(shop.context(), PlaceOrder(key * 22, groups))


def planned(order: Order) -> list[tuple[date, int]]:
    return [(slot.day, slot.units) for group in order.groups for shipment in group.plan for slot in shipment.slots]


async def test_placing_books_the_room_and_the_next_promise_knows(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    await shop.limit(WAREHOUSE, CapacityRule(3, unit="UNITS"))
    first = await quote(shop, 2)
    order = order_of((await placed(shop, shipped(2, first.token))).record)
    assert planned(order) == [(THURSDAY, 2)]
    assert shop.room(WAREHOUSE, THURSDAY) == (1, 3)
    shop.look_again()
    later = await quote(shop, 2)
    assert [(slot.day, slot.units) for slot in later.option.shipments[0].slots] == [(THURSDAY, 1), (FRIDAY, 1)]
    assert later.option.latest > first.option.latest
    await placed(shop, shipped(2, later.token), key="b")
    assert (shop.room(WAREHOUSE, THURSDAY), shop.room(WAREHOUSE, FRIDAY)) == ((0, 3), (2, 3))
    check_ledger(shop.database)


async def test_of_those_who_are_promised_the_last_room_one_gets_it_and_the_others_what_there_is_instead(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    await shop.limit(WAREHOUSE, CapacityRule(1))
    token = (await quote(shop)).token
    answers = await asyncio.gather(*(placed(shop, shipped(1, token), key=key) for key in "abcd"), return_exceptions=True)
    orders = [answer for answer in answers if isinstance(answer, Placed)]
    changed = [answer for answer in answers if isinstance(answer, PromiseChanged)]
    assert (len(orders), [one.reason for one in changed]) == (1, ["CAPACITY_FULL"] * 3)
    instead = changed[0].option
    assert isinstance(instead, Quote)
    assert [slot.day for slot in instead.option.shipments[0].slots] == [FRIDAY]
    assert shop.room(WAREHOUSE, THURSDAY) == (0, 1)
    assert shop.free(A, WAREHOUSE) == 9
    check_ledger(shop.database)


async def test_a_place_that_is_full_by_now_is_replaced_by_one_that_keeps_the_window(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    await shop.limit(WAREHOUSE, CapacityRule(1))
    token = (await quote(shop)).token
    await placed(shop, shipped(1, token))
    shop.shelf(A, LYON, 5)
    shop.look_again()
    order = order_of((await placed(shop, shipped(1, token), key="b")).record)
    assert [work.location for work in order.fulfillments] == [LYON]


async def test_what_is_full_as_it_is_taken_is_booked_later_where_that_is_still_in_time(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 9)
    await shop.limit(LYON, CapacityRule(per_shift=(1,)))
    group = DeliveryGroupInput(
        (OrderLineInput(A, 1),), service_code="standard", address=HOME, promised_by=shop.clock.now() + timedelta(days=9)
    )
    await place_order(shop.context(OPERATOR), PlaceOrder("a" * 22, (group,)))
    order = order_of((await place_order(shop.context(OPERATOR), PlaceOrder("b" * 22, (group,)))).record)
    assert (shop.room(LYON, THURSDAY), shop.room(LYON, FRIDAY)) == ((0, 1), (0, 1))
    assert order.fulfillments[0].location == LYON
    check_ledger(shop.database)


async def test_goods_of_a_place_that_is_full_as_it_is_booked_come_from_another_in_time(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    shop.shelf(B, WAREHOUSE, 10)
    shop.shelf(A, LYON, 5)
    shop.shelf(B, LYON, 5)
    await shop.limit(WAREHOUSE, CapacityRule(1))
    basket = DeliveryGroupInput((OrderLineInput(A, 2), OrderLineInput(B, 1)), service_code="standard", address=HOME)
    first = order_of((await placed(shop, basket)).record)
    answer = await placed(shop, basket, key="b")
    second = order_of(answer.record)
    assert [work.location for work in (*first.fulfillments, *second.fulfillments)] == [WAREHOUSE, LYON]
    assert [[(units.quantity, units.state, units.location) for units in line.units] for line in second.lines] == [
        [(2, "OFFERED", LYON)],
        [(1, "OFFERED", LYON)],
    ]
    assert [shipment.location for shipment in second.groups[0].plan] == [LYON]
    promises = [order.groups[0].promise for order in (first, second)]
    assert promises[0] is not None
    assert promises[1] is not None
    assert promises[1].latest == promises[0].latest
    assert (shop.free(A, WAREHOUSE), shop.free(B, WAREHOUSE), shop.free(A, LYON)) == (8, 9, 3)
    assert len(answer.record.claims) == 2
    assert shop.doc(second.rid).v == 1, "one write decides, and gives back what is not needed: nobody can die in between"
    told = await shop.world.decisions.of(second.rid, 9)
    assert {one.trigger for one in told} == {"PLACED"}
    assert [LYON] in [[shipment.location for shipment in one.shipments] for one in told]
    check_ledger(shop.database)


async def test_room_whose_goods_were_gone_is_given_back(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 1)
    shop.shelf(A, LYON, 5)
    await shop.limit(WAREHOUSE, CapacityRule(5))
    shop.view.freeze()
    shop.shelf(A, WAREHOUSE, 0)
    answer = await placed(shop, shipped(1))
    assert [work.location for work in order_of(answer.record).fulfillments] == [LYON]
    assert not any(is_capacity(claim.key) for claim in answer.record.claims)
    assert shop.doc(answer.record.rid).v == 1
    assert shop.room(WAREHOUSE, THURSDAY) == (5, 5)
    check_ledger(shop.database)


async def test_canceling_gives_the_room_back_with_the_units(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    await shop.limit(WAREHOUSE, CapacityRule(3, unit="UNITS"))
    record = (await placed(shop, shipped(4))).record
    assert (shop.room(WAREHOUSE, THURSDAY), shop.room(WAREHOUSE, FRIDAY)) == ((0, 3), (2, 3))
    part = CancelOrder("c" * 22, OrderRef(rid=record.rid), "CUSTOMER", lines=(LineUnits(f"{record.rid}/1", 2),))
    await cancel_order(shop.context(OPERATOR), part)
    assert (shop.room(WAREHOUSE, THURSDAY), shop.room(WAREHOUSE, FRIDAY)) == ((1, 3), (3, 3))
    await cancel_order(shop.context(OPERATOR), CancelOrder("d" * 22, OrderRef(rid=record.rid), "CUSTOMER"))
    assert shop.room(WAREHOUSE, THURSDAY) == (3, 3)
    check_sums(order_of(await shop.record(record.rid)))
    check_ledger(shop.database)


async def test_work_that_a_place_refuses_takes_none_of_its_room(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 5)
    await shop.limit(LYON, CapacityRule(2))
    record = (await placed(shop, shipped(2))).record
    assert shop.room(LYON, THURSDAY) == (1, 2)
    await Worker(shop, CLERK, order_of(record).fulfillments[0].number).reject("NO_CAPACITY")
    assert shop.room(LYON, THURSDAY) == (2, 2)
    check_ledger(shop.database)


async def test_collected_lines_and_sent_lines_of_one_order_book_one_each(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 5)
    shop.shelf(B, LYON, 5)
    await shop.limit(LYON, CapacityRule(2))
    collected = DeliveryGroupInput((OrderLineInput(B, 3),), service_code="collect", pickup_location_code=LYON)
    await placed(shop, shipped(1), collected)
    assert shop.room(LYON, THURSDAY) == (0, 2)
    shop.look_again()
    with pytest.raises(DomainError):
        await place_order(shop.context(), PlaceOrder("b" * 22, (replace(collected, promised_by=shop.clock.now() + timedelta(hours=9)),)))
    check_ledger(shop.database)
