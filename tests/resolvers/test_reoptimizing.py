"""Orders that wait are planned again: moved when that is cheaper or possible at all, inside their promise, and once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from rich.console import Console

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Entry, OrderDoc
from gateway.domain.claims.programs import content, retract
from gateway.domain.network import Network
from gateway.domain.order import Order, OrderHold, UnitGroup
from gateway.domain.ordering.rerouting import loose_units
from gateway.domain.sourcing.problem import Outlook
from gateway.ports.order_book import Record
from gateway.reoptimize import print_improved, told
from resolvers.commands.inputs import OrderRef, ReleaseOrder
from resolvers.commands.release_order import release_order
from resolvers.commands.replanning import Bounds
from resolvers.commands.router import route
from resolvers.reoptimizing import Improved, Improving, reoptimize
from tests.domain.retailer import LYON, NANTES, PLACES, WAREHOUSE, facts
from tests.support.memory_shop import NETWORK, OPERATOR, A, B, MemoryShop, check_ledger, check_sums, order_of
from tests.support.placed_orders import goods, placed

FRAUD = OrderHold("FRAUD")


@pytest.fixture
async def shop() -> MemoryShop:
    shop = await MemoryShop().fill()
    shop.shelf(A, LYON, 10)
    shop.shelf(A, NANTES, 10)
    shop.shelf(B, LYON, 10)
    return shop


async def order_now(shop: MemoryShop, record: Record) -> Order:
    return order_of(await shop.record(record.rid))


def where(order: Order) -> list[tuple[str, int, str | None]]:
    return sorted((units.state, units.quantity, units.location) for line in order.lines for units in line.units)


async def split(shop: MemoryShop, hold: OrderHold | None = FRAUD) -> Record:
    """Return an order that two places were to send in two parcels, though one of them has it all."""
    return await placed(shop, goods(shop, (A, 1, NANTES), (B, 1, LYON)), hold=hold, route=False)


async def test_an_order_on_hold_moves_where_one_parcel_is_enough_and_stays_on_hold(shop: MemoryShop) -> None:
    record = await split(shop)
    done = await reoptimize(shop.world)
    (one,) = done.improvements
    assert (done.orders, one.number, one.places, one.units) == (1, order_of(record).number, (LYON,), 0)
    (saving,) = one.savings
    assert saving.before is not None
    assert one.saved == saving.before - saving.after > 0
    assert done.saved == {"EUR": one.saved}
    order = await order_now(shop, record)
    assert (where(order), order.fulfillments) == ([("ALLOCATED", 1, LYON)] * 2, ())
    assert (order.hold, order.routed, order.groups[0].promise) == (FRAUD, False, order_of(record).groups[0].promise)
    assert (shop.free(A, NANTES), shop.free(A, LYON)) == (10, 9)
    check_sums(order)
    check_ledger(shop.database)


async def test_made_again_it_finds_nothing_to_do(shop: MemoryShop) -> None:
    record = await split(shop)
    await reoptimize(shop.world)
    before = await shop.record(record.rid)
    assert await reoptimize(shop.world) == Improved(1, ())
    assert await shop.record(record.rid) == before


async def test_a_dry_run_tells_the_same_and_changes_nothing(shop: MemoryShop) -> None:
    record = await split(shop)
    could = await reoptimize(shop.world, dry_run=True)
    assert await shop.record(record.rid) == record
    assert await reoptimize(shop.world) == could


async def test_the_improved_order_is_released_from_its_new_place(shop: MemoryShop) -> None:
    record = await split(shop)
    await reoptimize(shop.world)
    after = await release_order(shop.context(OPERATOR), ReleaseOrder("k" * 22, OrderRef(rid=record.rid)))
    assert [(work.location, work.state) for work in order_of(after).fulfillments] == [(LYON, "OFFERED")]


async def test_an_order_in_its_channels_delay_moves_and_waits_on(shop: MemoryShop) -> None:
    channels = tuple(replace(channel, release_delay=timedelta(minutes=30)) for channel in NETWORK.channels)
    shop = await stocked(replace(NETWORK, channels=channels))
    record = await split(shop, hold=None)
    assert len((await reoptimize(shop.world)).improvements) == 1
    order = await order_now(shop, record)
    assert (where(order), order.fulfillments) == ([("ALLOCATED", 1, LYON)] * 2, ())
    shop.clock.pass_by(timedelta(minutes=30))
    order = order_of(await route(shop.world, await shop.record(record.rid)))
    assert [(work.location, work.state) for work in order.fulfillments] == [(LYON, "OFFERED")]


async def stocked(network: Network) -> MemoryShop:
    shop = await MemoryShop(network).fill()
    shop.shelf(A, LYON, 10)
    shop.shelf(A, NANTES, 10)
    shop.shelf(B, LYON, 10)
    return shop


async def test_units_without_a_place_get_one_once_there_is_stock_and_nobody_is_called_any_more(shop: MemoryShop) -> None:
    record = await homeless(shop)
    assert (await reoptimize(shop.world)).improvements == ()
    shop.shelf(A, WAREHOUSE, 5)
    (one,) = (await reoptimize(shop.world)).improvements
    assert (one.units, one.saved, one.savings[0].before) == (2, Decimal(0), None)
    order = await order_now(shop, record)
    assert (where(order), order.attention) == ([("OFFERED", 2, WAREHOUSE)], ())
    check_sums(order)
    check_ledger(shop.database)


async def homeless(shop: MemoryShop) -> Record:
    """Return an order whose units no place has."""
    record = await placed(shop, goods(shop, (A, 2, LYON)), route=False)
    for place in (LYON, NANTES):
        shop.shelf(A, place, 0)
    order = order_of(record)
    lines = (replace(order.lines[0], units=(UnitGroup(2, "UNSOURCED"),)),)
    lost = await shop.world.orders.write(record, replace(order, lines=lines, routed=False))
    assert lost
    await shop.world.claims.run(emptied(lost))
    after = await route(shop.world, await shop.record(record.rid))
    assert [one.code for one in order_of(after).attention] == ["UNSOURCED"]
    return after


def emptied(record: Record) -> Program[OrderDoc | None]:
    return retract(record.rid, record.v, frozenset(claim.mid for claim in record.claims), content(Entry()))


async def test_what_is_offered_or_begun_stays(shop: MemoryShop) -> None:
    record = await placed(shop, goods(shop, (A, 1, NANTES), (B, 1, LYON)))
    assert await reoptimize(shop.world) == Improved(0, ())
    assert await shop.record(record.rid) == record


async def test_a_cheaper_place_that_would_be_late_is_none(shop: MemoryShop) -> None:
    tight = replace(goods(shop, (A, 1, NANTES), (B, 1, LYON)), latest=shop.clock.at + timedelta(minutes=1))
    record = await placed(shop, tight, hold=FRAUD, route=False)
    assert await reoptimize(shop.world) == Improved(1, ())
    assert where(await order_now(shop, record)) == where(order_of(record))


async def test_of_equal_places_none_is_better(shop: MemoryShop) -> None:
    record = await placed(shop, goods(shop, (A, 1, NANTES)), hold=FRAUD, route=False)
    assert await reoptimize(shop.world) == Improved(1, ())
    assert where(await order_now(shop, record)) == [("ALLOCATED", 1, NANTES)]


async def test_a_place_that_closed_meanwhile_is_left(shop: MemoryShop) -> None:
    record = await placed(shop, goods(shop, (A, 1, NANTES)), hold=FRAUD, route=False)
    await shop.world.locations.save([replace(PLACES[NANTES], status="CLOSED")])
    (one,) = (await reoptimize(shop.world)).improvements
    assert (one.units, one.places) == (1, (LYON,))
    assert where(await order_now(shop, record)) == [("ALLOCATED", 1, LYON)]


async def test_many_orders_are_looked_at_page_by_page_with_progress(shop: MemoryShop) -> None:
    for n in range(4):
        shop.clock.pass_by(timedelta(seconds=1))
        await placed(shop, goods(shop, (A, 1, NANTES), (B, 1, LYON)), key=str(n), hold=FRAUD, route=False)
    seen: list[tuple[int, int | None]] = []
    done = await reoptimize(shop.world, progress=lambda looked_at, total: seen.append((looked_at, total)))
    assert (done.orders, len(done.improvements), seen) == (4, 4, [(1, 4), (2, 4), (3, 4), (4, 4)])
    assert shop.free(A, LYON) == 6
    check_ledger(shop.database)


async def test_what_staying_costs_counts_all_that_lies_there_as_any_plan_does(shop: MemoryShop) -> None:
    record = await placed(shop, goods(shop, (A, 2, NANTES)), hold=FRAUD, route=False)
    order, channel = order_of(record), shop.network.channels[0]
    outlook = Outlook({LYON: 2.0, NANTES: 0.8}, Decimal(9), markdown_in_days=12.0, markdown_loss=Decimal(7))
    known = facts({(A, NANTES): 7, (A, LYON): 3}, outlook_by_sku={A: outlook})
    plans, loose = Improving(shop.context(OPERATOR), channel, known, Bounds()), loose_units(order, record.sent)
    request = plans.request(order, order.groups[0], loose)
    alone = plans.best(replace(request, included=frozenset({NANTES})))
    assert alone is not None
    assert plans.cost_here(request, loose) == alone.cost
    assert alone.cost != plans.best(replace(request, included=frozenset({LYON}))).cost  # type: ignore[union-attr] # Lyon has them


async def test_what_was_found_is_told_as_a_table_and_as_json(shop: MemoryShop, capsys: pytest.CaptureFixture[str]) -> None:
    record = await split(shop)
    done = await reoptimize(shop.world, dry_run=True)
    number, saved = order_of(record).number, done.saved["EUR"]
    report = told(done, dry_run=True)
    assert (report["dryRun"], report["orders"], report["saved"], report["units"]) == (True, 1, {"EUR": str(saved)}, 0)
    assert report["improved"][0] | {"groups": []} == {
        "order": number,
        "saved": str(saved),
        "currency": "EUR",
        "units": 0,
        "places": [LYON],
        "groups": [],
    }
    print_improved(Console(width=120), done, dry_run=True)
    out = capsys.readouterr().out
    assert number in out
    assert f"1 orders wait, 1 could be improved: {saved} EUR saved" in out
