"""Steps of fulfillments by call, by news and by receipt: once per key, told to the right system, and right for the stock behind."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.claims.carrying import carry_out, recover
from gateway.domain.errors import DomainError, IdempotencyConflict, NotFound, Unavailable
from gateway.domain.feeds import Receipt, WorkNews, WorkStep
from gateway.domain.ids import LocationCode, SourceCode, stock_key
from gateway.domain.order_secret import pickup_code
from gateway.domain.order_status import order_status
from gateway.domain.outbox import OutboxEntry
from gateway.domain.quantities import money
from gateway.ports.ledger import Statement
from gateway.ports.order_book import Record
from resolvers.audit import audit
from resolvers.commands.accept_fulfillment import accept_fulfillment
from resolvers.commands.apply_news import apply_news
from resolvers.commands.inputs import LineUnits, PaymentInput
from resolvers.commands.record_receipt import record_receipt
from resolvers.commands.report_delivery import report_delivery
from resolvers.commands.work_inputs import AcceptFulfillment, AcceptLine, PickLine, ReportDelivery
from resolvers.context import SourcePorts
from resolvers.hand_over.relay import relay_one
from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.support.memory_shop import CLERK, OPERATOR, POS, SHOPPER, WMS, A, B, MemoryShop, check_ledger, check_sums, order_of
from tests.support.placed_orders import announced, goods, placed
from tests.support.working import Worker, work_in

TIME_WINDOW = timedelta(seconds=60)
"""The settle delay of a source that only has times."""


async def at_lyon(shop: MemoryShop, units: int = 2, *, collected: bool = False) -> tuple[Record, Worker]:
    """Place an order that the clerk's shop is to prepare, with 5 units on its shelf."""
    shop.shelf(A, LYON, 5)
    group = goods(shop, (A, units, LYON), method="PICKUP" if collected else "SHIP", service="collect" if collected else "standard")
    record = await placed(shop, group)
    return record, Worker(shop, CLERK, order_of(record).fulfillments[0].number)


async def at_warehouse(shop: MemoryShop, units: int = 2) -> tuple[Record, str]:
    shop.shelf(A, WAREHOUSE, 10)
    record = await placed(shop, goods(shop, (A, units, WAREHOUSE)))
    return record, order_of(record).fulfillments[0].number


async def figure(shop: MemoryShop, source: SourceCode, place: str, quantity: int, order: int | None = None) -> None:
    """Let the owner of a shelf state what it has, asked for now; at a number of its order, where it numbers."""
    now = shop.clock.now()
    at = order if order is not None else int(now.timestamp() * 1000)
    told = Statement(stock_key(A, LocationCode(place)), quantity, 0, at, now, begun_at=now)
    await shop.world.stock.state_all(source, [told])


def news(number: str, step: WorkStep, shop: MemoryShop, **more: object) -> WorkNews:
    return WorkNews(f"{number}-{step}", number, step, shop.clock.now(), **more)  # type: ignore[arg-type]


def steps_owed(record: Record) -> list[tuple[str, str | None]]:
    return [(entry.source, entry.step) for entry in record.outbox if entry.kind == "STEP"]


def entry_of(record: Record, kind: str) -> OutboxEntry:
    return next(entry for entry in record.outbox if entry.kind == kind)


async def test_each_step_is_told_to_the_system_that_was_given_the_work(shop: MemoryShop) -> None:
    record, clerk = await at_lyon(shop)
    await clerk.accept()
    await clerk.pick()
    await clerk.pack(l1=2)
    record = (await clerk.ship()).record
    assert work_in(record, clerk.number).state == "SHIPPED"
    assert steps_owed(record) == [("pos", "ACCEPTED"), ("pos", "PICKED"), ("pos", "PACKED"), ("pos", "SHIPPED")]
    assert [entry.leg for entry in record.outbox if entry.kind == "STEP"][-1] == f"{clerk.number}:SHIPPED"
    check_sums(order_of(record))


async def test_the_same_call_three_times_is_one_step(shop: MemoryShop) -> None:
    _, clerk = await at_lyon(shop)
    command = AcceptFulfillment("k" * 22, clerk.number)
    answers = [await accept_fulfillment(shop.context(CLERK), command) for _ in range(3)]
    assert {answer.record.v for answer in answers} == {answers[0].record.v}
    assert steps_owed(answers[-1].record) == [("pos", "ACCEPTED")]
    with pytest.raises(IdempotencyConflict):
        await accept_fulfillment(shop.context(CLERK), replace(command, lines=(AcceptLine(f"{clerk.number}/1", 1),)))


