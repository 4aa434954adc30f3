"""Stock is taken in row by row; what a feed does not say, or says badly, is not taken for nothing."""

import math
from datetime import timedelta

import pytest

from gateway.domain.errors import SourceGarbage, SourceUnavailable
from gateway.domain.feeds import Batch, RejectedRow, StockDelta
from gateway.domain.feeds import Item as Named
from gateway.domain.location import Location
from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.support.memory_network import MemoryNetwork, PagedStock, product, refusals, row
from tests.support.memory_shop import POS, WMS


async def test_a_first_pass_takes_in_places_products_stock_and_names() -> None:
    network = MemoryNetwork()
    reports = await network.sync()
    assert {key: (report.rows, report.applied, report.rejected_rows, report.error) for key, report in reports.items()} == {
        ("wms", "locations"): (1, 1, 0, None),
        ("pos", "locations"): (2, 2, 0, None),
        ("erp", "catalogue"): (3, 3, 0, None),
        ("mill", "catalogue"): (1, 1, 0, None),
        ("erp", "inbound"): (0, 0, 0, None),
        ("wms", "stock"): (2, 2, 0, None),
        ("pos", "stock"): (3, 3, 0, None),
    }
    assert network.quantities(WAREHOUSE) == {"A": 10, "B": 4}
    assert network.quantities(LYON) == {"A": 5, "B": 2}
    stands = await network.feed(POS)
    assert (stands.rows, stands.as_of_by_location) == (3, {LYON: network.clock.at, NANTES: network.clock.at})


async def test_unchanged_rows_do_not_reach_storage_and_are_as_fresh_as_the_pass(network: MemoryNetwork) -> None:
    before = network.stock("A", WAREHOUSE)
    network.clock.pass_by(timedelta(minutes=2))
    report = await network.full(WMS)
    assert (report.applied, report.unchanged) == (0, 2)
    assert network.stock("A", WAREHOUSE) is before
    assert (await network.feed(WMS)).as_of_by_location == {WAREHOUSE: network.clock.at}


async def test_a_row_with_an_unknown_name_is_refused_and_counted_and_the_good_ones_apply(network: MemoryNetwork) -> None:
    network.clock.pass_by(timedelta(minutes=1))
    network.shop_stock.state(row("NO-SUCH", LYON, 7), row("A", LYON, 6))
    report = await network.full(POS)
    assert refusals(report) == [(3, "NO-SUCH", "no product of ours has this name")]
    assert (report.rows, report.applied, report.unchanged, report.rejected_rows) == (4, 1, 2, 1)
    assert network.quantities(LYON) == {"A": 6, "B": 2}
    assert (await network.feed(POS)).rejected == tuple(report.rejected)


@pytest.mark.parametrize("quantity", [-1, 10_000_001, math.nan, math.inf, 2.5, "7", None, True])
async def test_an_impossible_quantity_is_refused_and_what_was_known_stands(network: MemoryNetwork, quantity: object) -> None:
    network.clock.pass_by(timedelta(minutes=1))
    network.shop_stock.state(row("A", LYON, quantity), row("B", LYON, 9))
    report = await network.full(POS)
    assert [(index, item) for index, item, _ in refusals(report)] == [(0, "A")]
    assert network.quantities(LYON) == {"A": 5, "B": 9}
    assert (report.applied, report.zeroed, report.error) == (1, 0, None)


async def test_rows_of_foreign_places_and_of_the_future_are_refused(network: MemoryNetwork) -> None:
    network.clock.pass_by(timedelta(minutes=1))
    later = network.clock.at + timedelta(minutes=6)
    network.shop_stock.state(row("A", WAREHOUSE, 1), row("B", LYON, 1, at=later))
    report = await network.delta(POS)
    assert refusals(report) == [
        (0, "A", "'WH' is no location of pos"),
        (1, "B", f"the time {later.isoformat()} is more than 5 minutes ahead of ours"),
    ]
    assert network.quantities(WAREHOUSE) == {"A": 10, "B": 4}


