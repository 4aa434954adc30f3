"""Placing an order: its stock claimed, its work given out, once under its key; what it cannot have is told exactly."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from gateway.domain.catalogue import Attribute
from gateway.domain.delivery_group import PickupPoint
from gateway.domain.errors import DomainError, IdempotencyConflict, InsufficientStock, PromiseChanged
from gateway.domain.ids import LocationCode, Sku, stock_key
from gateway.domain.location import Address
from gateway.domain.order import Order
from gateway.domain.order_amounts import order_amounts
from gateway.domain.order_secret import opens
from gateway.domain.order_status import order_status
from gateway.domain.personal import PersonalData
from gateway.domain.promise.options import Destination, Quote
from gateway.domain.quantities import Money, SkuQuantity
from gateway.domain.sourcing_terms import SourcingProfile, SplitPolicy, Strategy
from gateway.domain.stock import Inbound
from gateway.ports.ledger import Statement, Supply
from resolvers.commands.answers import Placed
from resolvers.commands.inputs import (
    CustomerInput,
    DeliveryGroupInput,
    HoldInput,
    OrderLineInput,
    PaymentInput,
    PlaceOrder,
    ReserveLine,
    ReserveStock,
)
from resolvers.commands.place_order import place_order
from resolvers.commands.reserve_stock import reserve_stock
from resolvers.context import Context, SourcePorts
from resolvers.questions.promises import BasketWish, delivery_promises
from tests.domain.retailer import LYON, NANTES, PLACES, WAREHOUSE, WEB
from tests.support.dying import dies
from tests.support.memory_shop import (
    CLERK,
    ERP,
    MARKETPLACE,
    NETWORK,
    OTHER_SHOPPER,
    POS,
    SHOPPER,
    A,
    B,
    MemoryShop,
    caller,
    check_ledger,
    check_sums,
    order_of,
)

KEY = "k" * 22
OTHER_KEY = "o" * 22
HOME = Address("FR", name="Camille Martin", line1="12 rue de Rivoli", postal_code="75004", city="Paris")


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def line(sku: Sku, quantity: int, **more: object) -> OrderLineInput:
    return OrderLineInput(sku, quantity, **more)  # type: ignore[arg-type]


def shipped(*lines: OrderLineInput, **more: object) -> DeliveryGroupInput:
    return DeliveryGroupInput(lines, method="SHIP", address=HOME, **more)  # type: ignore[arg-type]


def order(*groups: DeliveryGroupInput, key: str = KEY, **more: object) -> PlaceOrder:
    return PlaceOrder(key, groups, **more)  # type: ignore[arg-type]


async def placed(context: Context, command: PlaceOrder) -> Order:
    found = order_of((await place_order(context, command)).record)
    check_sums(found)
    return found


async def refusals(context: Context, command: PlaceOrder) -> list[tuple[str, tuple[str, ...] | None]]:
    with pytest.raises(DomainError) as refused:
        await place_order(context, command)
    return [(one.refusal, one.field) for one in refused.value.each]


async def quote(shop: MemoryShop, method: str, sku: Sku, quantity: int, pickup: LocationCode | None = None) -> Quote:
    destination = Destination("FR", "75004") if pickup is None else None
    wish = BasketWish((SkuQuantity(sku, quantity),), destination=destination, pickup_location=pickup, methods=(method,))  # type: ignore[arg-type]
    context = shop.context()
    await context.ready()
    return (await delivery_promises(context, wish)).quotes[0]


async def test_an_order_takes_its_stock_and_gives_its_work_to_the_place_that_has_it(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    answer = await place_order(shop.context(), order(shipped(line(A, 2))))
    made = order_of(answer.record)
    check_sums(made)
    assert (answer.record.state, order_status(made), made.routed) == ("PLACED", "ROUTED", True)
    (work,) = made.fulfillments
    assert (work.number, work.task, work.state, work.location) == (f"{made.number}-1", "SHIP", "OFFERED", "WH")
    assert [(part.sku, part.quantity, part.mid) for part in work.lines] == [("A", 2, answer.record.claims[0].mid)]
    (group,) = made.groups
    assert (group.service, group.fee, group.postal_code) == ("standard", Decimal("4.90"), "75004")
    assert group.promise is not None
    assert group.promise.latest > shop.clock.now()
    assert [(entry.leg, entry.kind, entry.source, entry.state) for entry in answer.record.outbox] == [
        ("order", "ORDER", "erp", "WAITING"),
        (work.number, "SHIPMENT", "wms", "WAITING"),
    ]
    assert order_amounts(made).total == euros("44.90")
    assert [event.type for event in made.history] == ["ORDER_PLACED", "FULFILLMENT_OFFERED", "ORDER_ROUTED"]
    assert shop.free(A, WAREHOUSE) == 8
    assert shop.database.stock["A|WH"].markers[answer.record.claims[0].mid].exp is None
    check_ledger(shop.database)


async def test_the_same_order_three_times_is_one_order_with_one_secret(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    answers = [await place_order(shop.context(), order(shipped(line(A, 2)))) for _ in range(3)]
    assert len({(answer.record.rid, answer.access_secret) for answer in answers}) == 1
    assert answers[0].access_secret is not None
    assert opens(answers[0].access_secret, b"o" * 32, answers[0].record.rid, 1)
    assert shop.free(A, WAREHOUSE) == 8
    with pytest.raises(IdempotencyConflict):
        await place_order(shop.context(), order(shipped(line(A, 3))))
    assert len(shop.database.orders) == 1


async def test_twins_of_one_call_place_one_order(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    answers = await asyncio.gather(*(place_order(shop.context(), order(shipped(line(A, 2)))) for _ in range(4)))
    assert len({answer.record.rid for answer in answers}) == 1
    assert shop.free(A, WAREHOUSE) == 8
    check_ledger(shop.database)


async def test_of_two_buyers_of_the_last_unit_one_gets_it_and_one_is_told_so(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 1)
    calls = (place_order(shop.context(who), order(shipped(line(A, 1)))) for who in (SHOPPER, OTHER_SHOPPER))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["InsufficientStock", "Placed"]
    assert shop.free(A, WAREHOUSE) == 0
    check_ledger(shop.database)


async def test_a_rush_on_scattered_units_sells_each_of_them_once(shop: MemoryShop) -> None:
    for place, units in ((WAREHOUSE, 4), (LYON, 3), (NANTES, 3)):
        shop.shelf(A, place, units)
    shop.view.freeze()
    calls = (place_order(shop.context(caller("STOREFRONT", session=f"s{n}")), order(shipped(line(A, 1)))) for n in range(25))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    kinds = [type(answer).__name__ for answer in answers]
    assert (kinds.count("Placed"), kinds.count("InsufficientStock")) == (10, 15)
    assert [shop.free(A, place) for place in (WAREHOUSE, LYON, NANTES)] == [0, 0, 0]
    check_ledger(shop.database)


async def test_an_order_refused_by_the_ledger_stays_refused_under_its_key(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 2)
    shop.view.freeze()
    shop.shelf(A, WAREHOUSE, 1)
    for _ in range(2):
        with pytest.raises(InsufficientStock) as refused:
            await place_order(shop.context(), order(shipped(line(A, 2))))
        assert (refused.value.sku, refused.value.requested, refused.value.available) == ("A", 2, 1)
        assert refused.value.field == ("deliveryGroups", "0", "lines", "0", "quantity")
    assert shop.free(A, WAREHOUSE) == 1
    check_ledger(shop.database)


async def test_a_place_that_is_empty_after_all_is_replaced_by_one_that_keeps_the_window(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 2)
    shop.shelf(A, LYON, 2)
    shop.view.freeze()
    shop.shelf(A, WAREHOUSE, 0)
    made = await placed(shop.context(), order(shipped(line(A, 2))))
    assert [work.location for work in made.fulfillments] == ["LYO"]
    assert [shipment.location for shipment in made.groups[0].plan] == ["LYO"]
    assert shop.free(A, LYON) == 0
    check_ledger(shop.database)


async def test_a_token_is_redeemed_by_the_plan_it_names(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 5)
    quoted = await quote(shop, "SHIP", A, 2)
    shop.shelf(A, WAREHOUSE, 50)
    group = DeliveryGroupInput((line(A, 2),), promise_token=quoted.token, address=HOME)
    made = await placed(shop.context(), order(group))
    assert [work.location for work in made.fulfillments] == ["LYO"]
    promise = made.groups[0].promise
    assert promise is not None
    assert (promise.earliest, promise.latest) == (quoted.option.earliest, quoted.option.latest)


async def test_a_token_whose_goods_are_gone_is_refused_with_the_best_option_instead(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 2)
    quoted = await quote(shop, "PICKUP", A, 2, LYON)
    shop.shelf(A, LYON, 1)
    with pytest.raises(PromiseChanged) as refused:
        await place_order(shop.context(), order(DeliveryGroupInput((line(A, 2),), promise_token=quoted.token)))
    assert (refused.value.reason, refused.value.field, refused.value.option) == ("NO_STOCK", ("deliveryGroups", "0", "promiseToken"), None)
    shop.shelf(A, LYON, 2)
    shop.view.freeze()
    shop.shelf(A, LYON, 1)
    with pytest.raises(PromiseChanged):
        await place_order(shop.context(), order(DeliveryGroupInput((line(A, 2),), promise_token=quoted.token), key=OTHER_KEY))
    assert shop.free(A, LYON) == 1
    check_ledger(shop.database)


async def test_a_promise_that_was_refused_is_placed_by_no_repeat_of_the_call(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 2)
    quoted = await quote(shop, "SHIP", A, 2)
    command = order(shipped(line(A, 2), promise_token=quoted.token))
    shop.shelf(A, WAREHOUSE, 0)
    told = []
    for _ in range(2):
        with pytest.raises(PromiseChanged) as refused:
            await place_order(shop.context(), command)
        told.append((refused.value.reason, refused.value.message, refused.value.field))
        shop.shelf(A, WAREHOUSE, 10)
    assert told[0] == told[1]
    with pytest.raises(IdempotencyConflict):
        await place_order(shop.context(), order(shipped(line(A, 1))))
    assert (await place_order(shop.context(), replace(command, idempotency_key=OTHER_KEY))).record.state == "PLACED"


async def test_a_refused_promise_is_told_with_the_same_option_again(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 5)
    quoted = await quote(shop, "SHIP", A, 1)
    command = order(DeliveryGroupInput((line(A, 1),), promise_token=quoted.token, address=replace(HOME, postal_code="20000")))
    options = []
    for _ in range(2):
        with pytest.raises(PromiseChanged) as refused:
            await place_order(shop.context(), command)
        assert isinstance(refused.value.option, Quote)
        options.append(replace(refused.value.option, option=replace(refused.value.option.option, sourced=None)))
        shop.clock.pass_by(timedelta(minutes=5))
    assert options[0] == options[1]


async def test_a_token_for_another_postal_code_is_refused_with_an_option_for_this_one(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 5)
    quoted = await quote(shop, "SHIP", A, 1)
    group = DeliveryGroupInput((line(A, 1),), promise_token=quoted.token, address=replace(HOME, postal_code="20000"))
    with pytest.raises(PromiseChanged) as refused:
        await place_order(shop.context(), order(group))
    assert refused.value.reason == "OUT_OF_AREA"
    assert isinstance(refused.value.option, Quote)
    assert refused.value.option.option.latest > quoted.option.latest


async def test_an_expired_a_forged_and_a_strange_token_are_told_apart(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 5)
    quoted = await quote(shop, "SHIP", A, 1)
    field = ("deliveryGroups", "0", "promiseToken")

    def by(token: str, quantity: int = 1) -> PlaceOrder:
        return order(DeliveryGroupInput((line(A, quantity),), promise_token=token, address=HOME))

    assert await refusals(shop.context(), by(quoted.token[:-4] + "AAAA")) == [("TOKEN_INVALID", field)]
    assert await refusals(shop.context(), by(quoted.token, 2)) == [("TOKEN_INVALID", field)]
    shop.clock.pass_by(timedelta(minutes=31))
    assert await refusals(shop.context(), by(quoted.token)) == [("PROMISE_EXPIRED", field)]


async def test_a_hold_becomes_the_order_with_the_units_it_holds(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 50)
    shop.shelf(A, LYON, 5)
    held = await reserve_stock(shop.context(), ReserveStock(OTHER_KEY, (ReserveLine(A, 2, "LYO"),)))
    for _ in range(3):
        answer = await place_order(shop.context(), order(shipped(line(A, 2)), reservation_id=held.rid))
    made = order_of(answer.record)
    assert answer.record.rid == held.rid
    assert answer.record.claims == held.claims
    assert [work.location for work in made.fulfillments] == ["LYO"]
    assert (shop.free(A, WAREHOUSE), shop.free(A, LYON)) == (50, 3)
    check_sums(made)
    check_ledger(shop.database)


async def test_a_hold_is_placed_with_less_or_with_more(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    shop.shelf(B, WAREHOUSE, 10)
    held = await reserve_stock(shop.context(), ReserveStock(OTHER_KEY, (ReserveLine(A, 3),)))
    less = await placed(shop.context(), order(shipped(line(A, 1)), reservation_id=held.rid))
    assert [units.quantity for units in less.lines[0].units] == [1]
    assert shop.free(A, WAREHOUSE) == 9
    held = await reserve_stock(shop.context(), ReserveStock("p" * 22, (ReserveLine(A, 3),)))
    more = await placed(shop.context(), order(shipped(line(A, 4), line(B, 1)), key="q" * 22, reservation_id=held.rid))
    assert sum(part.quantity for part in more.fulfillments[0].lines) == 5
    assert (shop.free(A, WAREHOUSE), shop.free(B, WAREHOUSE)) == (5, 9)
    check_sums(more)
    check_ledger(shop.database)


async def test_a_hold_that_cannot_be_placed_says_why(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    held = await reserve_stock(shop.context(), ReserveStock(OTHER_KEY, (ReserveLine(A, 3),)))
    field = ("reservationId",)
    mine = order(shipped(line(A, 3)), reservation_id=held.rid)
    assert await refusals(shop.context(OTHER_SHOPPER), mine) == [("NOT_FOUND", field)]
    await placed(shop.context(), mine)
    assert await refusals(shop.context(), replace(mine, idempotency_key="z" * 22)) == [("RESERVATION_EXPIRED", field)]
    with pytest.raises(IdempotencyConflict):
        await place_order(shop.context(), replace(mine, reference="other"))
    lapsing = await reserve_stock(shop.context(), ReserveStock("l" * 22, (ReserveLine(A, 1),)))
    shop.clock.pass_by(timedelta(minutes=16))
    command = order(shipped(line(A, 1)), key="m" * 22, reservation_id=lapsing.rid)
    assert await refusals(shop.context(), command) == [("RESERVATION_EXPIRED", field)]


async def test_one_key_places_either_with_a_hold_or_without(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    held = await reserve_stock(shop.context(), ReserveStock(OTHER_KEY, (ReserveLine(A, 3),)))
    await placed(shop.context(), order(shipped(line(A, 3)), reservation_id=held.rid))
    with pytest.raises(IdempotencyConflict):
        await place_order(shop.context(), order(shipped(line(A, 3))))
    assert shop.free(A, WAREHOUSE) == 7


async def test_a_collected_order_is_handed_over_by_its_store(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 4)
    quoted = await quote(shop, "PICKUP", A, 1, LYON)
    made = await placed(shop.context(), order(DeliveryGroupInput((line(A, 1),), promise_token=quoted.token, pickup_location_code="LYO")))
    (work,) = made.fulfillments
    assert (work.task, work.location, made.groups[0].pickup_location) == ("HAND_OVER", "LYO", "LYO")
    assert made.groups[0].collect_by == quoted.option.collect_by


async def test_goods_carried_out_are_placed_and_collected_in_one_step(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 4)
    group = DeliveryGroupInput((line(A, 1),), method="CARRY_OUT")
    answer = await place_order(shop.context(CLERK), order(group, placed_at_location_code="LYO"))
    made = order_of(answer.record)
    assert (order_status(made), made.fulfillments[0].state) == ("FULFILLED", "COLLECTED")
    assert [(units.state, units.quantity) for units in made.lines[0].units] == [("COLLECTED", 1)]
    assert [(entry.kind, entry.source, entry.step) for entry in answer.record.outbox] == [
        ("ORDER", "erp", None),
        ("STORE_TASK", "pos", None),
        ("STEP", "pos", "COLLECTED"),
    ]
    assert made.groups[0].promise is not None
    assert made.groups[0].promise.state == "KEPT"
    assert (shop.free(A, LYON), shop.held(A, LYON)) == (3, 1)


async def test_who_repeats_a_call_that_died_places_what_that_had_claimed_by_its_plan() -> None:
    joined = 0
    for steps in count(1):
        shop, command = await MemoryShop().fill(), order(shipped(line(A, 2)))
        shop.shelf(A, WAREHOUSE, 2)
        shop.shelf(A, LYON, 2)
        if not await dies(place_order(shop.context(), command), steps):
            break
        joined += any(doc.change is not None and shop.held(A, WAREHOUSE) for doc in shop.database.orders.values())
        made = order_of((await place_order(shop.context(), command)).record)
        (work,), (group,), (decision,) = made.fulfillments, made.groups, await shop.world.decisions.of(made.rid, 5)
        assert {work.location} == {one.location for one in group.plan} == {one.location for one in decision.shipments}
        assert next(one.due_at for one in work.milestones if one.step == "HAND_TO_CARRIER") == group.plan[0].ships_by
    assert joined


async def test_goods_carried_out_of_a_store_whose_till_is_told_nothing_are_lifted_by_its_next_figure(shop: MemoryShop) -> None:
    shop.world.sources[POS] = SourcePorts(POS)
    shop.shelf(A, LYON, 4)
    group = DeliveryGroupInput((line(A, 1),), method="CARRY_OUT")
    await place_order(shop.context(CLERK), order(group, placed_at_location_code="LYO"))
    shop.clock.pass_by(timedelta(minutes=1))
    at = shop.clock.now()
    told = Statement(stock_key(A, LYON), 3, 0, int(at.timestamp() * 1000), at, begun_at=at)
    await shop.world.stock.state_all(POS, [told])
    assert (shop.free(A, LYON), shop.held(A, LYON)) == (3, 0)
    check_ledger(shop.database)


async def test_a_basket_may_go_several_ways(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 5)
    shop.shelf(A, LYON, 5)
    collect = DeliveryGroupInput((line(A, 1),), method="PICKUP", pickup_location_code="LYO")
    made = await placed(shop.context(), order(shipped(line(A, 2)), collect))
    assert [(work.group, work.task, work.location) for work in made.fulfillments] == [("1", "SHIP", "WH"), ("2", "HAND_OVER", "LYO")]
    assert [line.group for line in made.lines] == ["1", "2"]
    assert (shop.free(A, WAREHOUSE), shop.free(A, LYON)) == (3, 4)


async def test_what_an_earlier_group_takes_is_gone_for_a_later_one(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    told = await refusals(shop.context(), order(shipped(line(A, 2)), shipped(line(A, 2))))
    assert told == [("INSUFFICIENT_STOCK", ("deliveryGroups", "1", "lines", "0", "quantity"))]
    assert shop.free(A, WAREHOUSE) == 3


async def test_what_cannot_be_supplied_is_canceled_where_the_caller_says_so(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    payment = PaymentInput("psp", "pay-1", euros("135.00"))
    made = await placed(shop.context(), order(shipped(line(A, 5), line(B, 1)), on_shortage="CANCEL_REST", payments=(payment,)))
    assert [[(units.quantity, units.state) for units in one.units] for one in made.lines] == [
        [(3, "OFFERED"), (2, "CANCELED")],
        [(1, "CANCELED")],
    ]
    amounts = order_amounts(made)
    assert (amounts.total, amounts.canceled, amounts.refund_due) == (euros("135.00"), euros("75.00"), euros("75.00"))
    assert shop.free(A, WAREHOUSE) == 0
    check_ledger(shop.database)


async def test_what_lies_behind_a_fence_is_canceled_with_the_rest(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    shop.shelf(B, LYON, 2)
    await shop.world.locations.save((replace(PLACES[LYON], status="PAUSED"),))
    shop.look_again()
    wish = order(shipped(line(A, 2), line(B, 1)))
    assert await refusals(shop.context(), wish) == [("NOT_DELIVERABLE", ("deliveryGroups", "0", "method"))]
    made = await placed(shop.context(), replace(wish, idempotency_key=OTHER_KEY, on_shortage="CANCEL_REST"))
    assert [[(units.quantity, units.state) for units in one.units] for one in made.lines] == [[(2, "OFFERED")], [(1, "CANCELED")]]
    check_ledger(shop.database)


@pytest.mark.parametrize(("policy", "states"), [("CANCEL", ["CANCELED", "OFFERED"]), ("REFUSE", None), ("BACKORDER", ["BACKORDERED"])])
async def test_a_caller_may_leave_a_shortage_to_the_profile(policy: Any, states: Any) -> None:
    profile = SourcingProfile("p", (WEB.code,), strategies=(Strategy("all", split=SplitPolicy(on_shortage=policy)),))
    shop = await MemoryShop(replace(NETWORK, profiles=(profile,))).fill()
    shop.shelf(A, WAREHOUSE, 3)
    lot = Inbound("PURCHASE_ORDER", 9, 9, shop.clock.now() + timedelta(days=3), "PO-1")
    await shop.world.stock.supply(ERP, [Supply(stock_key(A, WAREHOUSE), "erp/inbound", (lot,))])
    wish = order(shipped(line(A, 5)), on_shortage=None)
    if states is None:
        assert await refusals(shop.context(), wish) == [("INSUFFICIENT_STOCK", ("deliveryGroups", "0", "lines", "0", "quantity"))]
        return
    made = await placed(shop.context(), wish)
    assert sorted({units.state for one in made.lines for units in one.units}) == states
    assert await refusals(shop.context(), replace(wish, idempotency_key=OTHER_KEY, on_shortage="REFUSE")) != []


async def test_nothing_at_all_is_refused_also_where_less_would_do(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    told = await refusals(shop.context(), order(shipped(line(A, 5)), on_shortage="CANCEL_REST"))
    assert told == [("INSUFFICIENT_STOCK", ("deliveryGroups", "0", "lines", "0", "quantity"))]


async def test_an_order_on_hold_keeps_its_stock_and_is_not_routed(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    answer = await place_order(shop.context(), order(shipped(line(A, 2)), hold=HoldInput("PAYMENT")))
    made = order_of(answer.record)
    assert (order_status(made), made.routed, made.fulfillments, answer.record.outbox) == ("PLACED", False, (), ())
    assert [(units.state, units.location) for units in made.lines[0].units] == [("ALLOCATED", "WH")]
    assert shop.free(A, WAREHOUSE) == 1


async def test_a_channel_with_a_release_delay_leaves_routing_to_the_router() -> None:
    shop = MemoryShop()
    delayed = replace(shop.network.channels[0], release_delay=timedelta(minutes=5))
    shop = await MemoryShop(replace(shop.network, channels=(delayed,))).fill()
    shop.shelf(A, WAREHOUSE, 3)
    made = await placed(shop.context(), order(shipped(line(A, 2))))
    assert (made.routed, made.fulfillments) == (False, ())


async def test_the_customer_stands_in_a_document_of_its_own(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    customer = CustomerInput(reference="c-1", name="Camille Martin", email="camille@example.org")
    made = await placed(shop.context(), order(shipped(line(A, 1)), customer=customer))
    assert shop.database.personal[made.rid] == PersonalData(
        made.rid, "Camille Martin", "camille@example.org", reference="c-1", address_by_group={"1": HOME}
    )
    assert "Camille" not in str(shop.database.orders[made.rid])


async def test_all_that_is_wrong_with_an_order_is_told_at_once_and_nothing_is_written(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    bad = shipped(
        line(A, 0),
        line(Sku("GHOST"), 1),
        line(Sku("NO-PRICE"), 1),
        line(A, 1, unit_price=euros("19.00")),
        line(A, 1, unit_price=Money(Decimal("20.00"), "USD")),
        line(A, 1, discount=euros("1.00")),
        fee=euros("0.00"),
    )
    told = await refusals(
        shop.context(),
        order(
            bad,
            placed_at_location_code="LYO",
            hold=HoldInput("FRAUD", shop.clock.now()),
            reservation_id="",
            customer=CustomerInput(name="x" * 501),
            payments=(PaymentInput("psp", "p", Money(Decimal(1), "USD")),),
        ),
    )
    at = ("deliveryGroups", "0", "lines")
    assert told == [
        ("OUT_OF_RANGE", (*at, "0", "quantity")),
        ("NOT_FOUND", (*at, "1", "sku")),
        ("NOT_SOLD", (*at, "2", "sku")),
        ("PRICE_CHANGED", (*at, "3", "unitPrice")),
        ("CURRENCY_MISMATCH", (*at, "4", "unitPrice")),
        ("NOT_ALLOWED_HERE", (*at, "5", "discount")),
        ("NOT_ALLOWED_HERE", ("deliveryGroups", "0", "fee")),
        ("NOT_ALLOWED_HERE", ("placedAtLocationCode",)),
        ("OUT_OF_RANGE", ("hold", "until")),
        ("TOO_MANY", ("customer", "name")),
        ("NOT_FOUND", ("reservationId",)),
        ("CURRENCY_MISMATCH", ("payments", "0", "amount", "currency")),
    ]
    assert (shop.database.orders, shop.database.keys, shop.database.personal) == ({}, {}, {})


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (order(), [("REQUIRED", ("deliveryGroups",))]),
        (order(*[shipped(line(A, 1))] * 21), [("TOO_MANY", ("deliveryGroups",))]),
        (order(shipped(*[line(A, 1)] * 201)), [("TOO_MANY", ("deliveryGroups",))]),
        (order(shipped()), [("REQUIRED", ("deliveryGroups", "0", "lines"))]),
        (order(shipped(line(A, 1)), key="guess"), [("IDEMPOTENCY_KEY_INVALID", ("idempotencyKey",))]),
        (order(shipped(line(A, 1)), channel_code="nowhere"), [("NOT_FOUND", ("channelCode",))]),
        (order(DeliveryGroupInput((line(A, 1),))), [("REQUIRED", ("deliveryGroups", "0", "promiseToken"))]),
        (order(DeliveryGroupInput((line(A, 1),), method="SHIP")), [("REQUIRED", ("deliveryGroups", "0", "address"))]),
        (order(DeliveryGroupInput((line(A, 1),), method="PICKUP")), [("REQUIRED", ("deliveryGroups", "0", "pickupLocationCode"))]),
        (
            order(DeliveryGroupInput((line(A, 1),), method="PICKUP", pickup_location_code="MOON")),
            [("NOT_FOUND", ("deliveryGroups", "0", "pickupLocationCode"))],
        ),
        (
            order(DeliveryGroupInput((line(A, 1),), method="PICKUP", pickup_location_code="NTE")),
            [("INSUFFICIENT_STOCK", ("deliveryGroups", "0", "lines", "0", "quantity"))],
        ),
        (order(DeliveryGroupInput((line(A, 1),), method="PICKUP_POINT")), [("NOT_DELIVERABLE", ("deliveryGroups", "0", "method"))]),
        (order(DeliveryGroupInput((line(A, 1),), service_code="teleport")), [("NOT_FOUND", ("deliveryGroups", "0", "serviceCode"))]),
        (order(DeliveryGroupInput((line(A, 1),), method="CARRY_OUT")), [("REQUIRED", ("placedAtLocationCode",))]),
        (
            order(DeliveryGroupInput((line(A, 1),), method="SHIP", address=Address("US", line1="1 A St", postal_code="10001", city="NY"))),
            [("NOT_DELIVERABLE", ("deliveryGroups", "0", "method"))],
        ),
        (
            order(DeliveryGroupInput((line(A, 1),), method="SHIP", address=Address("FR", line1=" "))),
            [("REQUIRED", ("deliveryGroups", "0", "address", name)) for name in ("line1", "postalCode", "city")],
        ),
        (
            order(replace(shipped(line(A, 1)), pickup_point=PickupPoint("dpd", "7"), pickup_location_code="LYO")),
            [("INVALID", ("deliveryGroups", "0", name)) for name in ("pickupPoint", "pickupLocationCode")],
        ),
        (
            order(
                DeliveryGroupInput((line(A, 0),), service_code="by_balloon", address=HOME),
                DeliveryGroupInput((line(Sku("nothing"), 1),), method="PICKUP", pickup_location_code="MARS"),
            ),
            [
                ("OUT_OF_RANGE", ("deliveryGroups", "0", "lines", "0", "quantity")),
                ("NOT_FOUND", ("deliveryGroups", "1", "lines", "0", "sku")),
                ("NOT_FOUND", ("deliveryGroups", "0", "serviceCode")),
                ("NOT_FOUND", ("deliveryGroups", "1", "pickupLocationCode")),
            ],
        ),
        (
            order(shipped(line(A, 1)), attributes=(Attribute("gift", "x" * 2_001),)),
            [("TOO_MANY", ("attributes", "0", "value"))],
        ),
        (
            order(shipped(line(A, 1), line(A, 9), line(A, 1))),
            [("INSUFFICIENT_STOCK", ("deliveryGroups", "0", "lines", "2", "quantity"))],
        ),
        (
            order(shipped(line(A, 1)), attributes=(Attribute("gift", "for\x00you"),), reference="two\nlines"),
            [("INVALID", ("attributes", "0", "value"))],
        ),
        (
            order(DeliveryGroupInput((line(A, 1),), method="SHIP", address=replace(HOME, postal_code="7" * 21))),
            [("TOO_MANY", ("deliveryGroups", "0", "address", "postalCode"))],
        ),
        (order(shipped(line(A, 11))), [("INSUFFICIENT_STOCK", ("deliveryGroups", "0", "lines", "0", "quantity"))]),
        (order(shipped(line(A, 1)), payments=(PaymentInput("psp", "p", euros("24.00")),)), [("PAYMENT_MISMATCH", ("payments",))]),
        (order(shipped(line(A, 1)), payments=(PaymentInput("psp", "p", euros("25.00")),)), [("PAYMENT_MISMATCH", ("payments",))]),
        (order(shipped(line(A, 1)), placed_at_location_code="LYO"), [("NOT_ALLOWED_HERE", ("placedAtLocationCode",))]),
    ],
)
async def test_an_order_that_cannot_be_is_refused_by_name(
    shop: MemoryShop, command: PlaceOrder, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    assert await refusals(shop.context(), command) == expected
    assert shop.free(A, WAREHOUSE) == 10
    assert shop.database.orders == {}


async def test_a_price_in_another_currency_than_the_channel_s_sells_nothing() -> None:
    shop = await MemoryShop(replace(NETWORK, channels=(replace(WEB, currency="GBP"),))).fill()
    shop.shelf(A, WAREHOUSE, 5)
    told = await refusals(shop.context(), order(shipped(line(A, 3))))
    assert told == [("NOT_SOLD", ("deliveryGroups", "0", "lines", "0", "sku"))]
    context = shop.context()
    await context.ready()
    quoted = await delivery_promises(context, BasketWish((SkuQuantity(A, 1),), destination=Destination("FR", "75004"), methods=("SHIP",)))
    assert [(absent.reason, absent.skus) for absent in quoted.unavailable] == [("NOT_IN_CHANNEL", (A,))]
    assert not quoted.quotes


async def test_staff_take_orders_at_their_own_stores_only(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    told = await refusals(shop.context(CLERK), order(shipped(line(A, 1)), placed_at_location_code=NANTES))
    assert told == [("NOT_ALLOWED_HERE", ("placedAtLocationCode",))]
    made = await placed(shop.context(CLERK), order(shipped(line(A, 1)), placed_at_location_code=LYON))
    assert (made.placed_at_location, made.placed_by.kind) == ("LYO", "STAFF")


async def test_a_marketplace_brings_its_own_prices_fees_and_dates(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    latest = shop.clock.now() + timedelta(days=9)
    ordered_at = shop.clock.now() - timedelta(hours=3)
    own = line(A, 2, unit_price=euros("17.50"), discount=euros("5.00"))
    group = shipped(own, fee=euros("3.00"), promised_by=latest)
    made = await placed(shop.context(MARKETPLACE), order(group, reference="M-1", placed_at=ordered_at))
    assert order_amounts(made).total == euros("33.00")
    assert made.groups[0].promise is not None
    assert (made.groups[0].promise.latest, made.placed_at, made.channel) == (latest, ordered_at, "market")
    told = await refusals(shop.context(MARKETPLACE), order(group, key=OTHER_KEY, reference="M-1"))
    assert told == [("DUPLICATE", ("reference",))]
    assert shop.free(A, WAREHOUSE) == 8


async def test_of_two_orders_placed_at_once_with_one_reference_the_other_is_refused_as_later_ones_are(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    group = shipped(line(A, 2))
    keys = [f"{letter}" * 22 for letter in "abcd"]
    calls = (place_order(shop.context(MARKETPLACE), order(group, key=key, reference="M-1")) for key in keys)
    answers = await asyncio.gather(*calls, return_exceptions=True)
    (made,) = [answer for answer in answers if isinstance(answer, Placed)]
    refused = [answer for answer in answers if isinstance(answer, DomainError)]
    number = order_of(made.record).number
    message = f"Your order {number} has this reference already; use another one."
    assert [(one.refusal, one.field, one.message) for one in refused] == [("DUPLICATE", ("reference",), message)] * 3
    assert shop.free(A, WAREHOUSE) == 8
    assert len([doc for doc in shop.database.orders.values() if doc.order]) == 1
    again = await place_order(shop.context(MARKETPLACE), order(group, key=keys[answers.index(made)], reference="M-1"))
    assert again.record.rid == made.record.rid
    check_ledger(shop.database)


async def test_the_reference_of_an_order_that_got_no_stock_may_be_used_again(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 1)
    shop.view.freeze()
    shop.shelf(A, WAREHOUSE, 0)
    assert await refusals(shop.context(MARKETPLACE), order(shipped(line(A, 1)), reference="M-1")) == [
        ("INSUFFICIENT_STOCK", ("deliveryGroups", "0", "lines", "0", "quantity"))
    ]
    shop.shelf(A, WAREHOUSE, 1)
    made = await placed(shop.context(MARKETPLACE), order(shipped(line(A, 1)), key=OTHER_KEY, reference="M-1"))
    assert made.reference == "M-1"


async def test_callers_of_their_own_may_have_one_reference(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    for who in (MARKETPLACE, SHOPPER, OTHER_SHOPPER):
        assert (await placed(shop.context(who), order(shipped(line(A, 1)), reference="M-1"))).reference == "M-1"


async def test_an_order_paid_in_full_keeps_its_payments(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    made = await placed(shop.context(), order(shipped(line(A, 1)), payments=(PaymentInput("psp", "p", euros("24.90")),)))
    assert [(paid.provider, paid.reference, paid.amount) for paid in made.payments] == [("psp", "p", Decimal("24.90"))]


async def test_a_hold_of_a_promised_plan_becomes_the_order_as_it_is(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 5)
    quoted = await quote(shop, "SHIP", A, 2)
    shop.shelf(A, WAREHOUSE, 50)
    held = await reserve_stock(shop.context(), ReserveStock(OTHER_KEY, (ReserveLine(A, 2),), promise_tokens=(quoted.token,)))
    assert [(claim.key, claim.units) for claim in held.claims] == [("A|LYO", 2)]
    group = DeliveryGroupInput((line(A, 2),), promise_token=quoted.token, address=HOME)
    answer = await place_order(shop.context(), order(group, reservation_id=held.rid))
    assert answer.record.claims == held.claims
    assert (shop.free(A, LYON), shop.free(A, WAREHOUSE)) == (3, 50)


async def test_a_token_of_other_goods_holds_nothing(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 5)
    quoted = await quote(shop, "SHIP", A, 2)
    with pytest.raises(DomainError) as refused:
        await reserve_stock(shop.context(), ReserveStock(OTHER_KEY, (ReserveLine(A, 3),), promise_tokens=(quoted.token,)))
    assert [(one.refusal, one.field) for one in refused.value.each] == [("INVALID", ("promiseTokens",))]
    assert shop.free(A, LYON) == 5


async def test_a_hold_elsewhere_gives_way_to_the_plan_that_the_token_names(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 5)
    quoted = await quote(shop, "SHIP", A, 2)
    shop.shelf(A, WAREHOUSE, 5)
    held = await reserve_stock(shop.context(), ReserveStock(OTHER_KEY, (ReserveLine(A, 2, "WH"),)))
    group = DeliveryGroupInput((line(A, 2),), promise_token=quoted.token, address=HOME)
    made = await placed(shop.context(), order(group, reservation_id=held.rid))
    assert [work.location for work in made.fulfillments] == ["LYO"]
    assert (shop.free(A, LYON), shop.free(A, WAREHOUSE)) == (3, 5)
    check_ledger(shop.database)


async def test_figures_that_are_too_old_are_told_apart_from_an_empty_shelf(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 5)
    shop.clock.pass_by(timedelta(hours=25))
    with pytest.raises(DomainError) as refused:
        await place_order(shop.context(), order(shipped(line(A, 1))))
    assert refused.value.refusal == "NOT_DELIVERABLE"
    assert "too old" in refused.value.message
