"""A row that was refused is a word that was not understood: until it is said again, it frees nothing and makes nothing fresher."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.memory.view.whole import WholeView
from adapters.mongo.catalogue_store import MongoCatalogueStore
from adapters.mongo.feed_store import MongoFeedStore
from adapters.mongo.location_store import MongoLocationStore
from adapters.mongo.stock_book import MongoStockBook
from gateway.domain.feeds import Batch, RejectedRow, StockRow, WorkNews
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.stock import StockPosition
from gateway.ports.stores import Unread
from resolvers.commands.apply_news import apply_news
from resolvers.questions.availability import stocked
from resolvers.questions.stock import positions
from resolvers.sync import coverage
from tests.domain.retailer import LYON, NANTES, WAREHOUSE, WEB
from tests.support.memory_network import MemoryNetwork, PagedStock, row
from tests.support.memory_shop import POS, WMS, A, B, check_ledger, order_of
from tests.support.placed_orders import announced, goods, placed


def stands(network: MemoryNetwork) -> tuple[int, int, int]:
    doc = network.stock("A", WAREHOUSE)
    return doc.q, doc.free, sum(marker.q for marker in doc.markers.values())


async def ship_two(network: MemoryNetwork, sequence: int) -> None:
    """Let two units leave the warehouse at a place of its own order."""
    record = await placed(network, goods(network, (A, 2, WAREHOUSE)))
    number = order_of(record).fulfillments[0].number
    await announced(network, record.rid, number)
    await apply_news(network.world, WMS, WorkNews(f"{number}-SHIPPED", number, "SHIPPED", network.clock.at, sequence=sequence))


async def test_a_pass_that_refused_the_row_which_counts_a_claim_does_not_lift_it_and_neither_do_later_ones(network: MemoryNetwork) -> None:
    await ship_two(network, sequence=3)
    network.depot_stock.state(row("A", WAREHOUSE, "eight", sequence=3), row("B", WAREHOUSE, 3, sequence=4))
    report = await network.delta(WMS)
    assert (report.applied, report.rejected_rows) == (1, 1)
    assert stands(network) == (10, 8, 2)
    network.depot_stock.state(row("B", WAREHOUSE, 2, sequence=5))
    await network.delta(WMS)
    assert stands(network) == (10, 8, 2)
    assert (await network.feed(WMS)).unread_positions == (Unread(A, WAREHOUSE, network.clock.at),)
    check_ledger(network.database)


async def test_a_whole_pass_that_refused_the_row_of_a_position_lifts_nothing_there_until_a_good_one(network: MemoryNetwork) -> None:
    await ship_two(network, sequence=3)
    network.depot_stock.state(row("A", WAREHOUSE, -1, sequence=3), row("B", WAREHOUSE, 3, sequence=4))
    await network.full(WMS)
    assert stands(network) == (10, 8, 2)
    network.depot_stock.state(row("A", WAREHOUSE, 8, sequence=5))
    await network.full(WMS)
    assert stands(network) == (8, 8, 0)
    assert (await network.feed(WMS)).unread_positions == ()


MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["memory", "mongo"])
async def shops(request: pytest.FixtureRequest, database: AsyncIOMotorDatabase[dict[str, Any]]) -> MemoryNetwork:
    """The network, read once; what sources say kept in memory or in MongoDB."""
    network = MemoryNetwork()
    if request.param == "mongo":
        network.world = replace(
            network.world,
            stock=MongoStockBook(database, time_ordered={POS}),
            feeds=MongoFeedStore(database),
            catalogue=MongoCatalogueStore(database),
            locations=MongoLocationStore(database),
        )
    await network.sync()
    return network


async def told(network: MemoryNetwork) -> dict[tuple[Sku, LocationCode], StockPosition]:
    """Return the shops' positions as a caller is told them now, from a view that has just been filled."""
    view = WholeView(network.clock.at.timestamp)
    async for state in network.world.stock.scan():
        view.put(state.key, state)
    view._filled = True
    view.confirm(network.clock.at)
    network.world = replace(network.world, view=view)
    context = network.context()
    await context.ready()
    return {(one.sku, one.location): one for sku in (A, B) for one in positions(context, WEB, sku) if one.source == POS}


