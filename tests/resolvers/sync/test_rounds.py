"""Which feeds a round reads: each whole when that is due, else what changed; what failed is tried again soon."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from gateway.domain.errors import SourceUnavailable
from gateway.domain.feeds import Batch
from gateway.domain.ids import SourceCode
from gateway.domain.network import Source
from resolvers.context import SourcePorts
from resolvers.sync.source import sync_due
from tests.domain.retailer import LYON
from tests.support.memory_network import SUPPLIER, MemoryNetwork, PagedStock, row
from tests.support.memory_shop import ERP, POS, WMS

AWAY = SourceUnavailable("any", "refused the connection")


def source(network: MemoryNetwork, code: SourceCode) -> Source:
    return next(one for one in network.world.network.sources if one.code == code)


async def feeds_read(network: MemoryNetwork, code: SourceCode) -> list[tuple[str, bool]]:
    """Return the feeds of one round, and whether each was read whole."""
    return [(report.feed, report.full) for report in await sync_due(network.world, source(network, code))]


async def test_a_round_reads_changes_and_news_and_after_a_while_all(network: MemoryNetwork) -> None:
    assert await feeds_read(network, WMS) == [("stock", False), ("news", False)]
    assert await feeds_read(network, ERP) == [("catalogue", False), ("inbound", False)]
    network.clock.pass_by(timedelta(hours=6, seconds=1))
    assert await feeds_read(network, WMS) == [("locations", True), ("stock", True), ("news", False)]
    assert await feeds_read(network, ERP) == [("catalogue", True), ("inbound", True)]


async def test_the_first_round_reads_all_and_waits_for_the_names() -> None:
    network = MemoryNetwork()
    assert await feeds_read(network, POS) == [("locations", True), ("news", False)]
    assert await feeds_read(network, SUPPLIER) == []
    assert await feeds_read(network, ERP) == [("catalogue", True), ("inbound", True)]
    assert await feeds_read(network, POS) == [("stock", True), ("news", False)]
    assert await feeds_read(network, SUPPLIER) == [("catalogue", True)]


async def test_one_feed_that_was_away_at_the_start_is_read_whole_by_the_next_round() -> None:
    network = MemoryNetwork()
    network.shops.switch.fault = AWAY
    network.names.switch.fault = AWAY
    await network.sync()
    assert network.quantities(LYON) == {}
    network.shops.switch.fault = network.names.switch.fault = None
    assert await feeds_read(network, POS) == [("locations", True), ("stock", True), ("news", False)]
    assert await feeds_read(network, SUPPLIER) == [("catalogue", True)]
    assert network.quantities(LYON) == {"A": 5, "B": 2}


async def test_a_source_with_news_alone_is_asked_for_them_in_every_round(network: MemoryNetwork) -> None:
    network.connect(SourcePorts(SUPPLIER, news=network.depot_news))
    for _ in range(3):
        assert await feeds_read(network, SUPPLIER) == [("news", False)]


async def test_stock_without_a_change_feed_is_read_whole_often_enough_to_stay_fresh(network: MemoryNetwork) -> None:
    network.with_ports(POS, stock=PagedStock([Batch((row("A", LYON, 5),), asked_at=network.clock.at)]))
    await network.world.feeds.save(replace(await network.feed(POS), cursor=None))
    assert ("stock", False) in await feeds_read(network, POS)
    network.clock.pass_by(source(network, POS).fresh_for / 2 + timedelta(seconds=1))
    assert ("stock", True) in await feeds_read(network, POS)


async def test_a_catalogue_without_a_cursor_is_not_read_whole_in_every_round(network: MemoryNetwork) -> None:
    await network.world.feeds.save(replace(await network.feed(ERP, "catalogue"), cursor=None))
    assert await feeds_read(network, ERP) == [("inbound", False)]


async def test_changes_get_their_turn_while_the_whole_cannot_be_read(network: MemoryNetwork) -> None:
    network.clock.pass_by(timedelta(hours=7))

    class NoSnapshot(PagedStock):
        def snapshot(self):  # type: ignore[no-untyped-def] # noqa: ANN202 - an async generator that fails
            raise AWAY

    now = network.clock.at
    network.with_ports(POS, stock=NoSnapshot([], told=[Batch((row("A", LYON, 1, at=now),), asked_at=now, cursor="1")]))
    rounds = Counter([full for _ in range(4) for feed, full in await feeds_read(network, POS) if feed == "stock"])
    assert (rounds, network.quantities(LYON)["A"]) == ({True: 2, False: 2}, 1)


async def test_a_source_that_is_away_is_told_so_by_every_feed_and_the_round_goes_on(network: MemoryNetwork) -> None:
    network.shop_stock.switch.fault = AWAY
    assert [(report.feed, report.error) for report in await sync_due(network.world, source(network, POS))] == [
        ("stock", "any: refused the connection"),
        ("news", None),
    ]


async def test_a_system_of_snapshots_alone_that_is_away_is_asked_in_every_round_and_counts_as_down(network: MemoryNetwork) -> None:
    network.with_ports(POS, stock=PagedStock([], AWAY, breaks_changes=False))
    await network.world.feeds.save(replace(await network.feed(POS), cursor=None))
    heard_at = (await network.feed(POS)).last_sync_at
    network.clock.pass_by(timedelta(hours=1))
    for _ in range(3):
        await sync_due(network.world, source(network, POS))
    stands = await network.feed(POS)
    assert (stands.failures, stands.last_sync_at, stands.last_error) == (3, heard_at, "any: refused the connection")
    assert (await network.context().ready()).standings[POS].health == "DOWN"
