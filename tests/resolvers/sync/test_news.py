"""News of handed-over work is taken once, in its order, and one piece that fails keeps no other waiting."""

import asyncio

import pytest

from gateway.domain.errors import Unavailable
from gateway.domain.feeds import WorkNews, WorkStep
from gateway.ports.order_book import Record
from resolvers.commands.apply_news import apply_news
from resolvers.sync import news as taking
from resolvers.sync.feeds import sync_feed
from resolvers.sync.news import take_news
from resolvers.sync.report import SyncReport
from resolvers.sync.webhooks import take_webhook
from tests.domain.retailer import WAREHOUSE
from tests.support.memory_network import MemoryNetwork
from tests.support.memory_shop import WMS, A, order_of
from tests.support.placed_orders import announced, goods, placed


async def at_work(network: MemoryNetwork, key: str) -> Record:
    record = await placed(network, goods(network, (A, 1, WAREHOUSE)), key=key)
    await announced(network, record.rid, order_of(record).fulfillments[0].number)
    return record


def number_of(record: Record) -> str:
    return order_of(record).fulfillments[0].number


async def state(network: MemoryNetwork, record: Record) -> str:
    return order_of(await network.record(record.rid)).fulfillments[0].state


def told(network: MemoryNetwork, number: str, step: WorkStep) -> WorkNews:
    return WorkNews(f"{number}-{step}", number, step, network.clock.at)


async def read(network: MemoryNetwork) -> SyncReport:
    return await sync_feed(network.world, WMS, "news", take_news)


async def test_news_are_taken_once_and_the_feed_goes_on_from_there(network: MemoryNetwork) -> None:
    record = await at_work(network, "one")
    network.depot_news.tell(told(network, number_of(record), "ACCEPTED"))
    assert (await read(network)).applied == 1
    assert (await state(network, record), (await network.feed(WMS, "news")).cursor) == ("ACCEPTED", "1")
    network.depot_pushes.put("same", told(network, number_of(record), "ACCEPTED"))
    report = await take_webhook(network.world, WMS, *network.depot_pushes.signed("same", "same"))
    assert (report.applied, report.unchanged) == (0, 2)
    assert [event.type for event in order_of(await network.record(record.rid)).history].count("FULFILLMENT_ACCEPTED") == 1


async def test_news_of_unknown_work_are_refused_and_the_others_taken(network: MemoryNetwork) -> None:
    record = await at_work(network, "one")
    network.depot_news.tell(told(network, "NOBODY-1", "SHIPPED"), told(network, number_of(record), "ACCEPTED"))
    report = await read(network)
    assert [(one.index, one.item, one.reason) for one in report.rejected] == [
        (0, "NOBODY-1-SHIPPED", "There is no work or order 'NOBODY-1'.")
    ]
    assert (report.applied, await state(network, record), (await network.feed(WMS, "news")).cursor) == (1, "ACCEPTED", "2")


async def test_a_piece_that_fails_by_our_fault_is_told_again_and_only_its_own_work_waits(
    network: MemoryNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await at_work(network, "one"), await at_work(network, "two")
    broken = True

    async def failing(world, source, event, epoch):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - stands in front of the real one
        if broken and event.reference == number_of(first) and event.step == "ACCEPTED":
            raise KeyError("a fault of ours")
        return await apply_news(world, source, event, epoch)

    monkeypatch.setattr(taking, "apply_news", failing)
    one, two = number_of(first), number_of(second)
    network.depot_news.tell(told(network, one, "ACCEPTED"), told(network, one, "PICKED"), told(network, two, "ACCEPTED"))
    report = await read(network)
    assert (report.applied, [one.item for one in report.rejected]) == (1, [f"{one}-ACCEPTED", f"{one}-PICKED"])
    assert (await state(network, second), (await network.feed(WMS, "news")).cursor) == ("ACCEPTED", None)
    broken = False
    report = await read(network)
    assert (report.applied, report.unchanged, await state(network, first)) == (2, 1, "PICKED")
    assert (await network.feed(WMS, "news")).cursor == "3"


async def test_an_outage_of_our_database_loses_no_news(network: MemoryNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    record = await at_work(network, "one")
    network.depot_news.tell(told(network, number_of(record), "ACCEPTED"))

    async def away(world, source, event, epoch):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - the database is away
        raise Unavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(taking, "apply_news", away)
        with pytest.raises(Unavailable):
            await read(network)
    assert ((await network.feed(WMS, "news")).cursor, (await read(network)).applied) == (None, 1)


async def test_orders_go_on_side_by_side_and_the_news_of_one_in_its_turn(network: MemoryNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = [number_of(await at_work(network, key)) for key in ("one", "two")]
    begun, both = list[str](), asyncio.Event()

    async def meeting(world, source, event, epoch):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - stands in front of the real one
        begun.append(event.event)
        if {f"{one}-ACCEPTED", f"{two}-ACCEPTED"} <= set(begun):
            both.set()
        await asyncio.wait_for(both.wait(), 10)
        return await apply_news(world, source, event, epoch)

    monkeypatch.setattr(taking, "apply_news", meeting)
    network.depot_news.tell(told(network, one, "ACCEPTED"), told(network, one, "PICKED"), told(network, two, "ACCEPTED"))
    assert (await read(network)).applied == 3
    assert begun.index(f"{one}-PICKED") == 2