async def test_the_first_of_two_rows_of_a_position_stands_and_the_second_is_refused(network: MemoryNetwork) -> None:
    network.clock.pass_by(timedelta(minutes=1))
    now = network.clock.at
    pages = [
        Batch((row("A", LYON, 6), row("A", LYON, 60)), asked_at=now, complete=False),
        Batch((row("B", LYON, 3), row("A", LYON, 600), row("A", NANTES, 3)), asked_at=now),
    ]
    network.with_ports(POS, stock=PagedStock(pages))
    report = await network.full(POS)
    twice = "named twice in one feed; the first row was taken"
    assert refusals(report) == [(1, "A", twice), (3, "A", twice)]
    assert network.quantities(LYON) == {"A": 6, "B": 3}


async def test_refusals_name_the_place_in_the_feed_also_beside_rows_that_no_mapping_could_read(network: MemoryNetwork) -> None:
    network.clock.pass_by(timedelta(minutes=1))
    unread = RejectedRow(0, "B", "quantity: 'many' is no number")
    pages = [
        Batch((row("A", LYON, 6),), asked_at=network.clock.at, complete=False),
        Batch((row("A", NANTES, 3), row("X", LYON, 1)), (unread,), asked_at=network.clock.at),
    ]
    network.with_ports(POS, stock=PagedStock(pages))
    report = await network.full(POS)
    assert refusals(report) == [(1, "B", unread.reason), (3, "X", "no product of ours has this name")]


async def test_positions_that_a_complete_pass_no_longer_lists_are_set_to_zero_and_reported(network: MemoryNetwork) -> None:
    network.clock.pass_by(timedelta(minutes=1))
    network.with_ports(POS, stock=PagedStock([Batch((row("A", LYON, 5),), asked_at=network.clock.at)]))
    report = await network.full(POS)
    assert (report.unchanged, report.zeroed) == (1, 2)
    assert (network.quantities(LYON), network.quantities(NANTES)) == ({"A": 5, "B": 0}, {"A": 0})
    assert network.quantities(WAREHOUSE) == {"A": 10, "B": 4}


async def test_a_row_that_could_not_be_read_is_no_missing_one(network: MemoryNetwork) -> None:
    network.clock.pass_by(timedelta(minutes=1))
    unread = RejectedRow(1, "4000000000013", "quantity: 'many' is no number")
    network.with_ports(POS, stock=PagedStock([Batch((row("A", LYON, 5), row("A", NANTES, -4)), (unread,), asked_at=network.clock.at)]))
    report = await network.full(POS)
    assert (report.zeroed, report.rejected_rows) == (0, 2)
    assert (network.quantities(LYON), network.quantities(NANTES)) == ({"A": 5, "B": 2}, {"A": 3})


@pytest.mark.parametrize("breaks", [SourceUnavailable("pos", "reset the connection"), None])
async def test_a_feed_that_breaks_half_way_zeroes_nothing(network: MemoryNetwork, breaks: Exception | None) -> None:
    heard = await network.feed(POS)
    network.clock.pass_by(timedelta(minutes=1))
    network.with_ports(POS, stock=PagedStock([Batch((row("A", LYON, 9),), asked_at=network.clock.at, complete=False)], breaks))
    report = await network.full(POS)
    assert report.error == ("pos: reset the connection" if breaks else "pos: its stock ended before the last part")
    assert (network.quantities(LYON), network.quantities(NANTES)) == ({"A": 9, "B": 2}, {"A": 3})
    stands = await network.feed(POS)
    assert (stands.failures, stands.failing_since, stands.last_error) == (1, network.clock.at, report.error)
    assert (stands.as_of_by_location, stands.last_full_at, stands.rows) == (heard.as_of_by_location, heard.last_full_at, 3)