async def test_calls_that_race_under_one_key_are_one_step(shop: MemoryShop) -> None:
    _, clerk = await at_lyon(shop)
    command = AcceptFulfillment("k" * 22, clerk.number)
    answers = await asyncio.gather(*(accept_fulfillment(shop.context(CLERK), command) for _ in range(4)))
    assert steps_owed(answers[-1].record) == [("pos", "ACCEPTED")]


@pytest.mark.parametrize("who", [SHOPPER, replace(CLERK, locations=frozenset({NANTES}))])
async def test_work_of_another_place_is_not_there(shop: MemoryShop, who: object) -> None:
    _, clerk = await at_lyon(shop)
    clerk.who = who  # type: ignore[assignment]
    with pytest.raises(NotFound):
        await clerk.accept()


async def test_a_number_that_nothing_has_and_a_line_of_other_work_are_named(shop: MemoryShop) -> None:
    _, clerk = await at_lyon(shop)
    with pytest.raises(DomainError) as refused:
        await clerk.accept(AcceptLine("OTHER-1/1", 1))
    assert [(one.refusal, one.field) for one in refused.value.each] == [("NOT_FOUND", ("lines", "0", "lineId"))]
    clerk.number = ""
    with pytest.raises(NotFound):
        await clerk.accept()


async def test_a_step_that_the_state_forbids_writes_nothing(shop: MemoryShop) -> None:
    record, clerk = await at_lyon(shop)
    with pytest.raises(DomainError) as refused:
        await clerk.ship()
    assert (refused.value.refusal, refused.value.field) == ("ILLEGAL_TRANSITION", ("fulfillmentId",))
    assert await shop.record(record.rid) == record


@pytest.mark.parametrize("reason", ["CLOSED", "NO_CAPACITY"])
async def test_a_place_that_only_has_no_time_gives_its_stock_back_at_once(shop: MemoryShop, reason: str) -> None:
    record, clerk = await at_lyon(shop)
    record = (await clerk.reject(reason)).record  # type: ignore[arg-type]
    assert (shop.free(A, LYON), record.claims, order_of(record).routed) == (5, (), False)
    assert entry_of(record, "STORE_TASK").state == "DROPPED"
    assert steps_owed(record) == []
    check_ledger(shop.database)


@pytest.mark.parametrize("dies", [False, True])
async def test_what_leaves_by_hand_is_lifted_by_the_owner_s_next_figure_whoever_dies(shop: MemoryShop, dies: bool) -> None:  # noqa: FBT001 - a case
    shop.world.sources[POS] = SourcePorts(POS)
    record, clerk = await at_lyon(shop)
    await clerk.accept()
    await clerk.pick()
    await clerk.pack(l1=2)
    if dies:
        with unanswered(shop), pytest.raises(Unavailable):
            await clerk.ship()
        assert work_in(await shop.record(record.rid), clerk.number).state == "SHIPPED"
        shop.clock.pass_by(TIME_WINDOW)
        assert [one.kind for one in (await audit(shop.world, sample=None, repair=(), pause_s=0)).drifts] == ["STUCK"]
        await shop.world.claims.run(recover(record.rid))
    else:
        await clerk.ship()
    shop.clock.pass_by(TIME_WINDOW)
    await figure(shop, POS, LYON, 3)
    assert (shop.free(A, LYON), shop.held(A, LYON)) == (3, 0)
    check_ledger(shop.database)


@contextlib.contextmanager
def unanswered(shop: MemoryShop) -> Iterator[None]:
    """Let the ledger be away once an order is written."""
    claims = shop.world.claims

    class Away:
        async def run(self, program: Any) -> Any:
            if program.__name__ != carry_out.__name__:
                return await claims.run(program)
            program.close()
            raise Unavailable("away")

    try:
        shop.world = replace(shop.world, claims=Away())  # type: ignore[arg-type]
        yield
    finally:
        shop.world = replace(shop.world, claims=claims)


