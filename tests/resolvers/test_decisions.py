"""Decisions are written before what they decide, told by what made them necessary, and deleted when their order never came."""

from dataclasses import replace
from datetime import timedelta

from gateway.domain.ids import Rid
from gateway.ports.order_book import Record
from resolvers.commands.deciding import settle_decisions
from resolvers.commands.inputs import PublishSourcingProfile
from resolvers.commands.publish_sourcing_profile import publish_sourcing_profile
from resolvers.commands.route_order import route_order
from resolvers.commands.router import route
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
    assert {each.location: each.excluded_by for each in told.candidates}["WH"] == "REFUSED_BEFORE"
    assert "Gonesse has refused this order before" in told.summary


async def short_of_two(shop: MemoryShop) -> Record:
    """Return an order of three units without a place; one lies in Lyon."""
    shop.shelf(A, WAREHOUSE, 10)
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)))
    shop.shelf(A, LYON, 1)
    order = order_of(record)
    work = replace(order.fulfillments[0], state="REJECTED")
    homeless = tuple(
        replace(line, units=tuple(replace(units, state="UNSOURCED", location=None, mid=None, fulfillment=None) for units in line.units))
        for line in order.lines
    )
    changed = await shop.world.orders.write(record, replace(order, fulfillments=(work,), lines=homeless, routed=False), record.outbox)
    assert changed is not None
    return changed


async def test_a_part_is_sourced_where_the_profile_falls_back_on_it_and_the_rest_waits(shop: MemoryShop) -> None:
    definition = '[[strategies]]\nname = "all"\n[[strategies]]\nname = "part"\nfallback = true\nsplit = { on_shortage = "BACKORDER" }\n'
    await publish_sourcing_profile(shop.context(OPERATOR), PublishSourcingProfile("p" * 22, "part", definition, ("web",)))
    shop.look_again()
    after = order_of(await route(shop.world, await short_of_two(shop)))
    assert {(units.state, units.quantity, units.location) for line in after.lines for units in line.units} == {
        ("OFFERED", 1, "LYO"),
        ("UNSOURCED", 2, None),
    }
    (told,) = await shop.world.decisions.of(after.rid, 9)
    assert (told.strategy, told.profile, [(line.sku, line.quantity) for line in told.short]) == ("part", "part", [(A, 2)])


async def test_a_strategy_that_refuses_no_shortage_homes_what_it_can_of_what_is_homeless(shop: MemoryShop) -> None:
    definition = '[[strategies]]\nname = "all"\nsplit = { on_shortage = "CANCEL" }\n'
    await publish_sourcing_profile(shop.context(OPERATOR), PublishSourcingProfile("p" * 22, "all", definition, ("web",)))
    shop.look_again()
    after = order_of(await route(shop.world, await short_of_two(shop)))
    assert {(units.state, units.quantity) for line in after.lines for units in line.units} == {("OFFERED", 1), ("UNSOURCED", 2)}
    assert [one.code for one in after.attention] == ["UNSOURCED"]


async def test_without_a_fallback_nothing_is_sourced_in_part(shop: MemoryShop) -> None:
    after = order_of(await route(shop.world, await short_of_two(shop)))
    assert {(units.state, units.quantity) for line in after.lines for units in line.units} == {("UNSOURCED", 3)}
    assert await shop.world.decisions.of(after.rid, 9) == []


async def test_decisions_of_orders_that_never_came_are_deleted(shop: MemoryShop) -> None:
    record = await from_the_warehouse(shop)
    kept, orphan = replace(DECISION, id=Rid("kept"), rid=record.rid), replace(DECISION, id=Rid("orphan"), rid=Rid("nobody"))
    await shop.world.decisions.save([kept, orphan])
    assert await settle_decisions(shop.world, shop.clock.now() - timedelta(hours=1), 10) == 0
    assert await settle_decisions(shop.world, shop.clock.now() + timedelta(hours=1), 10) == 2
    assert await shop.world.decisions.decision(kept.id) == kept
    assert await shop.world.decisions.decision(orphan.id) is None
    assert await settle_decisions(shop.world, shop.clock.now() + timedelta(hours=1), 10) == 0
