"""Decisions are written before what they decide, told by what made them necessary, and deleted when their order never came."""

from dataclasses import replace
from datetime import timedelta

from gateway.domain.ids import Rid
from resolvers.commands.deciding import settle_decisions
from resolvers.commands.route_order import route, route_order
from tests.contracts.decisions import DECISION
from tests.domain.retailer import LYON, WAREHOUSE
from tests.resolvers.commands.test_route_order import ask, from_the_warehouse
from tests.support.memory_shop import OPERATOR, A, MemoryShop, order_of
from tests.support.placed_orders import goods, placed


async def test_routing_by_hand_writes_one_decision_however_often_it_is_called(shop: MemoryShop) -> None:
    record = await from_the_warehouse(shop)
    for _ in range(2):
        await route_order(shop.context(OPERATOR), ask(record, excluded_location_codes=("WH",)))
    (told,) = await shop.world.decisions.of(record.rid, 9)
    assert (told.trigger, told.group, [each.location for each in told.shipments]) == ("ROUTED_BY_HAND", "1", ["LYO"])
    fences = {each.location: each.excluded_by for each in told.candidates}
    assert fences["WH"] == "EXCLUDED_BY_CALLER"


async def test_units_that_were_refused_are_decided_on_anew(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    shop.shelf(A, LYON, 10)
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)))
    order = order_of(record)
    work = replace(order.fulfillments[0], state="REJECTED")
    lines = tuple(
        replace(line, units=tuple(replace(units, state="UNSOURCED", location=None, mid=None, fulfillment=None) for units in line.units))
        for line in order.lines
    )
    changed = await shop.world.orders.write(record, replace(order, fulfillments=(work,), lines=lines, routed=False), record.outbox)
    assert changed is not None
    await route(shop.world, changed)
    (told,) = await shop.world.decisions.of(record.rid, 9)
    assert (told.trigger, [each.location for each in told.shipments]) == ("REJECTED", ["LYO"])


async def test_decisions_of_orders_that_never_came_are_deleted(shop: MemoryShop) -> None:
    record = await from_the_warehouse(shop)
    kept, orphan = replace(DECISION, id=Rid("kept"), rid=record.rid), replace(DECISION, id=Rid("orphan"), rid=Rid("nobody"))
    await shop.world.decisions.save([kept, orphan])
    assert await settle_decisions(shop.world, shop.clock.now() - timedelta(hours=1), 10) == 0
    assert await settle_decisions(shop.world, shop.clock.now() + timedelta(hours=1), 10) == 2
    assert await shop.world.decisions.decision(kept.id) == kept
    assert await shop.world.decisions.decision(orphan.id) is None
    assert await settle_decisions(shop.world, shop.clock.now() + timedelta(hours=1), 10) == 0
