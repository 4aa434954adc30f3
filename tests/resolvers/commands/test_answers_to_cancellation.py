"""What a place or a person says while a request to cancel is open: it is answered, and nobody waits for those units any more."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.domain.errors import SourceRejected
from gateway.domain.feeds import Item, NewsLine, WorkNews
from gateway.domain.ids import stock_key
from gateway.domain.order import Order
from gateway.domain.order_status import order_status
from gateway.domain.outbox import Resolution
from gateway.ports.ledger import Statement
from gateway.ports.order_book import Record
from resolvers.commands.apply_news import apply_news
from resolvers.commands.cancel_order import cancel_order
from resolvers.commands.inputs import CancelOrder, LineUnits, OrderRef
from resolvers.commands.router import route
from resolvers.commands.work_inputs import AcceptLine, PickLine
from resolvers.hand_over.relay import relay_one
from resolvers.shortfalls import cover_shortfalls
from tests.domain.retailer import LYON, WAREHOUSE
from tests.support.memory_shop import ERP, NETWORK, OPERATOR, WMS, A, MemoryShop, check_ledger, check_sums, order_of
from tests.support.placed_orders import goods, placed
from tests.support.working import Worker, work_in


@pytest.fixture
async def shop() -> MemoryShop:
    shop = await MemoryShop().fill()
    shop.shelf(A, WAREHOUSE, 10)
    shop.shelf(A, LYON, 10)
    return shop


async def carried(shop: MemoryShop) -> None:
    while await relay_one(shop.world, "relay"):
        pass


async def asked_back(shop: MemoryShop, units: int) -> tuple[Record, Worker]:
    """Return an order of three units that the warehouse was asked to cancel some of, and who works there."""
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)))
    await carried(shop)
    lines = (LineUnits(f"{record.rid}/1", units),)
    answer = await cancel_order(shop.context(OPERATOR), CancelOrder("k" * 22, OrderRef(rid=record.rid), "CUSTOMER", lines))
    assert answer.requested == (("1", units),)
    return answer.record, Worker(shop, OPERATOR, order_of(record).fulfillments[0].number)


def states(order: Order) -> dict[str, int]:
    return {units.state: units.quantity for line in order.lines for units in line.units}


def work_line(worker: Worker) -> str:
    return f"{worker.number}/1"


async def test_work_that_is_rejected_ends_the_units_that_were_asked_back_and_sources_the_others(shop: MemoryShop) -> None:
    record, worker = await asked_back(shop, 1)
    await worker.reject("CLOSED")
    order = order_of(await shop.record(record.rid))
    assert (states(order), order.routed) == ({"CANCELED": 1, "UNSOURCED": 2}, False)
    assert (order.fulfillments[0].state, order.fulfillments[0].cancellation) == ("REJECTED", None)
    assert [(refund.amount, refund.lines) for refund in order.refunds] == [(Decimal("20.00"), (("1", 1),))]
    after = order_of(await route(shop.world, await shop.record(record.rid)))
    assert states(after) == {"CANCELED": 1, "OFFERED": 2}
    assert (shop.free(A, WAREHOUSE), shop.free(A, LYON)) == (10, 8)
    check_sums(after)
    check_ledger(shop.database)


async def test_an_order_that_was_asked_back_whole_ends_with_the_place_s_rejection(shop: MemoryShop) -> None:
    record, worker = await asked_back(shop, 3)
    await worker.reject("STOCK_NOT_FOUND")
    after = await shop.record(record.rid)
    order = order_of(after)
    assert (order_status(order), states(order), order.routed, order.attention) == ("CANCELED", {"CANCELED": 3}, True, ())
    assert order.refunds[0].amount == Decimal("64.90")
    assert order.groups[0].promise
    assert order.groups[0].promise.state == "CANCELED"
    assert not await shop.world.orders.unrouted(shop.clock.now(), 10)
    await carried(shop)
    assert [message.kind for message in shop.targets[ERP].effects] == ["ORDER", "CANCEL"]
    assert order_of(await shop.record(record.rid)).attention == ()


async def test_a_short_pick_gives_first_what_was_asked_back(shop: MemoryShop) -> None:
    record, worker = await asked_back(shop, 2)
    await worker.accept()
    await worker.pick(PickLine(work_line(worker), 2, "DAMAGED"))
    order = order_of(await shop.record(record.rid))
    assert states(order) == {"CANCELED": 1, "PICKED": 2}
    work = order.fulfillments[0]
    assert work.cancellation
    assert ([part.quantity for part in work.cancellation.lines], work.lines[0].cancel_requested) == ([1], 1)
    await worker_short_of_the_rest(shop, record, worker)
    check_sums(order)


async def worker_short_of_the_rest(shop: MemoryShop, record: Record, worker: Worker) -> None:
    await worker.reject("DAMAGED")
    order = order_of(await shop.record(record.rid))
    assert (states(order), work_in(await shop.record(record.rid), worker.number).state) == ({"CANCELED": 2, "UNSOURCED": 1}, "REJECTED")


async def test_a_part_that_is_not_accepted_is_what_was_asked_back(shop: MemoryShop) -> None:
    record, worker = await asked_back(shop, 1)
    await worker.accept(AcceptLine(work_line(worker), 2, reason="NO_CAPACITY"))
    order = order_of(await shop.record(record.rid))
    assert (states(order), order.fulfillments[0].cancellation, order.routed) == ({"CANCELED": 1, "ACCEPTED": 2}, None, True)


async def test_a_source_that_rejects_what_it_was_asked_to_cancel_has_answered(shop: MemoryShop) -> None:
    record, worker = await asked_back(shop, 3)
    shop.targets[WMS].switch.fault = SourceRejected(WMS, "it has no such work any more")
    news = WorkNews("n-1", worker.number, "REJECTED", shop.clock.now(), reason="STOCK_NOT_FOUND", lines=(NewsLine(Item(sku=A), 3),))
    await apply_news(shop.world, WMS, news)
    await carried(shop)
    order = order_of(await shop.record(record.rid))
    assert (order_status(order), order.attention) == ("CANCELED", ())


async def test_what_its_owner_counts_itself_is_there_again_when_its_figures_say_so() -> None:
    sources = tuple(replace(one, states="AVAILABLE") if one.code == WMS else one for one in NETWORK.sources)
    shop = await MemoryShop(replace(NETWORK, sources=sources)).fill()
    shop.shelf(A, WAREHOUSE, 10)
    record, _ = await asked_back(shop, 3)
    await carried(shop)
    assert order_status(order_of(await shop.record(record.rid))) == "CANCELED"
    assert shop.free(A, WAREHOUSE) == 7
    rival = await placed(shop, goods(shop, (A, 7, WAREHOUSE)), key="rival")
    taken = shop.clock.now()
    await shop.world.stock.state_all(WMS, [Statement(stock_key(A, WAREHOUSE), 7, 0, 101, taken, begun_at=taken)])
    assert shop.free(A, WAREHOUSE) == -3
    assert (await cover_shortfalls(shop.world), order_of(await shop.record(rival.rid)).attention) == (0, ())
    shop.clock.pass_by(timedelta(minutes=1))
    now = shop.clock.now()
    await shop.world.stock.state_all(WMS, [Statement(stock_key(A, WAREHOUSE), 10, 0, 102, now, begun_at=now)])
    assert shop.free(A, WAREHOUSE) == 3
    check_ledger(shop.database)


async def stuck(shop: MemoryShop) -> tuple[Record, Worker]:
    """Return an order whose request to cancel its system was not told of, so that it waits for a person."""
    record, worker = await asked_back(shop, 3)
    entry = next(entry for entry in record.outbox if entry.kind == "CANCEL" and entry.leg == worker.number)
    claimed = await shop.world.outbox.claim("relay", [WMS], shop.clock.now(), 30)
    assert claimed is not None
    assert claimed[1].n == entry.n
    await shop.world.outbox.settle(record.rid, replace(claimed[1], state="DEAD", last_error="no answer"))
    after = await shop.record(record.rid)
    assert [one.code for one in order_of(after).attention] == ["HAND_OVER_DEAD"]
    return after, worker


async def dropped(shop: MemoryShop, record: Record, n: int, note: str | None = None) -> Order:
    assert await shop.world.outbox.resolve(record.rid, n, Resolution("DROPPED", note=note))
    return order_of(await shop.record(record.rid))


async def test_a_request_that_a_person_gives_up_is_answered_by_no(shop: MemoryShop) -> None:
    record, worker = await stuck(shop)
    n = next(entry.n for entry in record.outbox if entry.state == "DEAD")
    order = await dropped(shop, record, n, "their line is down")
    work = order.fulfillments[0]
    assert (work.cancellation, work.lines[0].cancel_requested, states(order)) == (None, 0, {"OFFERED": 3})
    assert [(one.code, one.message) for one in order.attention] == [
        ("CANCELLATION_REFUSED", "wms did not cancel the work of WH: their line is down")
    ]
    again = CancelOrder("a" * 22, OrderRef(rid=record.rid), "CUSTOMER")
    assert (await cancel_order(shop.context(OPERATOR), again)).requested == (("1", 3),)
    assert worker.number == work.number


async def test_work_whose_message_is_given_up_calls_for_somebody_to_do_it(shop: MemoryShop) -> None:
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)))
    shop.targets[WMS].switch.fault = SourceRejected(WMS, "no such service")
    await carried(shop)
    stopped = await shop.record(record.rid)
    order = await dropped(shop, stopped, next(entry.n for entry in stopped.outbox if entry.state == "DEAD"))
    number = order.fulfillments[0].number
    assert [(one.code, one.fulfillment) for one in order.attention] == [("HAND_OVER_DEAD", number)]
    shop.clock.pass_by(timedelta(minutes=1))
    await Worker(shop, OPERATOR, number).accept()
    assert order_of(await shop.record(record.rid)).attention == ()


async def test_work_that_was_begun_before_its_message_is_given_up_calls_nobody(shop: MemoryShop) -> None:
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)))
    shop.targets[WMS].switch.fault = SourceRejected(WMS, "no such service")
    await carried(shop)
    worker = Worker(shop, OPERATOR, order_of(record).fulfillments[0].number)
    await worker.accept()
    accepted = await shop.record(record.rid)
    assert [one.code for one in order_of(accepted).attention] == ["HAND_OVER_DEAD"]
    n = next(entry.n for entry in accepted.outbox if entry.state == "DEAD")
    assert (await dropped(shop, accepted, n)).attention == ()
