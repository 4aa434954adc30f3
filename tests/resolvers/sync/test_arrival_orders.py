"""Counts and sales that a source only times end at the same figure in every order in which they arrive, by feed and by push."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from gateway.domain.errors import NotFound, SourceGarbage, SourceUnavailable, Unauthenticated
from gateway.domain.feeds import Batch, Item, StockDelta, StockRow
from gateway.domain.ids import SourceCode
from resolvers.sync.webhooks import take_webhook
from tests.domain.retailer import LYON, WAREHOUSE
from tests.support.memory_network import MemoryNetwork, PagedStock, row
from tests.support.memory_shop import ERP, POS, WMS


def at(minute: int) -> datetime:
    return datetime(2025, 6, 26, 12, minute, tzinfo=UTC)


def sale(event: str, units: int, minute: int) -> StockDelta:
    return StockDelta(event, LYON, Item(sku="A"), -units, at(minute))


TOLD: tuple[StockRow | StockDelta, ...] = (
    row("A", LYON, 102, at=at(0)),
    sale("e1", 2, 2),
    row("A", LYON, 97, at=at(3)),
    sale("e2", 1, 4),
)
ORDERS = list(permutations(range(4)))


async def polled(network: MemoryNetwork, told: StockRow | StockDelta) -> None:
    network.with_ports(POS, stock=PagedStock([], told=[Batch((told,), asked_at=network.clock.at, cursor="x")]))
    await network.delta(POS)


async def pushed(network: MemoryNetwork, told: StockRow | StockDelta) -> None:
    network.shop_pushes.put("row", told)
    await take_webhook(network.world, POS, *network.shop_pushes.signed("row"))


@pytest.mark.parametrize("order", ORDERS)
async def test_the_vector_ends_at_96_by_feed_by_push_and_by_both(network: MemoryNetwork, order: tuple[int, ...]) -> None:
    network.clock.at = at(10)
    for n in order:
        await polled(network, TOLD[n])
    assert network.stock("A", LYON).q == 96
    for n in order[::-1]:
        await pushed(network, TOLD[n])
    assert network.stock("A", LYON).q == 96


@pytest.mark.parametrize("order", ORDERS)
async def test_the_vector_ends_at_96_where_feed_and_push_take_turns(network: MemoryNetwork, order: tuple[int, ...]) -> None:
    network.clock.at = at(10)
    for turn, n in enumerate(order):
        await (pushed if turn % 2 else polled)(network, TOLD[n])
    assert (network.stock("A", LYON).q, network.stock("A", LYON).free) == (96, 96)


async def test_a_push_with_a_bad_signature_changes_nothing(network: MemoryNetwork) -> None:
    network.shop_pushes.put("row", row("A", LYON, 1))
    headers, body = network.shop_pushes.signed("row")
    for wrong_headers, wrong_body in (({}, body), ({"x-signature": "0" * 64}, body), (headers, body + b" ")):
        with pytest.raises(Unauthenticated):
            await take_webhook(network.world, POS, wrong_headers, wrong_body)
    assert network.stock("A", LYON).q == 5


async def test_a_push_of_nobody_or_that_cannot_be_read_is_refused(network: MemoryNetwork) -> None:
    headers, body = network.shop_pushes.signed("never put")
    with pytest.raises(SourceGarbage):
        await take_webhook(network.world, POS, headers, body)
    for code in (ERP, SourceCode("nobody")):
        with pytest.raises(NotFound):
            await take_webhook(network.world, code, headers, body)


async def test_a_repeated_push_has_no_effect(network: MemoryNetwork) -> None:
    network.clock.at = at(10)
    network.shop_pushes.put("sale", sale("e9", 2, 5))
    push = network.shop_pushes.signed("sale")
    first, again = await take_webhook(network.world, POS, *push), await take_webhook(network.world, POS, *push)
    assert ((first.applied, first.superseded), (again.applied, again.superseded)) == ((1, 0), (0, 1))
    assert network.stock("A", LYON).q == 3


async def test_bad_rows_of_a_push_are_told_and_its_good_ones_applied(network: MemoryNetwork) -> None:
    network.clock.at = at(10)
    network.shop_pushes.put("good", sale("e1", 1, 5))
    network.shop_pushes.put("bad", StockDelta("e2", LYON, Item(sku="NO-SUCH"), -1, at(5)))
    report = await take_webhook(network.world, POS, *network.shop_pushes.signed("bad", "good"))
    assert (report.rows, report.applied, [(one.index, one.item) for one in report.rejected]) == (2, 1, [(0, "NO-SUCH")])


async def test_pushed_numbered_differences_lose_none_when_they_overtake_each_other(network: MemoryNetwork) -> None:
    changes = [StockDelta(f"e{n}", WAREHOUSE, Item(sku="A"), -n, network.clock.at, sequence=n) for n in (1, 2, 3)]
    for change in changes:
        network.depot_stock.move(change)
        network.depot_pushes.put(change.event, change)
    for event in ("e3", "e1", "e2", "e3"):
        report = await take_webhook(network.world, WMS, *network.depot_pushes.signed(event))
        assert (report.error, network.stock("A", WAREHOUSE).q) == (None, 4)
    await network.delta(WMS)
    assert network.stock("A", WAREHOUSE).q == 4


async def test_a_push_whose_changes_cannot_be_fetched_is_made_good_by_the_next_pass(network: MemoryNetwork) -> None:
    change = StockDelta("e1", WAREHOUSE, Item(sku="A"), -1, network.clock.at, sequence=1)
    network.depot_stock.move(change)
    network.depot_pushes.put("e1", change)
    network.lose(WMS, SourceUnavailable("wms", "refused the connection"))
    report = await take_webhook(network.world, WMS, *network.depot_pushes.signed("e1"))
    assert (report.error, network.stock("A", WAREHOUSE).q) == ("wms: refused the connection", 10)
    network.find_again(WMS)
    await network.delta(WMS)
    assert network.stock("A", WAREHOUSE).q == 9


async def test_pushed_numbered_figures_apply_by_their_number(network: MemoryNetwork) -> None:
    for sequence, quantity, stands in ((5, 7, 7), (4, 9, 7), (6, 3, 3), (5, 7, 3)):
        network.depot_pushes.put("row", row("A", WAREHOUSE, quantity, sequence=sequence))
        await take_webhook(network.world, WMS, *network.depot_pushes.signed("row"))
        assert network.stock("A", WAREHOUSE).q == stands
