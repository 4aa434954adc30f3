"""A row that was refused is a word that was not understood: until a whole pass says it again, it frees nothing."""

from gateway.domain.feeds import WorkNews
from resolvers.commands.apply_news import apply_news
from tests.domain.retailer import WAREHOUSE
from tests.support.memory_network import MemoryNetwork, row
from tests.support.memory_shop import WMS, A, check_ledger, order_of
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
    assert (await network.feed(WMS)).unread == (A,)
    check_ledger(network.database)


async def test_a_whole_pass_that_refused_the_row_of_a_position_lifts_nothing_there_until_a_good_one(network: MemoryNetwork) -> None:
    await ship_two(network, sequence=3)
    network.depot_stock.state(row("A", WAREHOUSE, -1, sequence=3), row("B", WAREHOUSE, 3, sequence=4))
    await network.full(WMS)
    assert stands(network) == (10, 8, 2)
    network.depot_stock.state(row("A", WAREHOUSE, 8, sequence=5))
    await network.full(WMS)
    assert stands(network) == (8, 8, 0)
    assert (await network.feed(WMS)).unread == ()
