"""Offers that nobody answers: they end in the place's working hours, go elsewhere once, and are asked back where a system has them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.claims.documents import StockDoc, rid_of_mid
from gateway.domain.delivery_group import DeliveryPromise
from gateway.domain.errors import IllegalTransition, SourceRejected, SourceTimeout
from gateway.domain.ids import ChannelCode, LocationCode
from gateway.domain.order import Order
from gateway.domain.order_status import order_status
from gateway.domain.sourcing_terms import SourcingProfile
from gateway.ports.order_book import Record
from resolvers.commands.lapse_offers import lapse_offers
from resolvers.commands.router import route
from resolvers.hand_over.relay import relay_one
from tests.domain.retailer import LYON, NANTES, PLACES, WAREHOUSE, at
from tests.support.memory_shop import NETWORK, OPERATOR, POS, WMS, A, MemoryShop, check_ledger, check_sums, order_of
from tests.support.placed_orders import goods, placed
from tests.support.working import Worker

WITHIN = timedelta(hours=2)


@pytest.fixture
async def shop() -> MemoryShop:
    return await impatient(MemoryShop())


async def impatient(shop: MemoryShop) -> MemoryShop:
    """Let every place have two hours to accept what it is offered, and goods to offer it."""
    await shop.fill()
    await shop.world.locations.save([replace(place, accept_within=WITHIN) for place in PLACES.values()])
    for place in PLACES:
        shop.shelf(A, place, 10)
    return shop


async def carried(shop: MemoryShop) -> None:
    while await relay_one(shop.world, "relay"):
        pass


async def offered(shop: MemoryShop, place: LocationCode = WAREHOUSE) -> Record:
    """Place and route an order as the router does, which knows the places as they are stored."""
    record = await placed(shop, goods(shop, (A, 3, place)), route=False)
    return await route(shop.world, record)


async def one_round(shop: MemoryShop) -> int:
    """Do what a worker does; return how many orders were looked at."""
    found = await shop.world.orders.lapsing(10)
    for record in found.records:
        await lapse_offers(shop.world, record, found.at)
    for record in await shop.world.orders.unrouted(shop.clock.now(), 10):
        await route(shop.world, record)
    return len(found.records)


def works(order: Order) -> list[tuple[str, str, int]]:
    return [(work.location, work.state, work.attempt) for work in order.fulfillments]


async def test_an_offer_ends_in_the_working_hours_of_its_place(shop: MemoryShop) -> None:
    shop.clock.at = at("2025-06-26", "18:00")
    late = order_of(await offered(shop, LYON))
    assert late.fulfillments[0].lapses_at == at("2025-06-27", "11:00")
    shop.clock.at = at("2025-06-27", "19:00")
    friday = order_of(await placed_again(shop))
    assert friday.fulfillments[0].lapses_at == at("2025-06-30", "08:00")


async def placed_again(shop: MemoryShop) -> Record:
    return await route(shop.world, await placed(shop, goods(shop, (A, 1, WAREHOUSE)), key="again", route=False))


async def test_what_nobody_accepted_in_time_goes_to_another_place_and_never_back(shop: MemoryShop) -> None:
    record = await offered(shop)
    shop.clock.pass_by(WITHIN - timedelta(seconds=1))
    assert await one_round(shop) == 0
    shop.clock.pass_by(timedelta(seconds=1))
    assert await one_round(shop) == 1
    after = await shop.record(record.rid)
    order = order_of(after)
    assert works(order) == [("WH", "LAPSED", 1), ("LYO", "OFFERED", 2)]
    assert (shop.free(A, WAREHOUSE), shop.free(A, LYON)) == (10, 7)
    assert [(entry.kind, entry.state) for entry in after.outbox] == [
        ("ORDER", "WAITING"),
        ("SHIPMENT", "DROPPED"),
        ("STORE_TASK", "WAITING"),
    ]
    assert "WH did not accept it in time." in [event.summary for event in order.history]
    assert order.groups[0].promise == order_of(record).groups[0].promise
    assert await one_round(shop) == 0
    check_sums(order)
    check_ledger(shop.database)


async def test_another_place_s_units_are_taken_before_the_old_ones_are_given_back(
    shop: MemoryShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, held = await offered(shop), list[int]()
    put = shop.database.put_stock

    def noted(doc: StockDoc) -> None:
        put(doc)
        markers = (marker for one in shop.database.stock.values() for mid, marker in one.markers.items() if rid_of_mid(mid) == record.rid)
        held.append(sum(marker.q for marker in markers))

    monkeypatch.setattr(shop.database, "put_stock", noted)
    shop.clock.pass_by(WITHIN)
    await one_round(shop)
    assert works(order_of(await shop.record(record.rid))) == [("WH", "LAPSED", 1), ("LYO", "OFFERED", 2)]
    assert (min(held), max(held), held[-1]) == (3, 6, 3)


async def test_an_offer_that_lapsed_cannot_be_accepted_any_more(shop: MemoryShop) -> None:
    record = await offered(shop)
    shop.clock.pass_by(WITHIN)
    await one_round(shop)
    with pytest.raises(IllegalTransition):
        await Worker(shop, OPERATOR, order_of(record).fulfillments[0].number).accept()


async def test_one_that_was_accepted_in_time_does_not_lapse(shop: MemoryShop) -> None:
    record = await offered(shop)
    await Worker(shop, OPERATOR, order_of(record).fulfillments[0].number).accept()
    shop.clock.pass_by(WITHIN * 9)
    assert await one_round(shop) == 0
    assert works(order_of(await shop.record(record.rid))) == [("WH", "ACCEPTED", 1)]


async def test_places_are_asked_in_turn_until_as_many_have_missed_it_as_may(shop: MemoryShop) -> None:
    record = await offered(shop)
    for _ in PLACES:
        await promised_for_later(shop, record)
        shop.clock.pass_by(timedelta(hours=4))
        assert await one_round(shop) == 1
    order = order_of(await shop.record(record.rid))
    assert [(state, attempt) for _, state, attempt in works(order)] == [("LAPSED", 1), ("LAPSED", 2), ("LAPSED", 3)]
    assert {place for place, _, _ in works(order)} == set(PLACES)
    assert (order_status(order), [one.code for one in order.attention]) == ("PLACED", ["UNSOURCED"])
    assert [shop.free(A, place) for place in PLACES] == [10, 10, 10]
    check_ledger(shop.database)


async def promised_for_later(shop: MemoryShop, record: Record) -> None:
    """Let nothing but the number of attempts end the search."""
    current = await shop.record(record.rid)
    order = order_of(current)
    group = order.groups[0]
    assert group.promise
    far = replace(group, promise=replace(group.promise, latest=shop.clock.at + timedelta(days=20)))
    assert await shop.world.orders.write(current, replace(order, groups=(far,)))


async def test_a_channel_says_how_many_places_may_miss_an_order(shop: MemoryShop) -> None:
    strict = replace(NETWORK, channels=tuple(replace(channel, most_attempts=1) for channel in NETWORK.channels))
    shop = await impatient(MemoryShop(strict))
    record = await offered(shop)
    shop.clock.pass_by(WITHIN)
    await one_round(shop)
    order = order_of(await shop.record(record.rid))
    assert (works(order), [one.code for one in order.attention]) == ([("WH", "LAPSED", 1)], ["UNSOURCED"])


async def promised_by_noon(shop: MemoryShop, record: Record) -> DeliveryPromise:
    """Let the order be promised for so soon that only what was planned first can keep it."""
    group = order_of(record).groups[0]
    assert group.promise
    promise = replace(group.promise, latest=shop.clock.at + timedelta(hours=3))
    assert await shop.world.orders.write(record, replace(order_of(record), groups=(replace(group, promise=promise),)))
    return promise


async def test_the_promise_binds_the_next_place_too(shop: MemoryShop) -> None:
    record = await offered(shop)
    await promised_by_noon(shop, record)
    shop.clock.pass_by(WITHIN)
    await one_round(shop)
    order = order_of(await shop.record(record.rid))
    assert (works(order), [one.code for one in order.attention]) == ([("WH", "LAPSED", 1)], ["UNSOURCED"])


async def test_what_is_collected_off_the_place_s_own_shelf_waits(shop: MemoryShop) -> None:
    wish = goods(shop, (A, 1, NANTES), method="PICKUP", service="collect")
    record = await route(shop.world, await placed(shop, wish, route=False))
    assert order_of(record).fulfillments[0].lapses_at is None
    shop.clock.pass_by(timedelta(days=3))
    assert await one_round(shop) == 0


async def test_work_that_its_system_has_is_asked_back_and_goes_on_only_by_its_word(shop: MemoryShop) -> None:
    record = await offered(shop)
    await carried(shop)
    shop.clock.pass_by(WITHIN)
    assert await one_round(shop) == 1
    asked = await shop.record(record.rid)
    assert works(order_of(asked)) == [("WH", "OFFERED", 1)]
    assert [(entry.kind, entry.source) for entry in asked.outbox if entry.state == "WAITING"] == [("CANCEL", WMS)]
    assert await one_round(shop) == 0
    assert (shop.free(A, WAREHOUSE), shop.free(A, LYON)) == (7, 10)
    await carried(shop)
    assert await one_round(shop) == 0
    after = order_of(await shop.record(record.rid))
    assert works(after) == [("WH", "LAPSED", 1), ("LYO", "OFFERED", 2)]
    assert (shop.free(A, WAREHOUSE), shop.free(A, LYON), after.refunds) == (10, 7, ())
    assert [message.kind for message in shop.targets[WMS].effects] == ["SHIPMENT", "CANCEL"]
    await carried(shop)
    assert [message.kind for message in shop.targets[POS].effects] == ["STORE_TASK"]
    check_sums(after)
    check_ledger(shop.database)


async def test_a_system_that_does_not_let_go_is_asked_once_and_a_person_is_told(shop: MemoryShop) -> None:
    record = await offered(shop)
    await carried(shop)
    shop.clock.pass_by(WITHIN)
    await one_round(shop)
    shop.targets[WMS].switch.fault = SourceRejected(WMS, "it is on the belt")
    await carried(shop)
    shop.clock.pass_by(WITHIN * 5)
    assert await one_round(shop) == 0
    order = order_of(await shop.record(record.rid))
    assert works(order) == [("WH", "OFFERED", 1)]
    assert [(one.code, one.message) for one in order.attention] == [
        ("CANCELLATION_REFUSED", "wms did not cancel the work of WH: it is on the belt")
    ]


async def test_work_of_which_nobody_knows_whether_it_arrived_is_left_to_its_relay(shop: MemoryShop) -> None:
    record = await offered(shop)
    shop.targets[WMS].switch.fault = SourceTimeout(WMS, "gave no answer", unknown_effect=True)
    await relay_until_sent(shop, record)
    shop.clock.pass_by(WITHIN)
    assert await one_round(shop) == 1
    after = await shop.record(record.rid)
    assert (works(order_of(after)), [entry.kind for entry in after.outbox]) == ([("WH", "OFFERED", 1)], ["ORDER", "SHIPMENT"])
    shop.targets[WMS].switch.fault = None
    await carried(shop)
    await one_round(shop)
    await carried(shop)
    await one_round(shop)
    assert works(order_of(await shop.record(record.rid))) == [("WH", "LAPSED", 1), ("LYO", "OFFERED", 2)]
    check_ledger(shop.database)


async def relay_until_sent(shop: MemoryShop, record: Record) -> None:
    while not any(entry.kind == "SHIPMENT" and entry.attempts for entry in (await shop.record(record.rid)).outbox):
        assert await relay_one(shop.world, "relay")


async def missed(*tolerance_days: int) -> tuple[Order, DeliveryPromise]:
    """Return an order whose place missed it and whose promise no other can keep, under a profile of so much tolerance, and that promise."""
    profile = SourcingProfile("own", (ChannelCode("web"),), tolerance_days=tolerance_days)
    shop = await impatient(MemoryShop(replace(NETWORK, profiles=(profile,))))
    record = await offered(shop)
    was = await promised_by_noon(shop, record)
    shop.clock.pass_by(WITHIN)
    await one_round(shop)
    return order_of(await shop.record(record.rid)), was


async def test_where_the_profile_tolerates_it_the_next_best_comes_later_and_a_person_is_told() -> None:
    order, was = await missed(0, 5)
    assert works(order) == [("WH", "LAPSED", 1), ("LYO", "OFFERED", 2)]
    assert [one.code for one in order.attention] == ["PROMISE_LOST"]
    promise = order.groups[0].promise
    assert promise
    (earlier,) = promise.earlier
    assert (earlier.earliest, earlier.latest, earlier.cause) == (was.earliest, was.latest, "NOT_ACCEPTED_IN_TIME")
    assert was.latest < promise.latest <= was.latest + timedelta(days=5)
    assert max(step.due_at for step in order.fulfillments[1].milestones) == promise.latest
    assert "PROMISE_MOVED" in [event.type for event in order.history]


async def test_what_would_come_later_than_is_tolerated_waits_for_a_person() -> None:
    order, was = await missed(0)
    assert (works(order), order.groups[0].promise) == ([("WH", "LAPSED", 1)], replace(was, state="AT_RISK"))
    assert [one.code for one in order.attention] == ["UNSOURCED"]
    (event,) = [event for event in order.history if event.type == "PROMISE_AT_RISK"]
    assert event.summary == "Delivery 1 is at risk: 3 units look for another place, since nobody accepted it in time."
    assert [(one.name, one.value) for one in event.attributes] == [("cause", "NOT_ACCEPTED_IN_TIME")]