async def test_units_not_found_stay_subtracted_until_a_later_figure(shop: MemoryShop) -> None:
    record, clerk = await at_lyon(shop)
    await announced(shop, record.rid, clerk.number)
    record = (await clerk.reject("STOCK_NOT_FOUND")).record
    assert (shop.free(A, LYON), record.claims, record.sent) == (3, (), frozenset())
    assert steps_owed(record) == [("pos", "REJECTED")]
    shop.clock.pass_by(TIME_WINDOW / 2)
    await figure(shop, POS, LYON, 5)
    assert shop.free(A, LYON) == 3
    shop.clock.pass_by(TIME_WINDOW)
    await figure(shop, POS, LYON, 3)
    assert shop.free(A, LYON) == 3
    assert shop.held(A, LYON) == 0


async def test_part_of_a_claim_that_nobody_was_told_of_is_given_back(shop: MemoryShop) -> None:
    record, clerk = await at_lyon(shop, 3)
    record = (await clerk.accept(AcceptLine(f"{clerk.number}/1", 1, reason="NO_CAPACITY"))).record
    assert (shop.free(A, LYON), [claim.units for claim in record.claims]) == (4, [1])
    check_ledger(shop.database)


async def test_part_of_a_claim_that_was_announced_stays_subtracted(shop: MemoryShop) -> None:
    record, clerk = await at_lyon(shop, 3)
    await announced(shop, record.rid, clerk.number)
    record = (await clerk.accept(AcceptLine(f"{clerk.number}/1", 1, reason="NO_CAPACITY"))).record
    assert (shop.free(A, LYON), [claim.units for claim in record.claims]) == (2, [3])


async def test_nothing_found_on_the_shelf_gives_the_work_back(shop: MemoryShop) -> None:
    _, clerk = await at_lyon(shop)
    await clerk.accept()
    record = (await clerk.pick(PickLine(f"{clerk.number}/1", 0))).record
    assert (work_in(record, clerk.number).state, shop.free(A, LYON), order_status(order_of(record))) == ("REJECTED", 3, "PLACED")


async def test_goods_that_left_are_counted_once_by_the_tills_own_word(shop: MemoryShop) -> None:
    record, clerk = await at_lyon(shop)
    await clerk.accept()
    await clerk.pick()
    await clerk.pack(l1=2)
    record = (await clerk.ship()).record
    await figure(shop, POS, LYON, 5)
    assert shop.free(A, LYON) == 3
    step = [entry for entry in record.outbox if entry.kind == "STEP"][-1]
    for _ in range(2):
        await record_receipt(shop.world, record.rid, step, Receipt("T1", shop.clock.now()))
    shop.clock.pass_by(TIME_WINDOW / 2)
    await figure(shop, POS, LYON, 3)
    assert shop.free(A, LYON) == 1
    shop.clock.pass_by(TIME_WINDOW)
    await figure(shop, POS, LYON, 3)
    assert (shop.free(A, LYON), shop.held(A, LYON)) == (3, 0)


async def test_a_warehouse_lifts_its_claim_at_the_number_of_its_goods_issue(shop: MemoryShop) -> None:
    record, number = await at_warehouse(shop)
    record = await announced(shop, record.rid, number)
    for step, sequence in (("ACCEPTED", None), ("PICKED", None), ("PACKED", None), ("SHIPPED", 120), ("SHIPPED", 120)):
        record = await apply_news(shop.world, WMS, news(number, step, shop, sequence=sequence))  # type: ignore[arg-type]
    assert (work_in(record, number).state, steps_owed(record)) == ("SHIPPED", [])
    await figure(shop, WMS, WAREHOUSE, 10, order=119)
    assert shop.free(A, WAREHOUSE) == 8
    await figure(shop, WMS, WAREHOUSE, 8, order=120)
    assert (shop.free(A, WAREHOUSE), shop.held(A, WAREHOUSE)) == (8, 0)
    record = await apply_news(shop.world, WMS, news(number, "DELIVERED", shop))
    assert order_status(order_of(record)) == "FULFILLED"
    check_sums(order_of(record))


async def test_a_figure_that_came_before_the_news_of_its_goods_issue_lifts_the_claim_at_once(shop: MemoryShop) -> None:
    record, number = await at_warehouse(shop)
    await announced(shop, record.rid, number)
    await figure(shop, WMS, WAREHOUSE, 8, order=125)
    assert shop.free(A, WAREHOUSE) == 6
    await apply_news(shop.world, WMS, news(number, "SHIPPED", shop, sequence=120))
    assert (shop.free(A, WAREHOUSE), shop.held(A, WAREHOUSE)) == (8, 0)


