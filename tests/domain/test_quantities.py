"""Amounts in the minor units of their currencies."""

from decimal import Decimal

import pytest

from gateway.domain.quantities import MINOR_DIGITS, Money, money, smallest, written
from gateway.network.codes import CURRENCIES


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        ("3.765", "KWD", "3.765"),
        ("3.7655", "KWD", "3.766"),
        ("3702.00", "JPY", "3702"),
        ("3702.5", "JPY", "3703"),
        ("3.765", "EUR", "3.77"),
        ("3.7", "EUR", "3.70"),
    ],
)
def test_an_amount_is_rounded_to_what_its_currency_has(amount: str, currency: str, told: str) -> None:
    assert money(amount, currency) == Money(Decimal(told), currency)
    assert str(money(amount, currency).amount) == told


def test_three_units_of_a_price_in_thousandths_cost_three_times_as_much() -> None:
    assert money(Decimal("1.255") * 3, "KWD").amount == Decimal("3.765")


def test_the_least_amount_is_known_of_every_currency() -> None:
    assert (smallest("EUR"), smallest("JPY"), smallest("KWD"), smallest("CLF")) == (
        Decimal("0.01"),
        Decimal(1),
        Decimal("0.001"),
        Decimal("0.0001"),
    )
    assert set(MINOR_DIGITS) - CURRENCIES <= {"UYI", "CLF", "UYW"}


def test_a_price_is_written_with_the_digits_of_its_currency_and_never_cut() -> None:
    told = [
        str(written(Decimal(amount), currency))
        for amount, currency in (("1234.00", "JPY"), ("1.255", "KWD"), ("0.005", "EUR"), ("2", "EUR"))
    ]
    assert told == ["1234", "1.255", "0.005", "2.00"]
