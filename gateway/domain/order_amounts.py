"""What an order is worth: as ordered, canceled, handed over, and owed back."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from gateway.domain.lifecycle import WITH_CUSTOMER, UnitState
from gateway.domain.order import Fulfillment, Order, OrderLine
from gateway.domain.quantities import Money, money

CANCELED: frozenset[UnitState] = frozenset({"CANCELED"})


@dataclass(frozen=True, slots=True)
class OrderAmounts:
    """`refund_due` is what is owed and not yet recorded as refunded."""

    lines: Money
    fees: Money
    discount: Money
    canceled: Money
    handed_over: Money
    refund_due: Money
    refunded: Money

    @property
    def total(self) -> Money:
        return self.lines + self.fees - self.discount


def order_amounts(order: Order) -> OrderAmounts:
    def told(amount: Decimal) -> Money:
        return money(amount, order.currency)

    return OrderAmounts(
        lines=told(sum((line.unit_price * line.quantity for line in order.lines), Decimal(0))),
        fees=told(sum((group.fee for group in order.groups), Decimal(0))),
        discount=told(sum((line.discount for line in order.lines), Decimal(0))),
        canceled=told(worth(order, CANCELED) + fees_canceled(order)),
        handed_over=told(worth(order, WITH_CUSTOMER)),
        refund_due=told(sum((refund.amount for refund in order.refunds if refund.state != "DONE"), Decimal(0))),
        refunded=told(sum((refund.amount for refund in order.refunds if refund.state == "DONE"), Decimal(0))),
    )


def units_in(line: OrderLine, states: Collection[UnitState]) -> int:
    return sum(units.quantity for units in line.units if units.state in states)


def units_left(line: OrderLine) -> int:
    return line.quantity - units_in(line, CANCELED)


def value_of(line: OrderLine, units: int, currency: str) -> Decimal:
    """Return what some units of a line are worth, their share of its discount taken off, rounded to minor units."""
    whole = line.unit_price * line.quantity - line.discount
    return money(whole * units / line.quantity, currency).amount


def worth(order: Order, states: Collection[UnitState]) -> Decimal:
    return sum((value_of(line, units_in(line, states), order.currency) for line in order.lines), Decimal(0))


def fees_canceled(order: Order) -> Decimal:
    """Return the fees of delivery groups of which nothing is left."""
    kept = {line.group for line in order.lines if units_in(line, CANCELED) < line.quantity}
    return sum((group.fee for group in order.groups if group.id not in kept), Decimal(0))


def fulfillment_worth(order: Order, fulfillment: Fulfillment) -> Money:
    """Return what the units of one fulfillment are worth to the order; what it gave back counts no more."""
    line_by_id = {line.id: line for line in order.lines}
    amounts = (
        value_of(line_by_id[work.line], max(0, work.quantity - work.rejected - work.missing), order.currency) for work in fulfillment.lines
    )
    return money(sum(amounts, Decimal(0)), order.currency)
