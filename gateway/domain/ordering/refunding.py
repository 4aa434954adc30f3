"""What is owed to the customer for units and delivery groups that were canceled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from gateway.domain.order import Order, Refund
from gateway.domain.order_amounts import CANCELED, fees_canceled, order_amounts, units_in, value_of
from gateway.domain.ordering.history import told
from gateway.domain.quantities import money


def with_refund(before: Order, after: Order, lines: Sequence[tuple[str, int]], at: datetime) -> Order:
    """Return the order with the refund that is due for these canceled units; none for what was never paid."""
    amount = money(owed_back(before, after), after.currency)
    if amount.amount <= 0:
        return after
    refund = Refund(str(len(after.refunds) + 1), amount.amount, "CANCELLATION", "DUE", at, tuple(lines))
    after = replace(after, refunds=(*after.refunds, refund))
    return told(after, "REFUND_DUE", f"{amount.amount} {amount.currency} are to be refunded.", at)


def owed_back(before: Order, after: Order) -> Decimal:
    """Return what the canceled units and fees were worth, but never more than was paid for what nobody gets.

    An order without recorded payments was paid elsewhere, unless it waits for its payment.
    """
    if before.hold and before.hold.reason == "PAYMENT" and not before.payments:
        return Decimal(0)
    worth = canceled_worth(after) - canceled_worth(before)
    if not before.payments:
        return worth
    amounts = order_amounts(after)
    paid = sum((payment.amount for payment in after.payments), Decimal(0))
    stays = amounts.total.amount - amounts.canceled.amount
    refunded = amounts.refund_due.amount + amounts.refunded.amount
    return min(worth, max(Decimal(0), paid - refunded - stays))


def canceled_worth(order: Order) -> Decimal:
    """Return what the canceled units are worth with their groups' fees; what is only reserved in a store was never paid."""
    unpaid = {group.id for group in order.groups if group.method == "RESERVE_IN_STORE"}
    units = (value_of(line, units_in(line, CANCELED), order.currency) for line in order.lines if line.group not in unpaid)
    return sum(units, Decimal(0)) + fees_canceled(order)
