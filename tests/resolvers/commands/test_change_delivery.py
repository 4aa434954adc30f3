"""Changing a delivery: to another door, another town, another store or another service; those who have begun are asked first."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from gateway.domain.errors import DomainError, Forbidden, IllegalTransition, Refused, SourceRejected
from gateway.domain.feeds import Message
from gateway.domain.location import Address
from gateway.domain.order import Order
from gateway.domain.promise.options import Destination
from gateway.domain.quantities import SkuQuantity
from gateway.ports.order_book import Record
from resolvers.commands.change_delivery import change_delivery
from resolvers.commands.inputs import ChangeDelivery, CustomerInput, DeliveryGroupInput, HoldInput, OrderLineInput, OrderRef, PlaceOrder
from resolvers.commands.place_order import place_order
from resolvers.commands.router import route
from resolvers.hand_over.relay import relay_one
from resolvers.questions.promises import BasketWish, delivery_promises
from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.resolvers.commands.test_place_order import HOME
from tests.support.memory_shop import ERP, MARKETPLACE, OPERATOR, WMS, A, MemoryShop, check_ledger, check_sums, order_of
from tests.support.working import Worker

NEXT_DOOR = replace(HOME, line1="14 rue de Rivoli")
LYON_HOME = Address("FR", name="Camille Martin", line1="9 cours Lafayette", postal_code="69003", city="Lyon")


@pytest.fixture
async def shop() -> MemoryShop:
    shop = await MemoryShop().fill()
    for place in (WAREHOUSE, LYON, NANTES):
        shop.shelf(A, place, 10)
    return shop


async def placed(shop: MemoryShop, *, service: str = "standard", store: str | None = None, **more: Any) -> Record:
    where = {"pickup_location_code": store} if store else {"address": HOME}
    group = DeliveryGroupInput((OrderLineInput(A, 2),), service_code=service, **where)  # type: ignore[arg-type]
    return (await place_order(shop.context(), PlaceOrder("o" * 22, (group,), customer=CustomerInput(name="Camille"), **more))).record


async def changed(shop: MemoryShop, record: Record, key: str = "c", who: Any = OPERATOR, **to: Any) -> Order:
    shop.clock.pass_by(timedelta(minutes=1))
    wish = ChangeDelivery(key * 22, OrderRef(rid=record.rid), f"{record.rid}/1", **to)
    order = order_of(await change_delivery(shop.context(who), wish))
    check_sums(order)
    check_ledger(shop.database)
    return order


async def address(shop: MemoryShop, record: Record) -> Address:
    name = order_of(await shop.record(record.rid)).groups[0].address_name
    return (await shop.world.orders.personal([record.rid]))[record.rid].address_by_group[name]


def units(order: Order) -> dict[tuple[str, str | None], int]:
    return {(part.state, part.location): part.quantity for line in order.lines for part in line.units if part.quantity}


async def carried(shop: MemoryShop) -> None:
    while await relay_one(shop.world, "relay"):
        pass


async def test_another_door_is_told_and_nothing_moves(shop: MemoryShop) -> None:
    record = await placed(shop)
    order = await changed(shop, record, address=NEXT_DOOR)
    assert await address(shop, record) == NEXT_DOOR
    (before,), (group,) = order_of(record).groups, order.groups
    assert (order.fulfillments, replace(group, address_key=None)) == (order_of(record).fulfillments, before)
    assert order.history[-1].summary == "Delivery 1 goes to another address."
    again = await changed(shop, record, address=NEXT_DOOR)
    assert again == order
    await carried(shop)
    (shipment,) = shop.targets[WMS].effects
    ship_to = shipment.body["ship_to"]
    assert isinstance(ship_to, dict)
    assert ship_to["line1"] == "14 rue de Rivoli"


async def test_another_town_is_promised_and_sourced_anew(shop: MemoryShop) -> None:
    record = await placed(shop)
    before = order_of(record).groups[0]
    order = await changed(shop, record, address=LYON_HOME)
    (group,) = order.groups
    assert before.promise is not None
    assert group.promise is not None
    assert (group.postal_code, await address(shop, record), group.fee) == ("69003", LYON_HOME, before.fee)
    assert [(one.latest, one.cause) for one in group.promise.earlier] == [(before.promise.latest, "CUSTOMER_CHANGE")]
    assert [work.state for work in order.fulfillments] == ["CANCELED", "OFFERED"]
    newest = (await shop.world.decisions.of(record.rid, 9))[0]
    assert (newest.trigger, newest.service) == ("DELIVERY_CHANGED", "standard")


async def test_what_is_collected_is_collected_elsewhere(shop: MemoryShop) -> None:
    record = await placed(shop, service="collect", store=LYON)
    order = await changed(shop, record, pickup_location_code=NANTES)
    assert (order.groups[0].pickup_location, units(order)) == (NANTES, {("OFFERED", NANTES): 2})
    assert (shop.free(A, LYON), shop.free(A, NANTES)) == (10, 8)
    assert next((one.trigger, [part.location for part in one.shipments]) for one in await shop.world.decisions.of(record.rid, 9)) == (
        "DELIVERY_CHANGED",
        [NANTES],
    )


async def option(shop: MemoryShop, service: str, **where: Any) -> str:
    context = shop.context()
    await context.ready()
    wish = BasketWish((SkuQuantity(A, 2),), services=(service,), **where)
    return (await delivery_promises(context, wish)).quotes[0].token


async def test_a_parcel_becomes_a_collection_by_the_option_that_the_customer_chose(shop: MemoryShop) -> None:
    record = await placed(shop)
    order = await changed(shop, record, promise_token=await option(shop, "collect", pickup_location=LYON))
    group = order.groups[0]
    assert (group.method, group.service, group.pickup_location, units(order)) == ("PICKUP", "collect", LYON, {("OFFERED", LYON): 2})
    assert [(work.task, work.state) for work in order.fulfillments] == [("SHIP", "CANCELED"), ("HAND_OVER", "OFFERED")]
    assert group.fee == order_of(record).groups[0].fee


async def test_the_same_shelf_hands_over_what_it_was_to_send(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    record = await placed(shop)
    (place,) = {location for _, location in units(order_of(record))}
    order = await changed(shop, record, promise_token=await option(shop, "collect", pickup_location=place))
    assert [(work.task, work.state, work.location) for work in order.fulfillments] == [
        ("SHIP", "CANCELED", place),
        ("HAND_OVER", "OFFERED", place),
    ]
    assert shop.free(A, str(place)) == 8  # type: ignore[arg-type]


async def test_a_dearer_way_is_refused_and_all_stays_as_it_was(shop: MemoryShop) -> None:
    record = await placed(shop)
    token = await option(shop, "tonight", destination=Destination("FR", "69003"))
    with pytest.raises(DomainError) as refused:
        await changed(shop, record, promise_token=token)
    assert refused.value.each[0].refusal in {"PAYMENT_MISMATCH", "PROMISE_CHANGED"}
    assert order_of(await shop.record(record.rid)).groups == order_of(record).groups


async def test_what_cannot_be_had_there_stays_as_it_was(shop: MemoryShop) -> None:
    record = await placed(shop, service="collect", store=LYON)
    shop.shelf(A, NANTES, 1)
    with pytest.raises(DomainError) as refused:
        await changed(shop, record, pickup_location_code=NANTES)
    assert [one.refusal for one in refused.value.each] == ["INSUFFICIENT_STOCK"]
    assert units(order_of(await shop.record(record.rid))) == {("OFFERED", LYON): 2}
    with pytest.raises(DomainError) as nowhere:
        await changed(shop, record, key="d", pickup_location_code="MARS")
    assert [(one.refusal, one.field) for one in nowhere.value.each] == [("NOT_FOUND", ("to", "pickupLocationCode"))]


async def test_an_address_alone_changes_until_it_is_packed(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 0)
    record = await placed(shop)
    worker = Worker(shop, OPERATOR, order_of(record).fulfillments[0].number)
    await worker.accept()
    await changed(shop, record, key="d", address=NEXT_DOOR)
    assert await address(shop, record) == NEXT_DOOR
    await worker.pick()
    await worker.pack(l1=2)
    for key, to in (("e", HOME), ("f", LYON_HOME)):
        with pytest.raises(IllegalTransition) as refused:
            await changed(shop, record, key=key, address=to)
        assert (refused.value.state, refused.value.field) == ("PACKED", ("deliveryGroupId",))
    assert await address(shop, record) == NEXT_DOOR


async def routed_again(shop: MemoryShop) -> None:
    """Do what a worker does for all orders that are to be routed."""
    for record in await shop.world.orders.unrouted(shop.clock.now(), 10):
        await route(shop.world, record)


def work_messages(shop: MemoryShop) -> list[Message]:
    return [one for target in shop.targets.values() for one in target.effects if one.kind not in {"ORDER", "CHANGE"}]


def asked_back(order: Order) -> list[tuple[str, str]]:
    return [(work.location, work.state) for work in order.fulfillments if work.asked_back_at]


@pytest.mark.parametrize(
    ("to", "street", "postal_code"), [(NEXT_DOOR, "14 rue de Rivoli", "75004"), (LYON_HOME, "9 cours Lafayette", "69003")]
)
async def test_its_system_is_asked_to_give_back_what_it_was_told_of_and_told_anew(
    shop: MemoryShop, to: Address, street: str, postal_code: str
) -> None:
    record = await placed(shop)
    await carried(shop)
    was = order_of(record).groups[0]
    order = await changed(shop, record, address=to)
    assert (asked_back(order), order.groups[0].promise, await address(shop, record)) == ([(WAREHOUSE, "OFFERED")], was.promise, HOME)
    assert order.history[-1].summary == f"{WAREHOUSE} was asked to give its work back: its delivery is to change."
    assert await changed(shop, record, address=to) == order
    await routed_again(shop)
    assert units(order_of(await shop.record(record.rid))) == {("OFFERED", WAREHOUSE): 2}
    await carried(shop)
    given_back = order_of(await shop.record(record.rid))
    assert given_back.history[-1].summary == f"{WAREHOUSE} has given its work back, so that its delivery can change."
    assert given_back.groups[0].promise == was.promise
    await routed_again(shop)
    after = order_of(await shop.record(record.rid))
    assert ([work.state for work in after.fulfillments], after.groups[0].postal_code) == (["CANCELED", "OFFERED"], postal_code)
    assert (after.groups[0].change, await address(shop, record), after.attention) == (None, to, ())
    await carried(shop)
    first, cancel, second = work_messages(shop)
    assert (first.kind, cancel.kind, cancel.reference) == ("SHIPMENT", "CANCEL", first.reference)
    assert cast("dict[str, Any]", second.body["ship_to"])["line1"] == street
    assert told_of_delivery(shop)[-1] == ("CHANGE", "SHIP", street, None)
    check_sums(after)
    check_ledger(shop.database)
    assert await changed(shop, record, address=to) == order_of(await shop.record(record.rid))


async def test_a_system_that_goes_on_keeps_what_was_promised_and_the_call_is_refused(shop: MemoryShop) -> None:
    record = await placed(shop)
    await carried(shop)
    was = order_of(record).groups[0]
    await changed(shop, record, address=LYON_HOME)
    shop.targets[WMS].switch.fault = SourceRejected(WMS, "it is on the belt")
    await carried(shop)
    after = order_of(await shop.record(record.rid))
    assert (after.groups[0], await address(shop, record), asked_back(after)) == (was, HOME, [])
    assert [event.summary for event in after.history if "stays" in event.summary] == [
        f"Delivery 1 stays as it was: {WAREHOUSE} goes on with its work."
    ]
    assert [one.code for one in after.attention] == ["CANCELLATION_REFUSED"]
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await changed(shop, record, address=LYON_HOME)
        assert (refused.value.refusal, refused.value.field) == ("ILLEGAL_TRANSITION", ("deliveryGroupId",))
    await routed_again(shop)
    assert units(order_of(await shop.record(record.rid))) == {("OFFERED", WAREHOUSE): 2}
    check_ledger(shop.database)


async def test_a_store_that_has_begun_answers_itself(shop: MemoryShop) -> None:
    record = await placed(shop, service="collect", store=LYON)
    await carried(shop)
    number = order_of(record).fulfillments[0].number
    worker = Worker(shop, OPERATOR, number)
    await worker.accept()
    order = await changed(shop, record, pickup_location_code=NANTES)
    assert (asked_back(order), order.groups[0].pickup_location) == ([(LYON, "ACCEPTED")], LYON)
    with pytest.raises(Refused) as busy:
        await changed(shop, record, key="d", pickup_location_code=NANTES)
    assert busy.value.refusal == "CHANGED_MEANWHILE"
    await worker.answer(granted=True)
    await routed_again(shop)
    after = order_of(await shop.record(record.rid))
    assert (after.groups[0].pickup_location, units(after)) == (NANTES, {("OFFERED", NANTES): 2})


async def test_what_was_only_offered_waits_with_what_is_asked_back(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 1)
    shop.shelf(A, LYON, 1)
    shop.shelf(A, NANTES, 0)
    record = await placed(shop)
    while await relay_one(shop.world, "relay", {ERP, WMS}):
        pass
    shop.shelf(A, NANTES, 2)
    order = await changed(shop, record, address=LYON_HOME)
    assert units(order) == {("OFFERED", WAREHOUSE): 1, ("ALLOCATED", LYON): 1}
    await routed_again(shop)
    assert units(order_of(await shop.record(record.rid))) == {("OFFERED", WAREHOUSE): 1, ("ALLOCATED", LYON): 1}
    await carried(shop)
    await routed_again(shop)
    after = order_of(await shop.record(record.rid))
    assert (after.groups[0].postal_code, {state for state, _ in units(after)}) == ("69003", {"OFFERED"})
    check_sums(after)
    check_ledger(shop.database)


async def test_what_cannot_be_had_any_more_once_it_was_given_back_goes_the_old_way(shop: MemoryShop) -> None:
    record = await placed(shop, service="collect", store=LYON)
    await carried(shop)
    await changed(shop, record, pickup_location_code=NANTES)
    shop.shelf(A, NANTES, 0)
    await carried(shop)
    await routed_again(shop)
    after = order_of(await shop.record(record.rid))
    assert (after.groups[0].pickup_location, after.groups[0].change) == (LYON, None)
    assert units(after) == {("OFFERED", LYON): 2}
    with pytest.raises(Refused) as refused:
        await changed(shop, record, pickup_location_code=NANTES)
    assert refused.value.refusal == "INSUFFICIENT_STOCK"
    check_ledger(shop.database)


async def test_a_change_that_could_not_be_had_is_refused_before_anybody_is_asked(shop: MemoryShop) -> None:
    record = await placed(shop)
    await carried(shop)
    with pytest.raises(DomainError):
        await changed(shop, record, promise_token=await option(shop, "tonight", destination=Destination("FR", "69003")))
    assert asked_back(order_of(await shop.record(record.rid))) == []


def told_of_delivery(shop: MemoryShop) -> list[tuple[str, str, str | None, str | None]]:
    """Return what the ERP was told of where the goods go: message, method, street and store."""
    told: list[tuple[str, str, str | None, str | None]] = []
    for message in shop.targets[ERP].effects:
        (one,) = cast("list[dict[str, Any]]", message.body["deliveries"])
        told.append((message.kind, one["method"], (one["ship_to"] or {}).get("line1"), one["location"]))
    return told


async def told_to_the_erp(shop: MemoryShop) -> None:
    while await relay_one(shop.world, "relay", {ERP}):
        pass


async def test_who_knows_the_order_is_told_where_it_goes_now(shop: MemoryShop) -> None:
    record = await placed(shop)
    await told_to_the_erp(shop)
    await changed(shop, record, address=NEXT_DOOR)
    await told_to_the_erp(shop)
    await changed(shop, record, key="d", address=LYON_HOME)
    await told_to_the_erp(shop)
    await changed(shop, record, key="e", promise_token=await option(shop, "collect", pickup_location=LYON))
    await told_to_the_erp(shop)
    assert told_of_delivery(shop) == [
        ("ORDER", "SHIP", "12 rue de Rivoli", None),
        ("CHANGE", "SHIP", "14 rue de Rivoli", None),
        ("CHANGE", "SHIP", "9 cours Lafayette", None),
        ("CHANGE", "PICKUP", None, LYON),
    ]


async def test_who_knows_nothing_of_the_order_yet_is_told_it_as_it_is(shop: MemoryShop) -> None:
    record = await placed(shop)
    await changed(shop, record, address=NEXT_DOOR)
    await told_to_the_erp(shop)
    assert told_of_delivery(shop) == [("ORDER", "SHIP", "14 rue de Rivoli", None)]


async def test_nothing_changes_while_it_is_not_known_whether_the_order_has_arrived(shop: MemoryShop) -> None:
    record = await placed(shop)
    shop.targets[ERP].lose_answers = 1
    await told_to_the_erp(shop)
    for to in ({"address": NEXT_DOOR}, {"address": LYON_HOME}):
        with pytest.raises(DomainError) as refused:
            await changed(shop, record, **to)
        assert [(one.refusal, one.field) for one in refused.value.each] == [("CHANGED_MEANWHILE", ("order",))]
    shop.clock.pass_by(timedelta(minutes=20))
    await told_to_the_erp(shop)
    await changed(shop, record, address=NEXT_DOOR)
    await told_to_the_erp(shop)
    assert [told[2] for told in told_of_delivery(shop)] == ["12 rue de Rivoli", "14 rue de Rivoli"]


async def test_an_order_on_hold_goes_elsewhere_once_it_is_released(shop: MemoryShop) -> None:
    record = await placed(shop, hold=HoldInput("PAYMENT"))
    order = await changed(shop, record, address=LYON_HOME)
    assert ({state for state, _ in units(order)}, order.fulfillments, order.routed) == ({"ALLOCATED"}, (), False)
    assert order.groups[0].postal_code == "69003"


async def test_who_may_not_see_or_change_the_order_cannot(shop: MemoryShop) -> None:
    record = await placed(shop)
    with pytest.raises((DomainError, Forbidden)):
        await changed(shop, record, who=MARKETPLACE, address=NEXT_DOOR)
    assert await address(shop, record) == HOME
