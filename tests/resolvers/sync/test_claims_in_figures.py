"""A claim is subtracted until its owner's figure includes it, and not a moment longer."""

from datetime import timedelta

from gateway.domain.feeds import Batch, Item, StockDelta, WorkNews
from gateway.domain.ids import LocationCode
from gateway.ports.order_book import Record
from resolvers.commands.apply_news import apply_news
from resolvers.sync.webhooks import take_webhook
from tests.domain.retailer import LYON, WAREHOUSE
from tests.support.memory_network import MemoryNetwork, PagedStock, row
from tests.support.memory_shop import POS, WMS, A, check_ledger, order_of
from tests.support.placed_orders import announced, goods, placed


async def shipped(network: MemoryNetwork, place: LocationCode, sequence: int | None = None) -> Record:
    """Place an order for two, let its place be given the work, and hear that it was shipped."""
    record = await placed(network, goods(network, (A, 2, place)))
    number = order_of(record).fulfillments[0].number
    await announced(network, record.rid, number)
    source = WMS if place == WAREHOUSE else POS
    for step in ("ACCEPTED", "PICKED", "PACKED", "SHIPPED"):
        news = WorkNews(f"{number}-{step}", number, step, network.clock.at, sequence=sequence if step == "SHIPPED" else None)
        await apply_news(network.world, source, news)
    return record


def stands(network: MemoryNetwork, place: LocationCode) -> tuple[int, int, int]:
    doc = network.stock("A", place)
    return doc.q, doc.free, sum(marker.q for marker in doc.markers.values())


async def test_a_numbered_claim_is_lifted_by_the_first_pass_that_covers_it(network: MemoryNetwork) -> None:
    network.depot_stock.state(row("B", WAREHOUSE, 4, sequence=1))
    await network.full(WMS)
    await shipped(network, WAREHOUSE, sequence=3)
    assert stands(network, WAREHOUSE) == (10, 8, 2)
    network.depot_stock.state(row("B", WAREHOUSE, 3, sequence=2))
    await network.delta(WMS)
    assert stands(network, WAREHOUSE) == (10, 8, 2)
    network.depot_stock.state(row("A", WAREHOUSE, 8, sequence=3))
    await network.delta(WMS)
    assert stands(network, WAREHOUSE) == (8, 8, 0)
    check_ledger(network.database)


async def test_a_pass_that_covers_a_claim_lifts_it_though_no_row_names_its_position(network: MemoryNetwork) -> None:
    await shipped(network, WAREHOUSE, sequence=5)
    told = Batch((row("B", WAREHOUSE, 4, sequence=5),), asked_at=network.clock.at, cursor="5", sequence=5)
    network.with_ports(WMS, stock=PagedStock([], told=[told]))
    await network.delta(WMS)
    assert stands(network, WAREHOUSE) == (10, 10, 0)


async def test_a_pass_lifts_nothing_that_may_still_show_late(network: MemoryNetwork) -> None:
    await shipped(network, WAREHOUSE, sequence=5)
    hiding = Batch((row("B", WAREHOUSE, 3, sequence=6),), asked_at=network.clock.at, cursor="4", sequence=6, settled=4)
    network.with_ports(WMS, stock=PagedStock([], told=[hiding]))
    await network.delta(WMS)
    assert stands(network, WAREHOUSE) == (10, 8, 2)
    showing = Batch((row("A", WAREHOUSE, 8, sequence=5), *hiding.rows), asked_at=network.clock.at, cursor="6", sequence=6, settled=6)
    network.with_ports(WMS, stock=PagedStock([], told=[showing]))
    await network.delta(WMS)
    assert stands(network, WAREHOUSE) == (8, 8, 0)
    check_ledger(network.database)


async def test_a_pass_that_did_not_come_to_its_end_lifts_nothing(network: MemoryNetwork) -> None:
    await shipped(network, WAREHOUSE, sequence=5)
    told = Batch((row("B", WAREHOUSE, 4, sequence=5),), asked_at=network.clock.at, sequence=9, complete=False)
    network.with_ports(WMS, stock=PagedStock([told], told=[told]))
    await network.delta(WMS)
    await network.full(WMS)
    assert stands(network, WAREHOUSE) == (10, 8, 2)


async def test_a_timed_claim_is_lifted_once_its_owner_has_had_time_to_count_it(network: MemoryNetwork) -> None:
    await shipped(network, LYON)
    network.clock.pass_by(timedelta(seconds=59))
    await network.full(POS)
    assert stands(network, LYON) == (5, 3, 2)
    network.clock.pass_by(timedelta(seconds=1))
    network.shop_stock.state(row("A", LYON, 3))
    await network.full(POS)
    assert stands(network, LYON) == (3, 3, 0)
    check_ledger(network.database)


async def test_a_claim_that_a_slow_clock_dates_before_the_last_figure_is_not_in_it(network: MemoryNetwork) -> None:
    record = await placed(network, goods(network, (A, 2, LYON)))
    number = order_of(record).fulfillments[0].number
    await announced(network, record.rid, number)
    network.clock.pass_by(timedelta(minutes=10))
    await network.full(POS)
    left_at = network.clock.at - timedelta(minutes=5)
    await apply_news(network.world, POS, WorkNews(f"{number}-SHIPPED", number, "SHIPPED", left_at))
    assert stands(network, LYON) == (5, 3, 2)
    check_ledger(network.database)


async def test_a_sale_that_carries_out_our_claim_changes_nothing_that_can_be_sold(network: MemoryNetwork) -> None:
    record = await placed(network, goods(network, (A, 2, LYON)))
    number = order_of(record).fulfillments[0].number
    network.clock.pass_by(timedelta(minutes=1))
    network.shop_pushes.put("sale", StockDelta("e1", LYON, Item(sku="A"), -2, network.clock.at, reference=number))
    assert stands(network, LYON) == (5, 3, 2)
    for _ in range(2):
        await take_webhook(network.world, POS, *network.shop_pushes.signed("sale"))
        assert stands(network, LYON) == (3, 3, 0)


async def test_a_sale_under_an_unknown_reference_is_an_ordinary_one(network: MemoryNetwork) -> None:
    network.clock.pass_by(timedelta(minutes=1))
    network.shop_stock.move(StockDelta("e1", LYON, Item(sku="A"), -2, network.clock.at, reference="NOBODY-1"))
    await network.delta(POS)
    assert stands(network, LYON) == (3, 3, 0)
