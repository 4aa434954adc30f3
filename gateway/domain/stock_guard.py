"""Rows of stock that cannot be true, refused one by one; and when all that is said of a place is not believed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from gateway.domain.feeds import StockDelta, StockRow

MOST_UNITS = 10_000_000
AHEAD = timedelta(minutes=5)
"""How far a source's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class StockGuard:
    """When what is said of a location's stock is not believed until a whole pass says it again, or a person releases it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    from_rows: int = 20
    """Places with fewer rows are always believed; so is the sum of units that fewer rows of changes move."""
    most_to_zero: float = 0.3
    """The share of its positions that may go to zero at once."""
    most_moved: float = 0.5
    """The share of its units that may come or go at once."""
    fewest_rows: float = 0.7
    """The share of its usual rows that must be there."""
    agreement: float = 0.9
    """The share of the moved rows in which a later pass must say the same."""
    confirm_after: timedelta = timedelta(minutes=1)
    """How much later a pass must be to count as said again."""


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
