"""A place that takes no work for a while: nothing new is given to it, what it has not begun goes elsewhere, and it comes back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.errors import DomainError, IdempotencyConflict
from gateway.domain.ids import LocationCode
from gateway.domain.location import Location
from gateway.domain.order import Order
from gateway.domain.order_status import order_status
from gateway.domain.principal import Principal
from gateway.ports.order_book import Record
from resolvers.commands.location_inputs import PauseLocation, ResumeLocation
from resolvers.commands.pause_location import pause_location
from resolvers.commands.resume_location import resume_location
from resolvers.commands.router import route
from resolvers.context import Context, SourcePorts
from resolvers.pausing import source_paused
from tests.domain.retailer import LYON, NANTES, PLACES, WAREHOUSE
from tests.support.memory_shop import CLERK, OPERATOR, SHOPPER, A, MemoryShop, check_ledger, check_sums, order_of
from tests.support.placed_orders import announced, goods, placed
from tests.support.working import Worker


@pytest.fixture
async def shop() -> MemoryShop:
    shop = await MemoryShop().fill()
    for place in PLACES:
        shop.shelf(A, place, 10)
    return shop


async def pause(shop: MemoryShop, code: str = LYON, key: str = "p", who: Principal = OPERATOR, **more: object) -> Location:
    return await pause_location(shop.context(who), PauseLocation(key * 22, code, **more))  # type: ignore[arg-type]


async def resume(shop: MemoryShop, code: str = LYON, key: str = "r", who: Principal = OPERATOR) -> Location:
    return await resume_location(shop.context(who), ResumeLocation(key * 22, code))


async def one_round(shop: MemoryShop) -> int:
    """Do what a worker does: what waits at resting places, then what waits for routing."""
    await shop.world.surroundings.anew(shop.clock.now())
    moved = await source_paused(shop.world)
    for record in await shop.world.orders.unrouted(shop.clock.now(), 10):
        await route(shop.world, record)
    return moved


async def ordered(shop: MemoryShop, place: LocationCode = LYON, key: str = "placing", *, given: bool = True, **more: object) -> Record:
    return await placed(shop, goods(shop, (A, 3, place), **more), key=key, route=given)  # type: ignore[arg-type]


async def order_now(shop: MemoryShop, record: Record) -> Order:
    return order_of(await shop.record(record.rid))


def works(order: Order) -> list[tuple[str, str]]:
    return [(work.location, work.state) for work in order.fulfillments]


def calls(order: Order) -> list[tuple[str, str | None]]:
    return [(one.code, one.fulfillment) for one in order.attention]


def refusals(error: DomainError) -> list[tuple[str, tuple[str, ...] | None]]:
    return [(one.refusal, one.field) for one in error.each]


async def test_a_pause_shows_until_it_is_over(shop: MemoryShop) -> None:
    until = shop.clock.at + timedelta(hours=2)
    place = await pause(shop, until=until, note="flooded")
    assert (place.status, place.paused_until, place.paused_services) == ("PAUSED", until, ())
    other = Context(shop.world, SHOPPER, shop.clock.now())
    assert (await other.ready()).locations[LYON] == place
    shop.clock.at = until
    assert (await shop.world.surroundings.anew(until)).locations[LYON] == PLACES[LYON]


async def test_offers_go_elsewhere_before_the_place_lets_go_of_them(shop: MemoryShop) -> None:
    record = await ordered(shop)
    await pause(shop)
    assert await one_round(shop) == 1
    order = await order_now(shop, record)
    assert works(order) == [("LYO", "CANCELED"), ("WH", "OFFERED")]
    assert (shop.free(A, LYON), shop.free(A, WAREHOUSE), calls(order)) == (10, 7, [])
    assert order.groups[0].promise == order_of(record).groups[0].promise
    assert (order.fulfillments[1].attempt, await one_round(shop)) == (1, 0)
    check_sums(order)
    check_ledger(shop.database)


async def test_what_was_begun_or_told_to_a_system_stays(shop: MemoryShop) -> None:
    sent, accepted = await ordered(shop, key="sent"), await ordered(shop, key="accepted")
    await announced(shop, sent.rid, order_of(sent).fulfillments[0].number)
    await Worker(shop, OPERATOR, order_of(accepted).fulfillments[0].number).accept()
    await pause(shop)
    assert await one_round(shop) == 0
    assert (works(await order_now(shop, sent)), calls(await order_now(shop, sent))) == ([("LYO", "OFFERED")], [])
    assert works(await order_now(shop, accepted)) == [("LYO", "ACCEPTED")]


async def test_waiting_work_stays_where_the_pause_says_so(shop: MemoryShop) -> None:
    record = await ordered(shop)
    await pause(shop, reassign_waiting=False)
    assert await one_round(shop) == 0
    assert (works(await order_now(shop, record)), calls(await order_now(shop, record))) == ([("LYO", "OFFERED")], [])


async def test_a_person_is_called_once_to_what_no_other_place_can_do_and_not_after_the_pause(shop: MemoryShop) -> None:
    for place in (WAREHOUSE, NANTES):
        shop.shelf(A, place, 0)
    record = await ordered(shop)
    number = order_of(record).fulfillments[0].number
    await pause(shop)
    for _ in range(2):
        assert await one_round(shop) == 0
        order = await order_now(shop, record)
        assert (works(order), calls(order)) == ([("LYO", "OFFERED")], [("UNSOURCED", number)])
    assert len([event for event in order.history if event.type == "ORDER_NEEDS_ATTENTION"]) == 1
    await resume(shop)
    await one_round(shop)
    assert calls(await order_now(shop, record)) == []


async def test_a_call_ends_when_the_place_does_the_work_all_the_same(shop: MemoryShop) -> None:
    for place in (WAREHOUSE, NANTES):
        shop.shelf(A, place, 0)
    record = await ordered(shop)
    await pause(shop)
    await one_round(shop)
    await Worker(shop, OPERATOR, order_of(record).fulfillments[0].number).accept()
    assert calls(await order_now(shop, record)) == []


async def test_nothing_new_is_given_to_it(shop: MemoryShop) -> None:
    record = await ordered(shop, given=False)
    await pause(shop)
    await one_round(shop)
    order = await order_now(shop, record)
    assert (works(order), order.routed) == ([("WH", "OFFERED")], True)
    assert (shop.free(A, LYON), shop.free(A, WAREHOUSE)) == (10, 7)
    check_ledger(shop.database)


async def test_what_only_it_has_waits_there_and_is_looked_at_now_and_then(shop: MemoryShop) -> None:
    for place in (WAREHOUSE, NANTES):
        shop.shelf(A, place, 0)
    record = await ordered(shop, given=False)
    await pause(shop)
    await one_round(shop)
    order = await order_now(shop, record)
    assert (works(order), order_status(order), calls(order)) == ([], "PLACED", [("UNSOURCED", None)])
    assert (shop.free(A, LYON), await shop.world.orders.unrouted(shop.clock.now(), 10)) == (7, [])
    shop.clock.pass_by(shop.network.channels[0].look_again_every)
    await one_round(shop)
    again = await order_now(shop, record)
    assert (again.attention, len(again.history)) == (order.attention, len(order.history))
    await resume(shop)
    shop.clock.pass_by(shop.network.channels[0].look_again_every)
    await one_round(shop)
    order = await order_now(shop, record)
    assert (works(order), calls(order), order.waits_until) == ([("LYO", "OFFERED")], [], None)


async def test_a_pause_of_some_services_leaves_the_others(shop: MemoryShop) -> None:
    shipped = await ordered(shop, key="shipped")
    collected = await ordered(shop, key="collected", method="PICKUP", service="collect")
    place = await pause(shop, services=("SHIP",))
    assert (place.status, place.paused_services, place.offers("PICKUP"), place.offers("SHIP")) == ("ACTIVE", ("SHIP",), True, False)
    assert await one_round(shop) == 1
    assert works(await order_now(shop, shipped)) == [("LYO", "CANCELED"), ("WH", "OFFERED")]
    assert works(await order_now(shop, collected)) == [("LYO", "OFFERED")]


async def test_it_stands_over_what_the_source_says_and_is_forgotten_with_it(shop: MemoryShop) -> None:
    await shop.world.locations.save([replace(PLACES[LYON], status="PAUSED")])
    assert (await resume(shop)).status == "ACTIVE"
    await pause(shop)
    await shop.world.locations.save([PLACES[LYON]])
    assert (await resume(shop, key="s")).status == "ACTIVE"
    await shop.world.locations.save([replace(PLACES[LYON], status="PAUSED")])
    assert (await shop.world.surroundings.anew(shop.clock.now())).locations[LYON].status == "PAUSED"


async def test_the_same_call_three_times_is_one_word(shop: MemoryShop) -> None:
    answers = [await pause(shop, note="flooded") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    (word,) = await shop.world.pauses.pauses()
    assert (word.v, word.note, word.by) == (1, "flooded", OPERATOR.actor)
    with pytest.raises(IdempotencyConflict):
        await pause(shop, note="burnt")
    with pytest.raises(IdempotencyConflict):
        await pause(shop, NANTES, note="flooded")
    await resume(shop)
    assert (await pause(shop, note="flooded")).status == "ACTIVE"


async def test_those_who_work_there_say_it_and_nobody_else(shop: MemoryShop) -> None:
    assert (await pause(shop, who=CLERK)).status == "PAUSED"
    with pytest.raises(DomainError) as refused:
        await pause(shop, NANTES, key="q", who=CLERK)
    assert refusals(refused.value) == [("NOT_ALLOWED_HERE", ("locationCode",))]
    with pytest.raises(DomainError) as refused:
        await pause(shop, "MOON", key="m")
    assert refusals(refused.value) == [("NOT_FOUND", ("locationCode",))]


async def test_what_cannot_be_is_refused(shop: MemoryShop) -> None:
    with pytest.raises(DomainError) as refused:
        await pause(shop, until=shop.clock.at, note="n" * 2_001)
    assert refusals(refused.value) == [("OUT_OF_RANGE", ("until",)), ("OUT_OF_RANGE", ("note",))]
    await shop.world.locations.save([replace(PLACES[LYON], status="CLOSED")])
    with pytest.raises(DomainError) as refused:
        await pause(shop)
    assert refusals(refused.value) == [("ILLEGAL_TRANSITION", ("locationCode",))]


async def test_work_of_a_place_without_a_system_is_moved_too(shop: MemoryShop) -> None:
    shop.world = replace(shop.world, sources={code: SourcePorts(code) for code in shop.world.sources})
    record = await ordered(shop)
    await pause(shop)
    assert await one_round(shop) == 1
    assert works(await order_now(shop, record)) == [("LYO", "CANCELED"), ("WH", "OFFERED")]
