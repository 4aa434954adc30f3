"""Orders on hold: nobody works on them until they are released, and what nobody has begun can still be stopped."""

from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.domain.errors import DomainError, IdempotencyConflict, IllegalTransition
from gateway.domain.order import OrderHold, Payment
from gateway.domain.order_status import order_status
from gateway.domain.quantities import money
from gateway.ports.order_book import Record
from resolvers.commands.cancel_order import cancel_order
from resolvers.commands.hold_order import hold_order
from resolvers.commands.inputs import CancelOrder, HoldInput, HoldOrder, LineUnits, OrderRef, PaymentInput, ReleaseOrder
from resolvers.commands.release_order import release_order
from resolvers.commands.router import route
from tests.domain.retailer import WAREHOUSE
from tests.support.memory_shop import MARKETPLACE, OPERATOR, A, MemoryShop, check_ledger, check_sums, order_of
from tests.support.placed_orders import announced, goods, placed

KEY = "k" * 22


async def order_on_hold(shop: MemoryShop, hold: OrderHold | None = None) -> Record:
    shop.shelf(A, WAREHOUSE, 10)
    return await placed(shop, goods(shop, (A, 3, WAREHOUSE)), hold=hold or OrderHold("PAYMENT"))


async def routed_order(shop: MemoryShop) -> Record:
    shop.shelf(A, WAREHOUSE, 10)
    return await placed(shop, goods(shop, (A, 3, WAREHOUSE)))


def hold(record: Record, key: str = KEY, **more: object) -> HoldOrder:
    return HoldOrder(key, OrderRef(rid=record.rid), HoldInput("FRAUD", **more))  # type: ignore[arg-type]


def release(record: Record, *payments: PaymentInput, key: str = KEY) -> ReleaseOrder:
    return ReleaseOrder(key, OrderRef(rid=record.rid), payments)


def paid(amount: str, reference: str = "p1", currency: str = "EUR") -> PaymentInput:
    return PaymentInput("psp", reference, money(amount, currency))


def told(error: DomainError) -> list[tuple[str, tuple[str, ...] | None]]:
    return [(one.refusal, one.field) for one in error.each]


def messages(record: Record) -> list[tuple[str, str]]:
    return [(entry.kind, entry.state) for entry in record.outbox]


async def test_a_hold_takes_offered_work_back_and_keeps_the_stock(shop: MemoryShop) -> None:
    record = await routed_order(shop)
    held = await hold_order(shop.context(OPERATOR), hold(record, note="two cards"))
    order = order_of(held)
    assert order.hold == OrderHold("FRAUD", None, "two cards")
    assert (order_status(order), order.routed, order.fulfillments[0].state) == ("PLACED", False, "CANCELED")
    assert messages(held) == [("ORDER", "DROPPED"), ("SHIPMENT", "DROPPED")]
    assert shop.free(A, WAREHOUSE) == 7
    assert order.lines[0].units[0].state == "ALLOCATED"
    check_ledger(shop.database)


async def test_an_order_that_was_held_after_routing_is_routed_anew_at_its_release(shop: MemoryShop) -> None:
    record = await routed_order(shop)
    await hold_order(shop.context(OPERATOR), hold(record))
    released = await release_order(shop.context(OPERATOR), release(record))
    order = order_of(released)
    assert [work.state for work in order.fulfillments] == ["CANCELED", "OFFERED"]
    assert messages(released)[2:] == [("ORDER", "WAITING"), ("SHIPMENT", "WAITING")]
    assert len({entry.key for entry in released.outbox}) == 4
    check_sums(order)


async def test_work_that_was_announced_cannot_be_held(shop: MemoryShop) -> None:
    record = await routed_order(shop)
    await announced(shop, record.rid, order_of(record).fulfillments[0].number)
    with pytest.raises(IllegalTransition) as refused:
        await hold_order(shop.context(OPERATOR), hold(record))
    assert (refused.value.state, refused.value.attempted, refused.value.allowed) == ("ROUTED", "ON_HOLD", ("CANCELED",))


async def test_a_second_hold_replaces_the_first(shop: MemoryShop) -> None:
    record = await order_on_hold(shop)
    until = shop.clock.at + timedelta(hours=1)
    held = await hold_order(shop.context(OPERATOR), hold(record, until=until))
    assert order_of(held).hold == OrderHold("FRAUD", until)


