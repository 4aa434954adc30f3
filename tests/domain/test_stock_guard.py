"""Rows that cannot be true are refused with their reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.feeds import Item, StockDelta, StockRow
from gateway.domain.ids import LocationCode
from gateway.domain.stock_guard import refusal_of

NOW = datetime(2025, 6, 26, 8, tzinfo=UTC)
DEPOT, ITEM = LocationCode("DEPOT"), Item(sku="A")


def row(quantity: Any = 5, unavailable: Any = 0, as_of: datetime | None = None) -> StockRow:
    return StockRow(DEPOT, ITEM, quantity, unavailable, as_of)


@pytest.mark.parametrize("fine", [row(), row(0), row(10_000_000, 10_000_000), row(as_of=NOW + timedelta(minutes=5))])
def test_a_possible_figure_is_used(fine: StockRow) -> None:
    assert refusal_of(fine, NOW) is None


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(-1), "quantity is -1; stock is never negative"),
        (row(1.5), "quantity is 1.5; a whole number of units is needed"),
        (row(float("nan")), "quantity is nan; a whole number of units is needed"),
        (row("7"), "quantity is '7'; a whole number of units is needed"),
        (row(True), "quantity is True; a whole number of units is needed"),
        (row(10_000_001), "quantity is 10000001; more than 10000000 units are not believed"),
        (row(5, -2), "unavailable is -2; stock is never negative"),
        (row(as_of=NOW + timedelta(minutes=6)), "the time 2025-06-26T08:06:00+00:00 is more than 5 minutes ahead of ours"),
        (row(as_of=NOW.replace(tzinfo=None)), "the time 2025-06-26T08:00:00 has no zone"),
    ],
)
def test_an_impossible_figure_is_refused(bad: StockRow, reason: str) -> None:
    assert refusal_of(bad, NOW) == reason


def test_differences_may_be_negative_and_not_absurd() -> None:
    sold = StockDelta("e1", DEPOT, ITEM, -3, NOW)
    assert refusal_of(sold, NOW) is None
    assert (
        refusal_of(StockDelta("e2", DEPOT, ITEM, -10_000_001, NOW), NOW) == "change is 10000001; more than 10000000 units are not believed"
    )
    assert refusal_of(StockDelta("e3", DEPOT, ITEM, 1, NOW + timedelta(hours=1)), NOW) is not None
