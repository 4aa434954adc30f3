"""A source that was restored counts anew: claims stay, words are told apart by their epoch, it is asked for every open order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.errors import NotFound, SourceUnavailable
from gateway.domain.feeds import WorkNews
from gateway.domain.ids import SourceCode
from gateway.domain.outbox import OutboxEntry
from gateway.ports.order_book import Record
from resolvers.hand_over.relay import relay_one
from resolvers.sync.feeds import sync_feed
from resolvers.sync.news import take_news
from resolvers.sync.operators import declare_epoch
from tests.domain.retailer import WAREHOUSE
from tests.support.memory_network import WITH_SUPPLIER, MemoryNetwork, row
from tests.support.memory_shop import WMS, A, order_of
from tests.support.placed_orders import goods, placed


async def handed_over(network: MemoryNetwork) -> Record:
    record = await placed(network, goods(network, (A, 2, WAREHOUSE)))
    while await relay_one(network.world, "relay"):
        pass
    return await network.record(record.rid)


def shipment(record: Record) -> OutboxEntry:
    return next(entry for entry in record.outbox if entry.kind == "SHIPMENT")


async def restored(network: MemoryNetwork) -> None:
    network.clock.pass_by(timedelta(minutes=1))
    network.depot_stock.epoch = "2"
    network.depot_stock.state(row("A", WAREHOUSE, 10, sequence=1), row("B", WAREHOUSE, 4, sequence=1))
    await network.full(WMS)


async def test_a_restored_source_is_sent_again_what_it_may_have_forgotten(network: MemoryNetwork) -> None:
    record = await handed_over(network)
    assert shipment(record).state == "ACKNOWLEDGED"
    await restored(network)
    assert shipment(await network.record(record.rid)).state == "WAITING"
    assert network.free(A, WAREHOUSE) == 8
    while await relay_one(network.world, "relay"):
        pass
    assert shipment(await network.record(record.rid)).state == "ACKNOWLEDGED"
    assert [message.kind for message in network.targets[WMS].effects].count("SHIPMENT") == 1


@pytest.mark.parametrize(("hand_over", "state"), [("B", "WAITING"), ("C", "PARKED")])
async def test_one_that_honors_no_key_is_asked_or_left_to_a_person(hand_over: str, state: str) -> None:
    sources = tuple(replace(one, hand_over=hand_over) if one.code == WMS else one for one in WITH_SUPPLIER.sources)
    network = MemoryNetwork(replace(WITH_SUPPLIER, sources=sources))
    await network.sync()
    record = await handed_over(network)
    await restored(network)
    record = await network.record(record.rid)
    assert (shipment(record).state, shipment(record).ambiguous_at is not None) == (state, hand_over == "B")
    assert [one.code for one in order_of(record).attention] == (["HAND_OVER_UNKNOWN"] if hand_over == "C" else [])


async def test_events_of_a_restored_source_are_new_though_they_are_named_as_old_ones(network: MemoryNetwork) -> None:
    record = await handed_over(network)
    number = order_of(record).fulfillments[0].number
    at = network.clock.at

    class Epochs:
        epoch, told = "1", (WorkNews("e1", number, "ACCEPTED", at),)

        async def news(self, cursor: str | None):  # type: ignore[no-untyped-def] # noqa: ANN202 - stands in for a source
            async for batch in network.depot_news.news(cursor):
                yield replace(batch, rows=self.told, epoch=self.epoch)

    news = Epochs()
    network.with_ports(WMS, news=news)
    assert (await sync_feed(network.world, WMS, "news", take_news)).applied == 1
    assert (await sync_feed(network.world, WMS, "news", take_news)).unchanged == 1
    news.epoch, news.told = "2", (WorkNews("e1", number, "PICKED", at),)
    assert (await sync_feed(network.world, WMS, "news", take_news)).applied == 1
    assert order_of(await network.record(record.rid)).fulfillments[0].state == "PICKED"


async def test_a_numbering_that_falls_back_is_told_and_taken_in_once_a_person_says_so(network: MemoryNetwork) -> None:
    network.depot_stock.epoch = ""
    for quantity in (9, 8, 7):
        network.depot_stock.state(row("A", WAREHOUSE, quantity))
    await network.full(WMS)
    await network.full(WMS)
    assert ((await network.feed(WMS)).order, network.quantities(WAREHOUSE)["A"]) == (3, 7)
    network.depot_stock._log.clear()
    network.depot_stock.state(row("A", WAREHOUSE, 12))
    network.clock.pass_by(timedelta(minutes=1))
    report = await network.full(WMS)
    assert report.error == "wms: its numbering fell back from 3 to 1; if it was restored, say so: commerce-gateway epoch wms"
    assert network.quantities(WAREHOUSE)["A"] == 7
    before = (await network.feed(WMS)).epoch
    epoch = await declare_epoch(network.world, WMS)
    assert epoch.endswith("~1")
    assert epoch != before
    assert (await network.full(WMS)).error is None
    assert (network.quantities(WAREHOUSE)["A"], network.stock("A", WAREHOUSE).epoch) == (12, epoch)
    network.depot_stock.state(row("A", WAREHOUSE, 11))
    await network.delta(WMS)
    assert network.quantities(WAREHOUSE)["A"] == 11


async def test_a_person_s_word_while_a_pass_runs_or_of_an_unknown_source(network: MemoryNetwork) -> None:
    with pytest.raises(NotFound):
        await declare_epoch(network.world, SourceCode("nobody"))
    snapshot = network.depot_stock.snapshot

    async def interrupted():  # type: ignore[no-untyped-def] # noqa: ANN202 - stands in front of the real one
        await declare_epoch(network.world, WMS)
        async for batch in snapshot():
            yield batch

    network.depot_stock.snapshot = interrupted  # type: ignore[method-assign]
    await network.full(WMS)
    stands = await network.feed(WMS)
    assert (stands.declared, stands.last_full_at, stands.cursor) == (1, None, None)


async def test_a_source_that_fails_stays_in_its_epoch(network: MemoryNetwork) -> None:
    network.lose(WMS, SourceUnavailable("wms", "refused the connection"))
    await network.full(WMS)
    assert (await network.feed(WMS)).epoch == "1"