async def test_a_hold_that_has_ended_already_is_refused(shop: MemoryShop) -> None:
    record = await order_on_hold(shop)
    with pytest.raises(DomainError) as refused:
        await hold_order(shop.context(OPERATOR), hold(record, until=shop.clock.at))
    assert told(refused.value) == [("OUT_OF_RANGE", ("hold", "until"))]


async def test_a_release_routes_the_order_with_what_was_paid(shop: MemoryShop) -> None:
    record = await order_on_hold(shop)
    answers = [await release_order(shop.context(OPERATOR), release(record, paid("64.90"))) for _ in range(3)]
    order = order_of(answers[-1])
    assert (order.hold, order.payments) == (None, (Payment("psp", "p1", Decimal("64.90"), "EUR"),))
    assert (order_status(order), len(order.fulfillments)) == ("ROUTED", 1)
    assert messages(answers[-1]) == [("ORDER", "WAITING"), ("SHIPMENT", "WAITING")]
    assert [event.type for event in order.history[2:4]] == ["ORDER_RELEASED", "FULFILLMENT_OFFERED"]


async def test_an_order_that_is_not_on_hold_cannot_be_released(shop: MemoryShop) -> None:
    record = await routed_order(shop)
    with pytest.raises(IllegalTransition) as refused:
        await release_order(shop.context(OPERATOR), release(record))
    assert (refused.value.state, refused.value.attempted) == ("ROUTED", "RELEASED")


async def test_all_that_is_wrong_with_payments_is_told(shop: MemoryShop) -> None:
    record = await order_on_hold(shop)
    command = release(record, paid("1.00", currency="USD"), paid("0.00", "p2"), paid("65.00", "p2"))
    with pytest.raises(DomainError) as refused:
        await release_order(shop.context(OPERATOR), command)
    assert told(refused.value) == [
        ("CURRENCY_MISMATCH", ("payments", "0", "amount", "currency")),
        ("OUT_OF_RANGE", ("payments", "1", "amount", "amount")),
        ("DUPLICATE", ("payments", "2", "reference")),
        ("PAYMENT_MISMATCH", ("payments",)),
    ]
    assert order_of(await shop.record(record.rid)).hold


async def test_payments_that_are_less_than_what_the_order_costs_do_not_release_it(shop: MemoryShop) -> None:
    record = await order_on_hold(shop)
    with pytest.raises(DomainError) as refused:
        await release_order(shop.context(OPERATOR), release(record, paid("1.00")))
    assert told(refused.value) == [("PAYMENT_MISMATCH", ("payments",))]
    assert order_of(await shop.record(record.rid)).hold


async def test_what_was_canceled_meanwhile_need_not_be_paid(shop: MemoryShop) -> None:
    record = await order_on_hold(shop)
    cancel = CancelOrder(KEY[::-1], OrderRef(rid=record.rid), "CUSTOMER", (LineUnits(f"{record.rid}/1", 1),))
    await cancel_order(shop.context(OPERATOR), cancel)
    order = order_of(await release_order(shop.context(OPERATOR), release(record, paid("44.90"))))
    assert (order.hold, order.refunds, [payment.amount for payment in order.payments]) == (None, (), [Decimal("44.90")])


async def test_a_key_of_a_release_is_not_used_for_another(shop: MemoryShop) -> None:
    record = await order_on_hold(shop)
    await release_order(shop.context(OPERATOR), release(record))
    with pytest.raises(IdempotencyConflict):
        await release_order(shop.context(OPERATOR), release(record, paid("1.00")))


async def test_only_who_looks_after_the_channel_holds_and_releases(shop: MemoryShop) -> None:
    record = await order_on_hold(shop)
    for call in (hold_order(shop.context(MARKETPLACE), hold(record)), release_order(shop.context(MARKETPLACE), release(record))):
        with pytest.raises(DomainError) as refused:
            await call
        assert told(refused.value) == [("NOT_FOUND", ("order",))]


async def test_the_router_leaves_an_order_on_hold_alone_until_its_hour(shop: MemoryShop) -> None:
    record = await order_on_hold(shop, OrderHold("CUSTOMER", shop.clock.at + timedelta(hours=1)))
    assert await route(shop.world, record) == record
    shop.clock.pass_by(timedelta(hours=1))
    order = order_of(await route(shop.world, record))
    assert (order.hold, order_status(order), len(order.fulfillments)) == (None, "ROUTED", 1)