async def test_news_of_a_refusal_gives_back_or_keeps_by_its_reason(shop: MemoryShop) -> None:
    record, number = await at_warehouse(shop)
    await announced(shop, record.rid, number)
    record = await apply_news(shop.world, WMS, news(number, "REJECTED", shop, reason="STOCK_NOT_FOUND"))
    assert (shop.free(A, WAREHOUSE), record.claims, work_in(record, number).state) == (8, (), "REJECTED")
    await figure(shop, WMS, WAREHOUSE, 10, order=101)
    assert shop.free(A, WAREHOUSE) == 8
    shop.clock.pass_by(TIME_WINDOW)
    await figure(shop, WMS, WAREHOUSE, 8, order=102)
    assert (shop.free(A, WAREHOUSE), shop.held(A, WAREHOUSE)) == (8, 0)


async def test_news_from_a_source_that_was_not_given_the_work_is_refused(shop: MemoryShop) -> None:
    _, number = await at_warehouse(shop)
    with pytest.raises(NotFound):
        await apply_news(shop.world, POS, news(number, "SHIPPED", shop))
    with pytest.raises(NotFound):
        await apply_news(shop.world, WMS, news("SOMETHING-ELSE-1", "SHIPPED", shop))


async def test_an_acceptance_lifts_the_claim_where_the_owner_states_what_it_can_sell(shop: MemoryShop) -> None:
    sources = tuple(replace(one, states="AVAILABLE") if one.code == WMS else one for one in shop.network.sources)
    shop = await MemoryShop(replace(shop.network, sources=sources)).fill()
    record, number = await at_warehouse(shop)
    record = await announced(shop, record.rid, number)
    await record_receipt(shop.world, record.rid, entry_of(record, "SHIPMENT"), Receipt("S1", shop.clock.now()))
    await figure(shop, WMS, WAREHOUSE, 10, order=110)
    assert shop.free(A, WAREHOUSE) == 8
    await apply_news(shop.world, WMS, news(number, "ACCEPTED", shop, sequence=115))
    await figure(shop, WMS, WAREHOUSE, 8, order=115)
    assert (shop.free(A, WAREHOUSE), shop.held(A, WAREHOUSE)) == (8, 0)


async def test_a_receipt_of_what_only_lies_there_lifts_no_claim_and_an_acceptance_does(shop: MemoryShop) -> None:
    stating = {"states": "AVAILABLE", "ordered_by": "TIME"}
    sources = tuple(replace(one, **stating) if one.code == WMS else one for one in shop.network.sources)  # type: ignore[arg-type]
    shop = await MemoryShop(replace(shop.network, sources=sources)).fill()
    record, number = await at_warehouse(shop)
    record = await announced(shop, record.rid, number)
    given = entry_of(record, "SHIPMENT")
    await record_receipt(shop.world, record.rid, given, Receipt("S1", shop.clock.now(), taken=False))
    assert [marker.asked for marker in shop.database.stock[stock_key(A, WAREHOUSE)].markers.values()] == [None]
    await apply_news(shop.world, WMS, news(number, "ACCEPTED", shop))
    assert [marker.asked is not None for marker in shop.database.stock[stock_key(A, WAREHOUSE)].markers.values()] == [True]


async def test_a_cancellation_that_only_lies_there_gives_nothing_back(shop: MemoryShop) -> None:
    record, number = await at_warehouse(shop)
    record = await announced(shop, record.rid, number)
    canceling = replace(entry_of(record, "SHIPMENT"), kind="CANCEL")
    await record_receipt(shop.world, record.rid, canceling, Receipt("S1", shop.clock.now(), taken=False))
    assert order_of(await shop.record(record.rid)) == order_of(record)
    await record_receipt(shop.world, record.rid, canceling, Receipt("S1", shop.clock.now()))
    assert order_of(await shop.record(record.rid)) != order_of(record)


