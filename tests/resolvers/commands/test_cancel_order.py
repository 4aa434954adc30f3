"""Canceling: at once what nobody has begun, by asking what somebody has; the money, the messages, and who may."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.domain.errors import DomainError, IdempotencyConflict, IllegalTransition
from gateway.domain.order import Order, OrderHold, Payment
from gateway.domain.order_secret import order_secret
from gateway.domain.order_status import order_status
from gateway.domain.principal import Principal
from gateway.ports.order_book import Record
from resolvers.commands.answers import Canceled
from resolvers.commands.cancel_order import cancel_order
from resolvers.commands.inputs import CancelOrder, LineUnits, OrderRef
from tests.domain.retailer import LYON, WAREHOUSE
from tests.support.memory_shop import (
    CLERK,
    MARKETPLACE,
    OPERATOR,
    OTHER_SHOPPER,
    SHOPPER,
    A,
    B,
    MemoryShop,
    check_ledger,
    check_sums,
    order_of,
)
from tests.support.placed_orders import announced, goods, placed

KEY = "k" * 22


def ask(record: Record, *lines: tuple[str, int], key: str = KEY, **more: object) -> CancelOrder:
    units = tuple(LineUnits(f"{record.rid}/{line}", quantity) for line, quantity in lines) or None
    return CancelOrder(key, OrderRef(rid=record.rid), "CUSTOMER", units, **more)  # type: ignore[arg-type]


def states(order: Order, line: str = "1") -> dict[str, int]:
    return {units.state: units.quantity for one in order.lines if one.id == line for units in one.units}


def told(error: DomainError) -> list[tuple[str, tuple[str, ...] | None]]:
    return [(one.refusal, one.field) for one in error.each]


def waiting(record: Record) -> list[str]:
    return [entry.kind for entry in record.outbox if entry.state == "WAITING"]


async def two_lines(shop: MemoryShop, **more: object) -> Record:
    shop.shelf(A, WAREHOUSE, 10)
    shop.shelf(B, LYON, 5)
    return await placed(shop, goods(shop, (A, 3, WAREHOUSE), (B, 1, LYON)), **more)  # type: ignore[arg-type]


async def cancel(shop: MemoryShop, command: CancelOrder, who: Principal = OPERATOR) -> Canceled:
    return await cancel_order(shop.context(who), command)


async def test_an_order_that_nobody_has_begun_is_canceled_at_once(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    answer = await cancel(shop, ask(record))
    order = order_of(answer.record)
    assert (order_status(order), answer.canceled, answer.requested) == ("CANCELED", (("1", 3), ("2", 1)), ())
    assert [work.state for work in order.fulfillments] == ["CANCELED", "CANCELED"]
    assert [entry.state for entry in answer.record.outbox] == ["DROPPED"] * 3
    assert (shop.free(A, WAREHOUSE), shop.free(B, LYON)) == (10, 5)
    assert order.groups[0].promise
    assert order.groups[0].promise.state == "CANCELED"
    assert [event.type for event in order.history[-2:]] == ["ORDER_CANCELED", "REFUND_DUE"]
    check_sums(order)
    check_ledger(shop.database)


async def test_what_is_canceled_is_due_with_the_fee_of_a_group_that_goes_whole(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    part = await cancel(shop, ask(record, ("1", 2)))
    whole = await cancel(shop, ask(record, key="w" * 22))
    assert part.refund
    assert whole.refund
    assert (part.refund.amount, part.refund.cause, part.refund.state) == (Decimal("40.00"), "CANCELLATION", "DUE")
    assert (whole.refund.amount, whole.refund.lines) == (Decimal("59.90"), (("1", 1), ("2", 1)))


@pytest.mark.parametrize(("paid", "due"), [("99.90", "99.90"), ("50.00", "50.00")])
async def test_no_more_is_due_than_was_paid(shop: MemoryShop, paid: str, due: str) -> None:
    record = await two_lines(shop, paid=(Payment("psp", "p1", Decimal(paid), "EUR"),))
    answer = await cancel(shop, ask(record))
    assert answer.refund
    assert answer.refund.amount == Decimal(due)


async def test_part_paid_orders_owe_nothing_while_what_stays_costs_as_much(shop: MemoryShop) -> None:
    record = await two_lines(shop, paid=(Payment("psp", "p1", Decimal("59.90"), "EUR"),))
    assert (await cancel(shop, ask(record, ("1", 2)))).refund is None


async def test_an_order_that_waits_for_its_payment_owes_nothing(shop: MemoryShop) -> None:
    record = await two_lines(shop, hold=OrderHold("PAYMENT"))
    answer = await cancel(shop, ask(record))
    assert (answer.refund, order_status(order_of(answer.record)), order_of(answer.record).hold) == (None, "CANCELED", None)
    assert (shop.free(A, WAREHOUSE), answer.record.outbox) == (10, ())


async def test_part_of_a_line_leaves_the_rest_in_its_work(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    answer = await cancel(shop, ask(record, ("1", 2)))
    order = order_of(answer.record)
    assert states(order) == {"OFFERED": 1, "CANCELED": 2}
    assert [(work.state, work.lines[0].quantity) for work in order.fulfillments] == [("OFFERED", 1), ("OFFERED", 1)]
    assert waiting(answer.record) == ["ORDER", "SHIPMENT", "STORE_TASK"]
    assert shop.free(A, WAREHOUSE) == 9
    check_sums(order)
    check_ledger(shop.database)


async def test_work_that_was_announced_is_asked_for(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    await announced(shop, record.rid, order_of(record).fulfillments[0].number)
    answer = await cancel(shop, ask(record))
    order = order_of(answer.record)
    work = order.fulfillments[0]
    assert (answer.canceled, answer.requested) == ((("2", 1),), (("1", 3),))
    assert (work.state, work.lines[0].cancel_requested) == ("OFFERED", 3)
    assert work.cancellation
    assert (work.cancellation.reason, work.cancellation.lines[0].quantity) == ("CUSTOMER", 3)
    assert [(entry.kind, entry.leg, entry.source) for entry in answer.record.outbox if entry.kind == "CANCEL"] == [
        ("CANCEL", work.number, "wms")
    ]
    assert (order_status(order), shop.free(A, WAREHOUSE), shop.free(B, LYON)) == ("ROUTED", 7, 5)
    assert answer.refund
    assert answer.refund.amount == Decimal("35.00")


async def test_units_that_were_asked_for_are_not_asked_for_twice(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    await announced(shop, record.rid, order_of(record).fulfillments[0].number)
    first = await cancel(shop, ask(record, ("1", 2)))
    second = await cancel(shop, ask(record, ("1", 1), key="s" * 22))
    assert (first.requested, second.requested) == ((("1", 2),), (("1", 1),))
    assert order_of(second.record).fulfillments[0].lines[0].cancel_requested == 3
    with pytest.raises(IllegalTransition):
        await cancel(shop, ask(record, ("1", 1), key="t" * 22))


async def test_an_order_whose_taker_knows_it_owes_it_the_end(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    await announced(shop, record.rid, "order")
    answer = await cancel(shop, ask(record))
    assert [(entry.kind, entry.leg, entry.source, entry.state) for entry in answer.record.outbox if entry.leg == "order"] == [
        ("ORDER", "order", "erp", "SENDING"),
        ("CANCEL", "order", "erp", "WAITING"),
    ]


async def test_a_repeated_call_is_answered_alike_and_done_once(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    answers = [await cancel(shop, ask(record, ("1", 2))) for _ in range(3)]
    assert len({(answer.canceled, answer.requested, answer.refund) for answer in answers}) == 1
    assert (shop.free(A, WAREHOUSE), len(order_of(answers[-1].record).refunds)) == (9, 1)


async def test_three_calls_at_once_are_one(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    answers = await asyncio.gather(*(cancel(shop, ask(record, ("1", 2))) for _ in range(3)))
    assert {answer.canceled for answer in answers} == {(("1", 2),)}
    assert shop.free(A, WAREHOUSE) == 9
    check_ledger(shop.database)


async def test_two_callers_never_cancel_the_same_unit(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    calls = (cancel(shop, ask(record, ("1", 2), key=letter * 22)) for letter in "xy")
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Canceled", "InvalidInput"]
    assert shop.free(A, WAREHOUSE) == 9


async def test_a_key_that_was_used_for_another_input_is_refused(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    await cancel(shop, ask(record, ("1", 1)))
    with pytest.raises(IdempotencyConflict):
        await cancel(shop, ask(record, ("1", 2)))
    assert states(order_of(await shop.record(record.rid))) == {"OFFERED": 2, "CANCELED": 1}


async def test_a_key_that_was_used_on_another_order_is_refused(shop: MemoryShop) -> None:
    first = await two_lines(shop)
    second = await placed(shop, goods(shop, (A, 1, WAREHOUSE)), key="second")
    await cancel(shop, ask(first))
    with pytest.raises(IdempotencyConflict):
        await cancel(shop, ask(second))
    assert order_status(order_of(await shop.record(second.rid))) == "ROUTED"


async def test_the_key_must_be_one(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    with pytest.raises(DomainError) as refused:
        await cancel(shop, ask(record, key="short"))
    assert told(refused.value) == [("IDEMPOTENCY_KEY_INVALID", ("idempotencyKey",))]


async def test_all_that_is_wrong_with_the_lines_is_told(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    with pytest.raises(DomainError) as refused:
        await cancel(shop, ask(record, ("1", 0), ("2", 1), ("2", 1)))
    assert told(refused.value) == [("OUT_OF_RANGE", ("lines", "0", "quantity")), ("DUPLICATE", ("lines", "2", "lineId"))]


@pytest.mark.parametrize(
    ("lines", "refusals"),
    [
        ((("1", 4),), [("OUT_OF_RANGE", ("lines", "0", "quantity"))]),
        ((("1", 1), ("9", 1)), [("NOT_FOUND", ("lines", "1", "lineId"))]),
    ],
)
async def test_more_than_the_order_has_is_refused_and_nothing_is_canceled(
    shop: MemoryShop, lines: tuple[tuple[str, int], ...], refusals: object
) -> None:
    record = await two_lines(shop)
    with pytest.raises(DomainError) as refused:
        await cancel(shop, ask(record, *lines))
    assert (told(refused.value), shop.free(A, WAREHOUSE)) == (refusals, 7)


async def test_an_empty_list_of_lines_is_refused(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    with pytest.raises(DomainError) as refused:
        await cancel(shop, replace(ask(record), lines=()))
    assert told(refused.value) == [("REQUIRED", ("lines",))]


async def test_a_canceled_order_has_nothing_to_cancel(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    await cancel(shop, ask(record))
    with pytest.raises(IllegalTransition) as refused:
        await cancel(shop, ask(record, key="a" * 22))
    assert (refused.value.state, refused.value.field) == ("CANCELED", ("order",))


async def test_a_storefront_cancels_with_the_secret_of_the_order_only(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    own = OrderRef(number=order_of(record).number, secret=order_secret(b"o" * 32, record.rid, 1))
    for ref in (OrderRef(rid=record.rid), OrderRef(number=own.number), replace(own, secret="x" * 22), OrderRef(number="AAAA-BBBB-CCCC")):
        with pytest.raises(DomainError) as refused:
            await cancel(shop, replace(ask(record), order=ref), SHOPPER)
        assert told(refused.value) == [("NOT_FOUND", ("order",))]
    answer = await cancel(shop, replace(ask(record), order=own), OTHER_SHOPPER)
    assert order_status(order_of(answer.record)) == "CANCELED"


async def test_a_partner_cancels_its_own_orders_only(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    theirs = await placed(shop, goods(shop, (A, 1, WAREHOUSE)))
    own = await placed(shop, goods(shop, (A, 1, WAREHOUSE)), who=MARKETPLACE)
    with pytest.raises(DomainError) as refused:
        await cancel(shop, ask(theirs), MARKETPLACE)
    assert told(refused.value) == [("NOT_FOUND", ("order",))]
    assert (await cancel(shop, ask(own), MARKETPLACE)).canceled == (("1", 1),)


async def test_staff_cancel_orders_of_their_channel(shop: MemoryShop) -> None:
    record = await two_lines(shop)
    assert (await cancel(shop, ask(record), CLERK)).canceled == (("1", 3), ("2", 1))
