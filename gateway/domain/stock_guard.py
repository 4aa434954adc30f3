"""Rows of stock that cannot be true: refused one by one before they reach the ledger."""

from datetime import datetime, timedelta

from gateway.domain.feeds import StockDelta, StockRow

MOST_UNITS = 10_000_000
AHEAD = timedelta(minutes=5)
"""How far a source's clock may be ahead of ours."""


def refusal_of(row: StockRow | StockDelta, now: datetime) -> str | None:
    """Return why a row is refused, None when it can be used."""
    if isinstance(row, StockDelta):
        return _impossible("change", row.change) or _too_large("change", abs(row.change)) or _from_the_future(row.at, now)
    return (
        _impossible_figure("quantity", row.quantity)
        or _impossible_figure("unavailable", row.unavailable)
        or _from_the_future(row.as_of, now)
    )


def _impossible_figure(name: str, value: object) -> str | None:
    if wrong := _impossible(name, value):
        return wrong
    figure = int(value)  # type: ignore[call-overload]
    return f"{name} is {figure}; stock is never negative" if figure < 0 else _too_large(name, figure)


def _impossible(name: str, value: object) -> str | None:
    """Tell of what is no whole number: a float, NaN, a text or a truth value that a mapping let through."""
    if type(value) is int:
        return None
    return f"{name} is {value!r}; a whole number of units is needed"


def _too_large(name: str, value: int) -> str | None:
    return f"{name} is {value}; more than {MOST_UNITS} units are not believed" if value > MOST_UNITS else None


def _from_the_future(at: datetime | None, now: datetime) -> str | None:
    if at is None:
        return None
    if at.tzinfo is None:
        return f"the time {at.isoformat()} has no zone"
    if at > now + AHEAD:
        return f"the time {at.isoformat()} is more than {AHEAD.seconds // 60} minutes ahead of ours"
    return None