async def test_a_feed_without_one_usable_row_or_without_any_is_broken_and_not_sold_out(network: MemoryNetwork) -> None:
    network.clock.pass_by(timedelta(minutes=1))
    network.with_ports(POS, stock=PagedStock([Batch((row("A", LYON, -1), row("Z", LYON, 1)), asked_at=network.clock.at)]))
    assert (await network.full(POS)).error == "pos: none of the 2 rows of stock can be used"
    network.with_ports(POS, stock=PagedStock([Batch((), asked_at=network.clock.at)]))
    assert (await network.full(POS)).error == "pos: its stock has no rows any more; it had 3"
    assert network.quantities(LYON) == {"A": 5, "B": 2}
    assert (await network.feed(POS)).failures == 2


async def test_why_a_whole_pass_was_refused_stands_until_one_comes_in_though_changes_do(network: MemoryNetwork) -> None:
    refused_at = network.clock.at
    network.with_ports(WMS, stock=PagedStock([Batch((row("A", WAREHOUSE, -1),))], told=[Batch((), cursor="7")]))
    await network.full(WMS)
    network.clock.pass_by(timedelta(minutes=1))
    await network.delta(WMS)
    stands = await network.feed(WMS)
    assert (stands.failures, stands.failing_since, stands.last_error) == (0, refused_at, None)
    assert stands.whole_error == "wms: none of the 1 rows of stock can be used"
    network.with_ports(WMS, stock=network.depot_stock)
    await network.full(WMS)
    stands = await network.feed(WMS)
    assert (stands.failing_since, stands.whole_error) == (None, None)


async def test_a_source_that_is_away_keeps_what_is_known_and_stops_nothing_else(network: MemoryNetwork) -> None:
    network.lose(WMS, SourceUnavailable("wms", "refused the connection"))
    network.clock.pass_by(timedelta(minutes=1))
    network.shop_stock.state(row("A", LYON, 1))
    reports = await network.sync()
    assert {key for key, report in reports.items() if report.error} == {("wms", "locations"), ("wms", "stock")}
    assert (network.quantities(WAREHOUSE), network.quantities(LYON)) == ({"A": 10, "B": 4}, {"A": 1, "B": 2})
    for _ in range(2):
        await network.full(WMS)
    stands = await network.feed(WMS)
    assert (stands.failures, stands.failing_since, stands.last_error) == (3, network.clock.at, "wms: refused the connection")
    network.find_again(WMS)
    await network.full(WMS)
    stands = await network.feed(WMS)
    assert (stands.failures, stands.failing_since, stands.last_error) == (0, None, None)


@pytest.mark.parametrize("breaks", [SourceGarbage("wms", "its answer is HTML"), RecursionError(), OverflowError("too large")])
async def test_garbage_of_any_kind_is_told_and_keeps_what_is_known(network: MemoryNetwork, breaks: Exception) -> None:
    network.with_ports(WMS, stock=PagedStock([], breaks))
    reports = await network.sync()
    expected = "wms: its answer is HTML" if isinstance(breaks, SourceGarbage) else "wms: its stock could not be taken in"
    assert reports["wms", "stock"].error == expected
    assert reports["pos", "stock"].error is None
    assert network.quantities(WAREHOUSE) == {"A": 10, "B": 4}


async def test_changes_go_on_from_where_the_snapshot_stood(network: MemoryNetwork) -> None:
    network.clock.pass_by(timedelta(minutes=1))
    network.depot_stock.state(row("A", WAREHOUSE, 8, sequence=1))
    report = await network.delta(WMS)
    assert (report.rows, report.applied) == (1, 1)
    assert ((await network.feed(WMS)).cursor, network.quantities(WAREHOUSE)) == ("1", {"A": 8, "B": 4})
    assert (await network.delta(WMS)).rows == 0
    assert (await network.feed(WMS)).as_of_by_location == {WAREHOUSE: network.clock.at}
    network.depot_stock.move(StockDelta("e2", WAREHOUSE, Named(sku="A"), -3, network.clock.at, sequence=2))
    await network.full(WMS)
    assert (await network.delta(WMS)).rows == 0
    assert network.quantities(WAREHOUSE) == {"A": 5, "B": 4}


