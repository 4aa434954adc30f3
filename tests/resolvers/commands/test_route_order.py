"""Routing: units go to work where they are claimed, to another place while nobody has begun, and never past the promised window."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from gateway.domain.catalogue import Attribute
from gateway.domain.errors import DomainError, IdempotencyConflict, IllegalTransition
from gateway.domain.ids import LocationCode, sku_and_location
from gateway.domain.order import SYSTEM, Order, OrderHold, Rejection, UnitGroup
from gateway.domain.order_status import order_status
from gateway.ports.order_book import Record
from resolvers.commands.inputs import OrderRef, RouteOrder
from resolvers.commands.route_order import route_order
from resolvers.commands.router import route
from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.support.dying import dies
from tests.support.memory_shop import CLERK, MARKETPLACE, OPERATOR, A, B, MemoryShop, check_ledger, check_sums, order_of
from tests.support.placed_orders import announced, goods, placed
from tests.support.working import Worker

KEY = "k" * 22


def ask(record: Record, key: str = KEY, **more: object) -> RouteOrder:
    return RouteOrder(key, OrderRef(rid=record.rid), **more)  # type: ignore[arg-type]


def where(order: Order) -> list[tuple[str, str, int, str | None]]:
    return sorted((line.id, units.state, units.quantity, units.location) for line in order.lines for units in line.units)


def works(order: Order) -> list[tuple[str, str, int]]:
    return [(work.location, work.state, sum(line.quantity for line in work.lines)) for work in order.fulfillments]


def told(error: DomainError) -> list[tuple[str, tuple[str, ...] | None]]:
    return [(one.refusal, one.field) for one in error.each]


async def from_the_warehouse(shop: MemoryShop) -> Record:
    shop.shelf(A, WAREHOUSE, 10)
    shop.shelf(A, LYON, 10)
    return await placed(shop, goods(shop, (A, 3, WAREHOUSE)))


async def test_an_order_that_waits_is_routed_once(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)), route=False)
    assert [one.rid for one in await shop.world.orders.unrouted(shop.clock.at, 10)] == [record.rid]
    await asyncio.gather(*(route(shop.world, record) for _ in range(3)))
    after = await shop.record(record.rid)
    assert works(order_of(after)) == [("WH", "OFFERED", 3)]
    assert [entry.kind for entry in after.outbox] == ["ORDER", "SHIPMENT"]
    assert not await shop.world.orders.unrouted(shop.clock.at, 10)


async def test_an_order_is_not_routed_before_its_channels_delay(shop: MemoryShop) -> None:
    network = replace(
        shop.network, channels=tuple(replace(channel, release_delay=timedelta(minutes=5)) for channel in shop.network.channels)
    )
    slow = await MemoryShop(network).fill()
    slow.shelf(A, WAREHOUSE, 10)
    record = await placed(slow, goods(slow, (A, 3, WAREHOUSE)), route=False)
    assert await route(slow.world, record) == record
    slow.clock.pass_by(timedelta(minutes=5))
    assert works(order_of(await route(slow.world, record))) == [("WH", "OFFERED", 3)]


async def test_offered_work_moves_to_another_place(shop: MemoryShop) -> None:
    record = await from_the_warehouse(shop)
    after = await route_order(shop.context(OPERATOR), ask(record, excluded_location_codes=("WH",)))
    order = order_of(after)
    assert works(order) == [("WH", "CANCELED", 3), ("LYO", "OFFERED", 3)]
    assert where(order) == [("1", "OFFERED", 3, "LYO")]
    assert (shop.free(A, WAREHOUSE), shop.free(A, LYON)) == (10, 7)
    assert [(entry.kind, entry.state) for entry in after.outbox] == [
        ("ORDER", "WAITING"),
        ("SHIPMENT", "DROPPED"),
        ("STORE_TASK", "WAITING"),
    ]
    assert [claim.key for claim in after.claims] == ["A|LYO"]
    assert order.groups[0].promise == order_of(record).groups[0].promise
    check_sums(order)
    check_ledger(shop.database)


async def test_the_same_call_moves_once(shop: MemoryShop) -> None:
    record = await from_the_warehouse(shop)
    command = ask(record, excluded_location_codes=("WH",))
    answers = [*(await asyncio.gather(*(route_order(shop.context(OPERATOR), command) for _ in range(3))))]
    answers.append(await route_order(shop.context(OPERATOR), command))
    assert {tuple(works(order_of(answer))) for answer in answers} == {(("WH", "CANCELED", 3), ("LYO", "OFFERED", 3))}
    with pytest.raises(IdempotencyConflict):
        await route_order(shop.context(OPERATOR), ask(record, excluded_location_codes=("LYO",)))
    check_ledger(shop.database)


async def test_work_that_was_announced_stays(shop: MemoryShop) -> None:
    record = await from_the_warehouse(shop)
    await announced(shop, record.rid, order_of(record).fulfillments[0].number)
    for more in ({}, {"excluded_location_codes": ("WH",)}):
        with pytest.raises(DomainError) as refused:
            await route_order(shop.context(OPERATOR), ask(record, **more))
        assert told(refused.value) == [("ILLEGAL_TRANSITION", ("order",))]
        assert str(refused.value).startswith("WH was told of this work already; reassignFulfillment asks for it back")
    after = await shop.record(record.rid)
    assert works(order_of(after)) == [("WH", "OFFERED", 3)]
    assert (shop.free(A, WAREHOUSE), shop.free(A, LYON)) == (7, 10)


async def test_what_was_not_announced_moves_beside_what_was(shop: MemoryShop) -> None:
    for place in (WAREHOUSE, LYON, NANTES):
        shop.shelf(A, place, 10)
        shop.shelf(B, place, 10)
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)), goods(shop, (B, 2, LYON)))
    await announced(shop, record.rid, order_of(record).fulfillments[0].number)
    after = await route_order(shop.context(OPERATOR), ask(record, included_location_codes=("NTE",)))
    assert works(order_of(after)) == [("WH", "OFFERED", 3), ("LYO", "CANCELED", 2), ("NTE", "OFFERED", 2)]
    check_ledger(shop.database)


async def test_where_nothing_else_can_send_it_in_time_nothing_moves_and_that_is_told(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)))
    with pytest.raises(DomainError) as refused:
        await route_order(shop.context(OPERATOR), ask(record, excluded_location_codes=("WH",)))
    assert told(refused.value) == [("NOT_DELIVERABLE", ("excludedLocationCodes",))]
    after = await shop.record(record.rid)
    assert works(order_of(after)) == [("WH", "OFFERED", 3)]
    assert [entry.state for entry in after.outbox] == ["WAITING", "WAITING"]


async def test_a_promise_that_would_be_late_elsewhere_keeps_its_place(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    shop.shelf(A, LYON, 10)
    soon = replace(goods(shop, (A, 3, WAREHOUSE)), latest=shop.clock.at + timedelta(minutes=1))
    record = await placed(shop, soon)
    with pytest.raises(DomainError) as refused:
        await route_order(shop.context(OPERATOR), ask(record, included_location_codes=("LYO",)))
    assert told(refused.value) == [("NOT_DELIVERABLE", ("includedLocationCodes",))]
    assert works(order_of(await shop.record(record.rid))) == [("WH", "OFFERED", 3)]


async def test_only_what_must_move_moves(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    shop.shelf(B, LYON, 10)
    shop.shelf(B, NANTES, 10)
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)), goods(shop, (B, 2, LYON)))
    after = await route_order(shop.context(OPERATOR), ask(record, excluded_location_codes=("LYO",)))
    assert works(order_of(after)) == [("WH", "OFFERED", 3), ("LYO", "CANCELED", 2), ("NTE", "OFFERED", 2)]
    assert (shop.free(B, LYON), shop.free(B, NANTES)) == (10, 8)
    check_sums(order_of(after))
    check_ledger(shop.database)


async def test_a_place_that_sold_out_meanwhile_leaves_the_order_as_it_is(shop: MemoryShop) -> None:
    record = await from_the_warehouse(shop)
    shop.view.freeze()
    shop.shelf(A, LYON, 0)
    after = await route_order(shop.context(OPERATOR), ask(record, excluded_location_codes=("WH",)))
    assert works(order_of(after)) == [("WH", "OFFERED", 3)]
    assert (shop.free(A, WAREHOUSE), shop.free(A, LYON)) == (7, 0)
    check_ledger(shop.database)


async def test_units_that_were_refused_find_another_place_and_never_the_refuser(shop: MemoryShop) -> None:
    record = await refused_by_the_warehouse(shop)
    order = order_of(await route(shop.world, record))
    assert works(order) == [("WH", "REJECTED", 3), ("LYO", "OFFERED", 3)]
    assert (order.fulfillments[1].attempt, order.attention) == (2, ())
    assert [event.summary for event in order.history if event.type in {"ORDER_ROUTED", "ORDER_CHANGED"}][-2:] == [
        "The order is being prepared.",
        "Other places were asked to prepare it.",
    ]
    assert (where(order), shop.free(A, LYON)) == ([("1", "OFFERED", 3, "LYO")], 7)
    check_sums(order)


async def test_units_that_find_no_place_wait_for_a_person(shop: MemoryShop) -> None:
    record = await refused_by_the_warehouse(shop)
    shop.shelf(A, LYON, 0)
    order = order_of(await route(shop.world, record))
    assert where(order) == [("1", "UNSOURCED", 3, None)]
    assert [one.code for one in order.attention] == ["UNSOURCED"]
    assert not await shop.world.orders.unrouted(shop.clock.at, 10)


async def test_after_as_many_refusals_as_may_be_a_person_decides_though_another_place_has_it(shop: MemoryShop) -> None:
    record = await refused_by_the_warehouse(shop)
    order = order_of(record)
    refusal, places = order.fulfillments[0], range(2, shop.network.channels[0].most_attempts)
    others = tuple(replace(refusal, number=f"{order.number}-{n}", location=LocationCode(f"X{n}")) for n in places)
    asked = await shop.world.orders.write(record, replace(order, fulfillments=(*order.fulfillments, *others)))
    assert asked
    again = order_of(await route(shop.world, asked))
    assert where(again) == [("1", "OFFERED", 3, "LYO")]
    refused = tuple(replace(work, state="REJECTED") for work in again.fulfillments)
    lines = (replace(again.lines[0], units=(UnitGroup(3, "UNSOURCED"),)),)
    current = await shop.record(record.rid)
    spent = await shop.world.orders.write(current, replace(again, fulfillments=refused, lines=lines, routed=False))
    assert spent
    shop.shelf(A, NANTES, 10)
    left = order_of(await route(shop.world, spent))
    assert (where(left), [one.code for one in left.attention]) == ([("1", "UNSOURCED", 3, None)], ["UNSOURCED"])


async def refused_by_the_warehouse(shop: MemoryShop) -> Record:
    """Return an order whose warehouse did not find its units: the claim stays subtracted, the router is to look for another place."""
    record = await from_the_warehouse(shop)
    order = order_of(record)
    work = replace(order.fulfillments[0], state="REJECTED", rejections=(Rejection("STOCK_NOT_FOUND", (), shop.clock.at, SYSTEM),))
    lines = (replace(order.lines[0], units=(UnitGroup(3, "UNSOURCED"),)),)
    after = await shop.world.orders.write(record, replace(order, fulfillments=(work,), lines=lines, routed=False))
    assert after
    return after


async def test_unknown_places_are_refused_by_name(shop: MemoryShop) -> None:
    record = await from_the_warehouse(shop)
    with pytest.raises(DomainError) as refused:
        await route_order(shop.context(OPERATOR), ask(record, included_location_codes=("WH", "MOON"), excluded_location_codes=("MARS",)))
    assert told(refused.value) == [("NOT_FOUND", ("includedLocationCodes", "1")), ("NOT_FOUND", ("excludedLocationCodes", "0"))]


async def test_an_order_on_hold_is_released_before_it_is_routed(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)), hold=OrderHold("PAYMENT"))
    with pytest.raises(IllegalTransition) as refused:
        await route_order(shop.context(OPERATOR), ask(record))
    assert (refused.value.state, refused.value.allowed) == ("PLACED", ("RELEASED",))


async def test_only_who_looks_after_the_channel_routes(shop: MemoryShop) -> None:
    record = await from_the_warehouse(shop)
    with pytest.raises(DomainError) as refused:
        await route_order(shop.context(MARKETPLACE), ask(record))
    assert told(refused.value) == [("NOT_FOUND", ("order",))]
    assert order_status(order_of(await route_order(shop.context(CLERK), ask(record)))) == "ROUTED"


async def test_a_promise_is_at_risk_while_units_have_no_place_and_on_track_once_they_do(shop: MemoryShop) -> None:
    record = await from_the_warehouse(shop)
    refused = order_of((await Worker(shop, OPERATOR, order_of(record).fulfillments[0].number).reject("CLOSED")).record)
    assert promise_state(refused) == "AT_RISK"
    assert [(event.summary, event.attributes) for event in refused.history if event.type == "PROMISE_AT_RISK"] == [
        (
            "Delivery 1 is at risk: 3 units look for another place, since the place that was to send it does not.",
            (Attribute("cause", "LOCATION_REJECTED"),),
        )
    ]
    again = order_of(await route(shop.world, await shop.record(record.rid)))
    assert (where(again), promise_state(again)) == ([("1", "OFFERED", 3, "LYO")], "ON_TRACK")
    assert [event.type for event in again.history].count("PROMISE_AT_RISK") == 1


def promise_state(order: Order) -> str | None:
    promise = order.groups[0].promise
    return promise.state if promise else None


async def test_who_repeats_a_re_routing_that_died_writes_what_that_had_planned() -> None:
    places = set()
    for steps in count(1):
        shop = await MemoryShop().fill()
        for place, units in ((WAREHOUSE, 10), (LYON, 3), (NANTES, 3)):
            shop.shelf(A, place, units)
        record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)))
        command = ask(record, excluded_location_codes=(WAREHOUSE,))
        if not await dies(route_order(shop.context(OPERATOR), command), steps):
            break
        made = order_of(await route_order(shop.context(OPERATOR), command))
        work, planned = made.fulfillments[-1], made.groups[0].plan[0]
        places.add(work.location)
        assert work.location == planned.location
        assert next(one.due_at for one in work.milestones if one.step == "HAND_TO_CARRIER") == planned.ships_by
        assert {sku_and_location(claim.key)[1] for claim in (await shop.record(record.rid)).claims} == {work.location}
    assert places
