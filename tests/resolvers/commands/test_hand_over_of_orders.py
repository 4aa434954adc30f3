"""Orders under way to the systems that own the work: canceling, and what fails, as the relay carries it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.domain.errors import SourceRejected, SourceUnavailable
from gateway.domain.feeds import WorkNews
from gateway.domain.ids import SourceCode
from gateway.domain.order import Order
from gateway.domain.order_status import order_status
from gateway.domain.outbox import Resolution
from gateway.domain.principal import Principal
from gateway.ports.order_book import Record
from resolvers.commands.accept_fulfillment import accept_fulfillment
from resolvers.commands.apply_news import apply_news
from resolvers.commands.cancel_order import cancel_order
from resolvers.commands.inputs import CancelOrder, LineUnits, OrderRef
from resolvers.commands.reject_fulfillment import reject_fulfillment
from resolvers.commands.router import route
from resolvers.commands.work_inputs import AcceptFulfillment, AcceptLine, RejectFulfillment
from resolvers.hand_over.relay import relay_one
from tests.domain.retailer import LYON, WAREHOUSE
from tests.support.memory_shop import ERP, OPERATOR, POS, WMS, A, B, MemoryShop, check_ledger, check_sums, order_of
from tests.support.placed_orders import announced, goods, placed

KEY = "k" * 22


async def carried(shop: MemoryShop) -> None:
    while await relay_one(shop.world, "relay"):
        pass


async def cancel(shop: MemoryShop, record: Record, quantity: int | None = None, key: str = KEY, who: Principal = OPERATOR) -> Record:
    lines = None if quantity is None else (LineUnits(f"{record.rid}/1", quantity),)
    return (await cancel_order(shop.context(who), CancelOrder(key, OrderRef(rid=record.rid), "CUSTOMER", lines))).record


def states(order: Order) -> list[tuple[str, int]]:
    return sorted((units.state, units.quantity) for line in order.lines for units in line.units)


async def handed_over(shop: MemoryShop) -> Record:
    shop.shelf(A, WAREHOUSE, 10)
    shop.shelf(A, LYON, 10)
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)))
    await carried(shop)
    return await shop.record(record.rid)


def kinds(shop: MemoryShop) -> dict[str, list[str]]:
    return {code: [message.kind for message in target.effects] for code, target in shop.targets.items()}


async def test_a_canceled_order_is_taken_back_from_everyone_who_had_it(shop: MemoryShop) -> None:
    record = await handed_over(shop)
    await cancel(shop, record)
    await carried(shop)
    after = await shop.record(record.rid)
    assert kinds(shop) == {ERP: ["ORDER", "CANCEL"], WMS: ["SHIPMENT", "CANCEL"], POS: []}
    assert (order_status(order_of(after)), shop.free(A, WAREHOUSE), after.claims) == ("CANCELED", 10, ())
    assert order_of(after).refunds[0].amount == Decimal("64.90")
    assert {entry.state for entry in after.outbox} == {"ACKNOWLEDGED"}
    check_ledger(shop.database)


async def test_a_system_is_asked_by_the_number_that_it_gave_the_work(shop: MemoryShop) -> None:
    record = await handed_over(shop)
    await cancel(shop, record)
    await carried(shop)
    assert [message.body["source_reference"] for message in shop.targets[WMS].effects] == [None, "wms-1"]
    assert [message.body["source_reference"] for message in shop.targets[ERP].effects] == [None, "erp-1"]


def told_lines(shop: MemoryShop, code: SourceCode) -> list[tuple[str, list[tuple[str, int]]]]:
    bodies = [(message.kind, message.body["lines"]) for message in shop.targets[code].effects]
    return [(kind, [(line["line"], line["quantity"]) for line in lines]) for kind, lines in bodies]  # type: ignore[attr-defined]


async def two_kinds(shop: MemoryShop) -> Record:
    shop.shelf(A, WAREHOUSE, 10)
    shop.shelf(B, WAREHOUSE, 10)
    return await placed(shop, goods(shop, (A, 3, WAREHOUSE), (B, 1, WAREHOUSE)))


async def cancel_units(shop: MemoryShop, record: Record, key: str, **units: int) -> Record:
    lines = tuple(LineUnits(f"{record.rid}/{line[1:]}", quantity) for line, quantity in units.items())
    return (await cancel_order(shop.context(OPERATOR), CancelOrder(key * 22, OrderRef(rid=record.rid), "CUSTOMER", lines))).record


async def test_who_was_told_of_an_order_is_told_what_is_left_of_it(shop: MemoryShop) -> None:
    record = await two_kinds(shop)
    await carried(shop)
    await cancel_units(shop, record, "a", l1=1, l2=1)
    await carried(shop)
    assert told_lines(shop, ERP) == [("ORDER", [("1", 3), ("2", 1)]), ("CHANGE", [("1", 2), ("2", 0)])]
    (waiting,) = await shop.world.orders.unrouted(shop.clock.at, 10)
    after = order_of(await route(shop.world, waiting))
    assert [event.summary for event in after.history if event.type in {"ORDER_CHANGED", "FULFILLMENT_REJECTED"}] == [
        f"{WAREHOUSE} was asked to cancel 2 units.",
        f"{WAREHOUSE} has stopped its work, and what is left of it is to be prepared anew.",
        "Part of the order was canceled: customer.",
        "What is to be prepared was planned anew.",
    ]
    await carried(shop)
    await cancel_order(shop.context(OPERATOR), CancelOrder("w" * 22, OrderRef(rid=record.rid), "CUSTOMER"))
    await carried(shop)
    assert [kind for kind, _ in told_lines(shop, ERP)] == ["ORDER", "CHANGE", "CANCEL"]


async def test_an_order_that_nobody_was_told_of_is_told_as_it_is_then(shop: MemoryShop) -> None:
    record = await two_kinds(shop)
    await cancel_units(shop, record, "a", l1=1, l2=1)
    await carried(shop)
    assert (told_lines(shop, ERP), told_lines(shop, WMS)) == ([("ORDER", [("1", 2)])], [("SHIPMENT", [("1", 2)])])


async def test_an_order_that_may_have_arrived_is_told_again_word_for_word_and_then_what_is_left(shop: MemoryShop) -> None:
    record = await two_kinds(shop)
    shop.targets[ERP].switch.fault = SourceUnavailable("erp", "broke off", unknown_effect=True)
    await carried(shop)
    await cancel_units(shop, record, "a", l2=1)
    shop.targets[ERP].switch.fault = None
    shop.clock.pass_by(timedelta(minutes=20))
    await carried(shop)
    assert told_lines(shop, ERP) == [("ORDER", [("1", 3), ("2", 1)]), ("CHANGE", [("1", 3), ("2", 0)])]


async def test_what_is_left_of_work_that_was_taken_back_finds_another_place(shop: MemoryShop) -> None:
    record = await handed_over(shop)
    await cancel(shop, record, 1)
    await carried(shop)
    assert states(order_of(await shop.record(record.rid))) == [("CANCELED", 1), ("UNSOURCED", 2)]
    (waiting,) = await shop.world.orders.unrouted(shop.clock.at, 10)
    order = order_of(await route(shop.world, waiting))
    assert states(order) == [("CANCELED", 1), ("OFFERED", 2)]
    check_sums(order)
    check_ledger(shop.database)


async def test_a_system_that_refuses_to_cancel_goes_on_and_a_person_is_told(shop: MemoryShop) -> None:
    record = await handed_over(shop)
    await cancel(shop, record)
    shop.targets[WMS].switch.fault = SourceRejected("wms", "it is packed already")
    await carried(shop)
    order = order_of(await shop.record(record.rid))
    assert (order.fulfillments[0].cancellation, order.fulfillments[0].lines[0].cancel_requested) == (None, 0)
    assert [one.code for one in order.attention] == ["CANCELLATION_REFUSED"]
    assert states(order) == [("OFFERED", 3)]
    message = (await shop.record(record.rid)).outbox[-1]
    assert (message.kind, message.state, message.last_error) == ("CANCEL", "ACKNOWLEDGED", "it is packed already")


async def test_a_refused_request_may_be_made_anew(shop: MemoryShop) -> None:
    record = await handed_over(shop)
    await cancel(shop, record)
    shop.targets[WMS].switch.fault = SourceRejected("wms", "it is packed already")
    await carried(shop)
    shop.targets[WMS].switch.fault = None
    order = order_of(await cancel(shop, record, key="again" * 5))
    assert ([one.code for one in order.attention], order.fulfillments[0].lines[0].cancel_requested) == ([], 3)
    await carried(shop)
    after = await shop.record(record.rid)
    assert order_status(order_of(after)) == "CANCELED"
    assert {entry.state for entry in after.outbox} == {"ACKNOWLEDGED"}


async def test_a_refusal_is_nobody_s_to_decide_once_the_goods_have_left(shop: MemoryShop) -> None:
    record = await handed_over(shop)
    number = order_of(record).fulfillments[0].number
    await cancel(shop, record)
    shop.targets[WMS].switch.fault = SourceRejected("wms", "it is packed already")
    await carried(shop)
    for step in ("SHIPPED", "DELIVERED"):
        await apply_news(shop.world, WMS, WorkNews(step, number, step, shop.clock.at, sequence=101))  # type: ignore[arg-type]
    order = order_of(await shop.record(record.rid))
    assert (order_status(order), order.attention) == ("FULFILLED", ())


async def test_a_request_that_is_overtaken_by_the_carrier_is_answered_by_that(shop: MemoryShop) -> None:
    record = await handed_over(shop)
    number = order_of(record).fulfillments[0].number
    await cancel(shop, record)
    shop.targets[WMS].switch.fault = SourceUnavailable("wms", "is away")
    await carried(shop)
    await apply_news(shop.world, WMS, WorkNews("e", number, "SHIPPED", shop.clock.at, sequence=101))
    order = order_of(await shop.record(record.rid))
    assert (order.fulfillments[0].cancellation, order.fulfillments[0].lines[0].cancel_requested) == (None, 0)
    assert "It could not be canceled any more." in [event.summary for event in order.history]
    shop.targets[WMS].switch.fault = SourceRejected("wms", "it has left")
    shop.clock.pass_by(timedelta(minutes=20))
    await carried(shop)
    after = await shop.record(record.rid)
    assert ({entry.state for entry in after.outbox}, order_of(after).attention) == ({"ACKNOWLEDGED"}, ())


async def test_a_request_that_does_not_get_through_stays_asked(shop: MemoryShop) -> None:
    record = await handed_over(shop)
    await cancel(shop, record)
    shop.targets[WMS].switch.fault = SourceUnavailable("wms", "is away")
    for _ in range(50):
        await carried(shop)
        shop.clock.pass_by(timedelta(minutes=20))
    after = await shop.record(record.rid)
    order = order_of(after)
    assert ([entry.state for entry in after.outbox][-1], [one.code for one in order.attention]) == ("DEAD", ["HAND_OVER_DEAD"])
    assert order.fulfillments[0].cancellation
    shop.targets[WMS].switch.fault = None
    await shop.world.outbox.resolve(record.rid, after.outbox[-1].n, Resolution("WAITING"))
    await carried(shop)
    assert order_status(order_of(await shop.record(record.rid))) == "CANCELED"


async def test_a_system_that_takes_no_cancellation_has_refused_it(shop: MemoryShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.targets[WMS], "_kinds", frozenset({"SHIPMENT"}))
    record = await handed_over(shop)
    await cancel(shop, record)
    await carried(shop)
    after = await shop.record(record.rid)
    order = order_of(after)
    assert (order.fulfillments[0].cancellation, [one.code for one in order.attention]) == (None, ["CANCELLATION_REFUSED"])
    assert [entry.state for entry in after.outbox][-1] == "DROPPED"


async def test_a_message_that_is_given_up_calls_a_person_until_it_gets_through(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)))
    shop.targets[WMS].switch.fault = SourceRejected("wms", "no such service")
    await carried(shop)
    dead = await shop.record(record.rid)
    assert [(one.code, one.fulfillment) for one in order_of(dead).attention] == [("HAND_OVER_DEAD", order_of(dead).fulfillments[0].number)]
    shop.targets[WMS].switch.fault = None
    await shop.world.outbox.resolve(record.rid, 2, Resolution("WAITING"))
    await carried(shop)
    assert order_of(await shop.record(record.rid)).attention == ()


async def test_a_relay_that_announces_in_the_very_moment_of_canceling_makes_it_a_request(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)))
    number = order_of(record).fulfillments[0].number
    run, calls = shop.world.claims.run, []

    async def meddling(program):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - stands in front of the real one
        calls.append(program)
        if len(calls) == 2:  # the first keeps the key, the second cancels
            await announced(shop, record.rid, number)
        return await run(program)

    shop.world.claims.run = meddling  # type: ignore[method-assign]
    after = order_of(await cancel(shop, record))
    assert (states(after), after.fulfillments[0].lines[0].cancel_requested) == ([("OFFERED", 3)], 3)
    assert shop.free(A, WAREHOUSE) == 7


async def test_a_message_that_may_have_arrived_is_told_again_word_for_word_though_its_order_has_gone_on(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    record = await placed(shop, goods(shop, (A, 3, WAREHOUSE)))
    shop.targets[WMS].lose_answers = 1
    await carried(shop)
    number = order_of(await shop.record(record.rid)).fulfillments[0].number
    two = AcceptFulfillment(KEY, number, (AcceptLine("1", 2, reason="STOCK_NOT_FOUND"),))
    await accept_fulfillment(shop.context(OPERATOR), two)
    shop.clock.pass_by(timedelta(minutes=20))
    await carried(shop)
    sent = [entry for entry in (await shop.record(record.rid)).outbox if entry.kind == "SHIPMENT"]
    assert [(entry.state, entry.attempts) for entry in sent] == [("ACKNOWLEDGED", 2)]
    told = [(message.kind, message.body["lines"][0]["quantity"]) for message in shop.targets[WMS].effects]  # type: ignore[index]
    assert told == [("SHIPMENT", 3), ("STEP", 2)]
    check_ledger(shop.database)


async def test_a_source_that_speaks_of_a_message_in_doubt_has_it_and_no_person_is_needed(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    record = await placed(shop, goods(shop, (A, 1, WAREHOUSE)))
    shop.targets[WMS].switch.fault = SourceRejected("wms", "not known here")
    await carried(shop)
    doubtful = order_of(await shop.record(record.rid))
    assert [one.code for one in doubtful.attention] == ["HAND_OVER_DEAD"]
    number = doubtful.fulfillments[0].number
    await apply_news(shop.world, WMS, WorkNews("e1", number, "ACCEPTED", shop.clock.at))
    after = await shop.record(record.rid)
    assert [entry.state for entry in after.outbox if entry.kind == "SHIPMENT"] == ["ACKNOWLEDGED"]
    assert (order_of(after).attention, order_of(after).fulfillments[0].state) == ((), "ACCEPTED")


async def test_a_canceled_order_that_may_have_arrived_is_taken_back_there_too(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    shop.targets[ERP].lose_answers = 1
    record = await placed(shop, goods(shop, (A, 1, WAREHOUSE)))
    await relay_one(shop.world, "relay", (ERP,))
    assert [message.kind for message in shop.targets[ERP].effects] == ["ORDER"]
    await cancel(shop, record)
    shop.clock.pass_by(timedelta(minutes=20))
    await carried(shop)
    after = await shop.record(record.rid)
    assert (order_status(order_of(after)), kinds(shop)) == ("CANCELED", {ERP: ["ORDER", "CANCEL"], WMS: [], POS: []})
    assert [(entry.kind, entry.state) for entry in after.outbox if entry.source == ERP] == [
        ("ORDER", "ACKNOWLEDGED"),
        ("CANCEL", "ACKNOWLEDGED"),
    ]


async def test_work_that_is_refused_here_is_canceled_at_a_system_that_takes_no_steps(
    shop: MemoryShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await handed_over(shop)
    number = order_of(record).fulfillments[0].number
    monkeypatch.setattr(shop.targets[WMS], "_kinds", frozenset({"SHIPMENT", "CANCEL"}))
    await reject_fulfillment(shop.context(OPERATOR), RejectFulfillment(KEY, number, "NO_CAPACITY"))
    await carried(shop)
    assert kinds(shop)[WMS] == ["SHIPMENT", "CANCEL"]
    check_ledger(shop.database)


async def test_a_refusal_that_comes_too_late_for_a_system_calls_a_person(shop: MemoryShop, monkeypatch: pytest.MonkeyPatch) -> None:
    record = await handed_over(shop)
    number = order_of(record).fulfillments[0].number
    monkeypatch.setattr(shop.targets[WMS], "_kinds", frozenset({"SHIPMENT", "CANCEL"}))
    shop.targets[WMS].switch.fault = SourceRejected("wms", "it is packed already")
    await reject_fulfillment(shop.context(OPERATOR), RejectFulfillment(KEY, number, "DAMAGED"))
    await carried(shop)
    after = order_of(await shop.record(record.rid))
    assert ("CANCELLATION_REFUSED", number) in [(one.code, one.fulfillment) for one in after.attention]


async def test_an_outage_is_no_refusal(shop: MemoryShop) -> None:
    record = await handed_over(shop)
    await cancel(shop, record)
    shop.targets[WMS].switch.fault = SourceUnavailable("wms", "refused the connection")
    await carried(shop)
    after = await shop.record(record.rid)
    assert order_of(after).attention == ()
    assert [entry.state for entry in after.outbox if entry.kind == "CANCEL" and entry.source == WMS] == ["WAITING"]