async def test_a_source_without_a_change_feed_makes_nothing_fresher(network: MemoryNetwork) -> None:
    heard = (await network.feed(POS)).as_of_by_location
    network.clock.pass_by(timedelta(minutes=1))
    network.with_ports(POS, stock=PagedStock([]))
    report = await network.delta(POS)
    assert (report.rows, report.error, (await network.feed(POS)).as_of_by_location) == (0, None, heard)


async def test_changes_with_a_gap_make_nothing_fresher(network: MemoryNetwork) -> None:
    heard = await network.feed(WMS)
    network.clock.pass_by(timedelta(minutes=1))
    told = Batch((row("A", WAREHOUSE, 7, sequence=4),), asked_at=network.clock.at, sequence=9, complete=False)
    network.with_ports(WMS, stock=PagedStock([], told=[told]))
    await network.delta(WMS)
    stands = await network.feed(WMS)
    assert (stands.cursor, stands.as_of_by_location, network.quantities(WAREHOUSE)["A"]) == (heard.cursor, heard.as_of_by_location, 7)


async def test_a_numbered_source_s_figure_without_a_number_is_refused(network: MemoryNetwork) -> None:
    told = Batch((row("A", WAREHOUSE, 1), row("B", WAREHOUSE, 6, sequence=3)), asked_at=network.clock.at, cursor="3")
    network.with_ports(WMS, stock=PagedStock([], told=[told]))
    report = await network.delta(WMS)
    assert refusals(report) == [(0, "A", "its source numbers its figures, and this one carries no number")]
    assert network.quantities(WAREHOUSE) == {"A": 10, "B": 6}


async def test_a_restored_source_counts_anew(network: MemoryNetwork) -> None:
    network.depot_stock.state(row("A", WAREHOUSE, 8, sequence=7))
    await network.full(WMS)
    network.clock.pass_by(timedelta(minutes=1))
    network.depot_stock.epoch = "2"
    network.depot_stock.state(row("A", WAREHOUSE, 9, sequence=1), row("B", WAREHOUSE, 3, sequence=1))
    await network.full(WMS)
    assert (network.quantities(WAREHOUSE), (await network.feed(WMS)).epoch) == ({"A": 9, "B": 3}, "2")


async def test_a_word_without_an_epoch_belongs_to_the_known_one(network: MemoryNetwork) -> None:
    network.depot_stock.state(row("A", WAREHOUSE, 8, sequence=7))
    await network.full(WMS)
    told = Batch((row("A", WAREHOUSE, 99, sequence=6),), asked_at=network.clock.at, cursor="6")
    network.with_ports(WMS, stock=PagedStock([], told=[told]))
    assert (await network.delta(WMS)).superseded == 1
    assert (network.stock("A", WAREHOUSE).q, network.stock("A", WAREHOUSE).epoch) == (8, "1")


async def test_products_that_come_later_let_their_rows_in(network: MemoryNetwork) -> None:
    network.clock.pass_by(timedelta(minutes=1))
    network.shop_stock.state(row("D", LYON, 4))
    assert (await network.full(POS)).rejected_rows == 1
    network.catalogue.sell(product("D"))
    await network.full(network.world.network.minting_source, "catalogue")
    network.clock.pass_by(timedelta(minutes=1))
    assert (await network.full(POS)).rejected_rows == 0
    assert network.quantities(LYON) == {"A": 5, "B": 2, "D": 4}


async def test_a_place_that_changed_hands_is_not_emptied_by_its_former_owner(network: MemoryNetwork) -> None:
    place: Location = next(one for one in await network.world.locations.locations() if one.code == NANTES)
    network.shops.rows.remove(place)
    await network.world.locations.save([place.__class__(place.code, place.name, place.kind, place.time_zone, WMS)])
    network.clock.pass_by(timedelta(minutes=1))
    network.with_ports(POS, stock=PagedStock([Batch((row("A", LYON, 5), row("B", LYON, 2)), asked_at=network.clock.at)]))
    assert (await network.full(POS)).zeroed == 0
    assert network.quantities(NANTES) == {"A": 3}
