"""Payments that callers tell of: in the order's currency, each once, together what the order costs."""

from collections.abc import Sequence
from decimal import Decimal

from gateway.domain.order import Payment
from gateway.domain.quantities import Money
from resolvers.commands.inputs import PaymentInput
from resolvers.commands.problems import Problems


def payments_told(told: Sequence[PaymentInput]) -> tuple[Payment, ...]:
    return tuple(Payment(one.provider, one.reference, one.amount.amount, one.amount.currency) for one in told)


def check_payments(
    told: Sequence[PaymentInput], known: Sequence[Payment], total: Money, problems: Problems, *, in_part: bool = False
) -> None:
    """Note what is wrong with payments, those that are known before them counted; `in_part`: they may be less than all."""
    seen = {(one.provider, one.reference) for one in known}
    for n, one in enumerate(told):
        check_amount(one.amount, total.currency, problems, n)
        if (one.provider, one.reference) in seen:
            problems.refuse("DUPLICATE", f"The payment {one.reference} of {one.provider} was told already.", "payments", n, "reference")
        seen.add((one.provider, one.reference))
    paid = sum((one.amount for one in known), Decimal(0)) + sum((one.amount.amount for one in told), Decimal(0))
    if told and (paid > total.amount or (paid < total.amount and not in_part)):
        message = f"The payments come to {paid}, the order costs {total.amount} {total.currency}; send all of them, or none."
        problems.refuse("PAYMENT_MISMATCH", message, "payments")


def check_amount(amount: Money, currency: str, problems: Problems, n: int) -> None:
    if amount.currency != currency:
        problems.refuse("CURRENCY_MISMATCH", f"The order is in {currency}; pay in that.", "payments", n, "amount", "currency")
    if amount.amount <= 0:
        problems.refuse("OUT_OF_RANGE", "A payment must be more than nothing.", "payments", n, "amount", "amount")
