"""What follows from an order: its status, its amounts, its secret and its pickup codes."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gateway.domain.delivery_group import DeliveryGroup
from gateway.domain.ids import ChannelCode, Rid, Sku
from gateway.domain.lifecycle import OrderStatus, UnitState
from gateway.domain.order import SYSTEM, Order, OrderHold, OrderLine, Refund, UnitGroup
from gateway.domain.order_amounts import order_amounts
from gateway.domain.order_secret import CODE_LETTERS, opens, order_secret, pickup_code
from gateway.domain.order_status import order_status

NOW = datetime(2025, 6, 26, 6, tzinfo=UTC)
KEY, RID = b"k" * 32, Rid("A" * 26)


def order(*states: UnitState) -> Order:
    units = tuple(UnitGroup(1, state) for state in states)
    line = OrderLine("1", Sku("X"), len(states), Decimal("10.00"), "1", discount=Decimal("1.00"), units=units)
    group = DeliveryGroup("1", "standard", "SHIP", Decimal("4.90"))
    return Order(RID, "N", ChannelCode("web"), "EUR", NOW, NOW, (line,), (group,), "owner", SYSTEM)


STATUSES: list[tuple[tuple[UnitState, ...], OrderStatus]] = [
    (("ALLOCATED",), "PLACED"),
    (("OFFERED", "UNSOURCED"), "PLACED"),
    (("OFFERED", "BACKORDERED"), "ROUTED"),
    (("OFFERED", "ACCEPTED"), "IN_FULFILLMENT"),
    (("SHIPPED", "READY_FOR_PICKUP"), "IN_FULFILLMENT"),
    (("SHIPPED", "DELIVERED"), "PARTIALLY_FULFILLED"),
    (("COLLECTED", "CANCELED", "RETURNED"), "FULFILLED"),
    (("CANCELED", "CANCELED"), "CANCELED"),
]


@pytest.mark.parametrize(("states", "status"), STATUSES)
def test_an_orders_status_follows_from_its_units(states: tuple[UnitState, ...], status: OrderStatus) -> None:
    assert order_status(order(*states)) == status


def test_an_order_on_hold_stays_placed() -> None:
    assert order_status(replace(order("BACKORDERED"), hold=OrderHold("FRAUD"))) == "PLACED"


def test_amounts_share_the_discount_and_keep_what_is_owed_apart() -> None:
    refund = Refund("1", Decimal("9.67"), "CANCELLATION", "DUE", NOW)
    told = order_amounts(replace(order("CANCELED", "DELIVERED", "SHIPPED"), refunds=(refund, replace(refund, id="2", state="DONE"))))
    assert (told.lines.amount, told.discount.amount, told.fees.amount, told.total.amount) == (
        Decimal("30.00"),
        Decimal("1.00"),
        Decimal("4.90"),
        Decimal("33.90"),
    )
    assert (told.canceled.amount, told.handed_over.amount) == (Decimal("9.67"), Decimal("9.67"))
    assert (told.refund_due.amount, told.refunded.amount) == (Decimal("9.67"), Decimal("9.67"))


def test_of_an_order_canceled_whole_the_fee_is_canceled_too() -> None:
    assert order_amounts(order("CANCELED", "CANCELED")).canceled.amount == Decimal("23.90")


def test_a_secret_opens_its_own_order_and_generation_only() -> None:
    secret = order_secret(KEY, RID, 1)
    assert len(secret) == 22
    assert opens(secret, KEY, RID, 1)
    assert not opens(secret, KEY, RID, 2)
    assert not opens(secret, KEY, Rid("B" * 26), 1)
    assert not opens("é", KEY, RID, 1)


def test_pickup_codes_are_short_readable_and_one_each() -> None:
    codes = {pickup_code(KEY, RID, f"N-{n}") for n in range(100)}
    assert len(codes) == 100
    assert all(len(code) == 8 and set(code) <= set(CODE_LETTERS) for code in codes)