async def ages(network: MemoryNetwork) -> dict[tuple[Sku, LocationCode], datetime]:
    return {position: one.as_of for position, one in (await told(network)).items()}


async def pass_over(network: MemoryNetwork, *rows: StockRow, refused: tuple[RejectedRow, ...] = ()) -> datetime:
    """Let the tills tell all of their stock a minute later; return when."""
    network.clock.pass_by(MINUTE)
    network.with_ports(POS, stock=PagedStock([Batch(rows, refused, network.clock.at)]))
    assert (await network.full(POS)).error is None
    return network.clock.at


ALL = (row("A", LYON, 5), row("B", LYON, 2), row("A", NANTES, 3))
BAD = (row("A", LYON, -1), *ALL[1:])


async def test_a_position_whose_row_was_refused_stays_as_old_as_it_was_until_a_pass_tells_it(shops: MemoryNetwork) -> None:
    before = await pass_over(shops, *ALL)
    assert set((await ages(shops)).values()) == {before}
    for _ in range(2):
        later = await pass_over(shops, *BAD)
        assert await ages(shops) == {(A, LYON): before, (B, LYON): later, (A, NANTES): later}
        assert (await shops.feed(POS)).unread_positions == (Unread(A, LYON, before),)
    again = await pass_over(shops, *ALL)
    assert set((await ages(shops)).values()) == {again}
    assert (await shops.feed(POS)).unread_positions == ()


async def test_what_was_refused_long_ago_is_stale_and_at_last_not_sold_while_the_rest_is_fresh(shops: MemoryNetwork) -> None:
    before = shops.clock.at
    for age in (shops.network.sources[2].fresh_for, shops.network.sources[2].stop_selling_when_older_than):
        shops.clock.at = before + age
        await pass_over(shops, *BAD)
    now = await told(shops)
    assert [(now[one].freshness, now[one].sellable) for one in ((A, LYON), (B, LYON))] == [("STALE", False), ("FRESH", True)]
    context = shops.context()
    await context.ready()
    units = stocked(context, WEB, [LYON])
    assert (units.surely, units.perhaps) == ({B}, {A, B})


async def test_a_row_that_names_no_place_leaves_its_article_as_old_everywhere_but_where_it_was_told_anew(shops: MemoryNetwork) -> None:
    before = await pass_over(shops, *ALL)
    later = await pass_over(shops, row("A", LYON, 4), row("B", LYON, 2), refused=(RejectedRow(2, "A", "is no object"),))
    assert await ages(shops) == {(A, LYON): later, (B, LYON): later, (A, NANTES): before}


async def test_a_row_about_a_place_of_others_says_nothing_of_ours(shops: MemoryNetwork) -> None:
    later = await pass_over(shops, *ALL, row("A", WAREHOUSE, 7))
    assert set((await ages(shops)).values()) == {later}


async def test_a_figure_that_comes_after_the_refused_one_makes_it_good(shops: MemoryNetwork) -> None:
    before = shops.clock.at
    shops.clock.pass_by(MINUTE)
    bad = Batch((row("A", LYON, -1, at=shops.clock.at),), asked_at=shops.clock.at, cursor="1")
    shops.with_ports(POS, stock=PagedStock([], told=[bad]))
    await shops.delta(POS)
    assert await ages(shops) == {(A, LYON): before, (B, LYON): shops.clock.at, (A, NANTES): shops.clock.at}
    shops.clock.pass_by(MINUTE)
    good = Batch((row("A", LYON, 4, at=shops.clock.at),), asked_at=shops.clock.at, cursor="2")
    shops.with_ports(POS, stock=PagedStock([], told=[good]))
    await shops.delta(POS)
    assert set((await ages(shops)).values()) == {shops.clock.at}
    assert (await shops.feed(POS)).unread_positions == ()


async def test_of_more_positions_than_are_remembered_only_the_articles_are(shops: MemoryNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "MOST_UNREAD", 1)
    before = await pass_over(shops, *ALL)
    later = await pass_over(shops, row("A", LYON, -1), row("B", LYON, 2), row("A", NANTES, -1))
    assert (await shops.feed(POS)).unread_positions == (Unread(A, None, before),)
    assert await ages(shops) == {(A, LYON): before, (B, LYON): later, (A, NANTES): before}
