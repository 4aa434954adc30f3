"""Amounts of money."""

from decimal import Decimal

import strawberry

from gateway.domain.quantities import Money as Amount
from gateway.domain.quantities import money
from schema.scalars import CurrencyCode


@strawberry.type(description="An exact amount in a currency.")
class Money:
    amount: Decimal
    currency: CurrencyCode

    @classmethod
    def of(cls, amount: Amount) -> "Money":
        return cls(amount=amount.amount, currency=CurrencyCode(amount.currency))

    @classmethod
    def rounded(cls, amount: Decimal, currency: str) -> "Money":
        """Return an amount rounded to the currency's minor units."""
        return cls.of(money(amount, currency))


@strawberry.input(description="An amount in a currency.")
class MoneyInput:
    amount: Decimal
    currency: CurrencyCode

    def told(self) -> Amount:
        return Amount(self.amount, self.currency)
