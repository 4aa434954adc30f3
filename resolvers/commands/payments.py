"""Payments that callers tell of: in the order's currency, each once, together what is bought costs."""

from collections.abc import Sequence
from decimal import Decimal

from gateway.domain.order import Order, Payment
from gateway.domain.order_amounts import order_amounts
from gateway.domain.quantities import Money, money
from resolvers.commands.inputs import PaymentInput
from resolvers.commands.problems import Problems


def payments_told(told: Sequence[PaymentInput]) -> tuple[Payment, ...]:
    return tuple(Payment(one.provider, one.reference, one.amount.amount, one.amount.currency) for one in told)


def check_payments(
    told: Sequence[PaymentInput], known: Sequence[Payment], owed: Money, problems: Problems, *, in_part: bool = False, alone: bool = False
) -> None:
    """Note what is wrong with payments, those that are known before them counted.

    `in_part`: they may be less than all; `alone`: the input takes a single one.
    """
    field: tuple[str | int, ...] = ("payment",) if alone else ("payments",)
    seen = {(one.provider, one.reference) for one in known}
    for n, one in enumerate(told):
        at = field if alone else (*field, n)
        check_amount(one.amount, owed.currency, problems, *at)
        if (one.provider, one.reference) in seen:
            problems.refuse("DUPLICATE", f"The payment {one.reference} of {one.provider} was told already.", *at, "reference")
        seen.add((one.provider, one.reference))
    paid = sum((one.amount for one in known), Decimal(0)) + sum((one.amount.amount for one in told), Decimal(0))
    if told and (paid > owed.amount or (paid < owed.amount and not in_part)):
        message = f"The payments come to {money(paid, owed.currency).amount}, what is bought costs {owed.amount} {owed.currency}; "
        problems.refuse("PAYMENT_MISMATCH", f"{message}send all of them, or none.", *field)


def check_amount(amount: Money, currency: str, problems: Problems, *field: str | int) -> None:
    if amount.currency != currency:
        problems.refuse("CURRENCY_MISMATCH", f"The order is in {currency}; pay in that.", *field, "amount", "currency")
    if amount.amount <= 0:
        problems.refuse("OUT_OF_RANGE", "A payment must be more than nothing.", *field, "amount", "amount")


def to_be_paid(order: Order) -> Money:
    """Return what the order's payments come to in the end: what is not canceled, and what of them goes back."""
    amounts = order_amounts(order)
    stays = amounts.total.amount - amounts.canceled.amount
    back = amounts.refund_due.amount + amounts.refunded.amount if order.payments else Decimal(0)
    return money(stays + back, order.currency)