async def test_news_of_work_whose_message_was_in_doubt_settles_the_doubt(shop: MemoryShop) -> None:
    record, number = await at_warehouse(shop)
    record, entry = await announced_entry(shop, record, number)
    await shop.world.outbox.settle(record.rid, replace(entry, state="PARKED"))
    await apply_news(shop.world, WMS, news(number, "ACCEPTED", shop, source_reference="SHP-1"))
    confirmed = entry_of(await shop.record(record.rid), "SHIPMENT")
    assert (confirmed.state, confirmed.reference) == ("ACKNOWLEDGED", "SHP-1")


async def announced_entry(shop: MemoryShop, record: Record, number: str) -> tuple[Record, OutboxEntry]:
    record = await announced(shop, record.rid, number)
    return record, entry_of(record, "SHIPMENT")


async def test_click_and_collect_ends_with_the_customers_code(shop: MemoryShop) -> None:
    record, clerk = await at_lyon(shop, collected=True)
    await clerk.accept()
    await clerk.pick()
    await clerk.lay_ready()
    for given, field in (({}, "pickupCode"), ({"pickup_code": "WRONGONE"}, "pickupCode")):
        with pytest.raises(DomainError) as refused:
            await clerk.collect(**given)
        assert refused.value.field == (field,)
    code = pickup_code(shop.world.secrets.orders, record.rid, clerk.number)
    done = (await clerk.collect(pickup_code=f"{code[:4]} {code[4:].lower()}")).record
    assert (work_in(done, clerk.number).state, order_status(order_of(done))) == ("COLLECTED", "FULFILLED")
    assert steps_owed(done)[-1] == ("pos", "COLLECTED")


async def test_a_customer_pays_at_the_counter_for_what_they_take(shop: MemoryShop) -> None:
    _, clerk = await at_lyon(shop, collected=True)
    await clerk.accept()
    await clerk.pick()
    await clerk.lay_ready()
    one: dict[str, object] = {"identified_by": "DOCUMENT", "lines": (LineUnits(f"{clerk.number}/1", 1),)}
    for amount in ("44.90", "20.00"):
        with pytest.raises(DomainError) as refused:
            await clerk.collect(**one, payment=PaymentInput("till", "T1", money(amount, "EUR")))
        assert (refused.value.refusal, refused.value.field) == ("PAYMENT_MISMATCH", ("payment",))
    order = order_of((await clerk.collect(**one, payment=PaymentInput("till", "T1", money("24.90", "EUR")))).record)
    assert ([payment.amount for payment in order.payments], order.refunds) == ([money("24.90", "EUR").amount], ())
    assert order_status(order) == "FULFILLED"


async def test_goods_nobody_fetched_are_free_again_when_their_owner_says_so(shop: MemoryShop) -> None:
    record, clerk = await at_lyon(shop, collected=True)
    await announced(shop, record.rid, clerk.number)
    await clerk.accept()
    await clerk.pick()
    await clerk.lay_ready()
    record = await apply_news(shop.world, POS, news(clerk.number, "NOT_COLLECTED", shop))
    assert (order_status(order_of(record)), record.claims, shop.free(A, LYON)) == ("CANCELED", (), 3)
    shop.clock.pass_by(TIME_WINDOW)
    await figure(shop, POS, LYON, 5)
    assert (shop.free(A, LYON), shop.held(A, LYON)) == (5, 0)


async def test_where_no_system_takes_the_work_the_clerks_word_counts(shop: MemoryShop) -> None:
    sources = {code: replace(ports, hand_over=None) for code, ports in shop.world.sources.items()}
    shop.world = replace(shop.world, sources=sources)
    record, clerk = await at_lyon(shop)
    await clerk.accept()
    await clerk.pick()
    await clerk.pack(l1=2)
    record = (await clerk.ship()).record
    assert record.outbox == ()
    shop.clock.pass_by(TIME_WINDOW + timedelta(seconds=1))
    await figure(shop, POS, LYON, 3)
    assert (shop.free(A, LYON), shop.held(A, LYON)) == (3, 0)


async def test_a_source_that_gives_canceled_work_back_gives_its_stock_back(shop: MemoryShop) -> None:
    record, number = await at_warehouse(shop)
    record = await announced(shop, record.rid, number)
    entry = replace(entry_of(record, "SHIPMENT"), kind="CANCEL")
    for _ in range(2):
        await record_receipt(shop.world, record.rid, entry, Receipt("S1", shop.clock.now()))
    record = await shop.record(record.rid)
    assert (work_in(record, number).state, shop.free(A, WAREHOUSE), record.claims) == ("CANCELED", 10, ())
    check_ledger(shop.database)


async def test_a_delivery_may_not_lie_in_the_future(shop: MemoryShop) -> None:
    record, number = await at_warehouse(shop)
    await announced(shop, record.rid, number)
    await apply_news(shop.world, WMS, news(number, "SHIPPED", shop, sequence=120))
    late = ReportDelivery("k" * 22, number, "DELIVERED", at=shop.clock.now() + timedelta(days=1))
    with pytest.raises(DomainError) as refused:
        await report_delivery(shop.context(OPERATOR), late)
    assert (refused.value.refusal, refused.value.field) == ("OUT_OF_RANGE", ("at",))
    told = await report_delivery(shop.context(OPERATOR), replace(late, at=shop.clock.now(), note="Left with a neighbor."))
    events = [event.summary for event in order_of(told.record).history]
    assert work_in(told.record, number).state == "DELIVERED"
    assert events[-2:] == ["The parcel was delivered. Left with a neighbor.", "The customer has everything."]


async def test_two_places_work_on_one_order_each_on_its_own(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 5)
    shop.shelf(B, WAREHOUSE, 5)
    record = await placed(shop, goods(shop, (A, 1, LYON), (B, 1, WAREHOUSE)))
    first, second = (work.number for work in order_of(record).fulfillments)
    await announced(shop, record.rid, second)
    clerk = Worker(shop, CLERK, first)
    await asyncio.gather(clerk.accept(), apply_news(shop.world, WMS, news(second, "ACCEPTED", shop)))
    record = await shop.record(record.rid)
    assert [work.state for work in order_of(record).fulfillments] == ["ACCEPTED", "ACCEPTED"]
    check_sums(order_of(record))


async def test_the_relay_carries_work_and_its_steps_and_the_stock_is_right_at_the_end(shop: MemoryShop) -> None:
    record, clerk = await at_lyon(shop)
    for step in (clerk.accept, clerk.pick, lambda: clerk.pack(l1=2), clerk.ship):
        await step()
        while await relay_one(shop.world, "relay"):
            pass
    record = await shop.record(record.rid)
    assert {entry.state for entry in record.outbox} == {"ACKNOWLEDGED"}
    pos = [(message.kind, message.body["step"]) for message in shop.targets[POS].effects]
    assert pos == [("STORE_TASK", None), ("STEP", "ACCEPTED"), ("STEP", "PICKED"), ("STEP", "PACKED"), ("STEP", "SHIPPED")]
    shop.clock.pass_by(TIME_WINDOW + timedelta(seconds=1))
    await figure(shop, POS, LYON, 3)
    assert (shop.free(A, LYON), shop.held(A, LYON)) == (3, 0)


async def test_work_refused_while_its_message_is_under_way_is_told_to_be_refused(shop: MemoryShop) -> None:
    record, clerk = await at_lyon(shop)
    await announced(shop, record.rid, clerk.number)
    record = (await clerk.reject("CLOSED")).record
    assert (shop.free(A, LYON), record.claims, steps_owed(record)) == (5, (), [("pos", "REJECTED")])
    check_ledger(shop.database)


async def test_a_step_tells_its_system_with_which_units_it_was_taken(shop: MemoryShop) -> None:
    record, clerk = await at_lyon(shop, 4, collected=True)
    while await relay_one(shop.world, "relay"):
        pass
    await clerk.accept()
    await clerk.pick(PickLine(f"{clerk.number}/1", 3))
    await clerk.lay_ready()
    await clerk.collect(identified_by="DOCUMENT", lines=(LineUnits(f"{clerk.number}/1", 1),))
    while await relay_one(shop.world, "relay"):
        pass
    told = [(message.body["step"], [line["quantity"] for line in message.body["lines"]]) for message in shop.targets[POS].effects]  # type: ignore[attr-defined]
    assert told == [(None, [4]), ("ACCEPTED", [4]), ("PICKED", [3]), ("READY_FOR_PICKUP", [3]), ("COLLECTED", [1])]
    shop.clock.pass_by(TIME_WINDOW + timedelta(seconds=1))
    await figure(shop, POS, LYON, 4)
    assert (shop.free(A, LYON), shop.held(A, LYON)) == (4, 0)
    check_sums(order_of(await shop.record(record.rid)))
