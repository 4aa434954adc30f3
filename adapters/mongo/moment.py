"""The database's clock in a write: a number to compare with, and where it is stored an expression of `$$NOW`."""

from typing import Any, Self

NOW_MS = {"$toLong": "$$NOW"}


class Moment(int):
    """A time of the database's clock in ms, as far as it is known; written as `$$NOW` and an offset.

    The protocol's meanings take it for the number that it is, so that they stay pure, and the deadline that they make of it is still
    stamped by the server.
    """

    offset: int

    def __new__(cls, known: int, offset: int = 0) -> Self:
        moment = super().__new__(cls, known + offset)
        moment.offset = offset
        return moment

    def __add__(self, ms: int) -> "Moment":
        return Moment(int(self) - self.offset, self.offset + int(ms))


def is_timed(value: object) -> bool:
    """Tell whether a moment that only the server can know is anywhere inside."""
    if isinstance(value, dict):
        return any(is_timed(part) for part in value.values())
    if isinstance(value, list):
        return any(is_timed(part) for part in value)
    return isinstance(value, Moment)


def expression(value: object) -> Any:
    """Return a document as an aggregation expression: what callers wrote stays literal, moments become the server's."""
    if isinstance(value, Moment):
        return {"$add": [NOW_MS, value.offset]}
    if isinstance(value, dict) and is_timed(value):
        return {name: expression(part) for name, part in value.items()}
    if isinstance(value, list) and is_timed(value):
        return [expression(part) for part in value]
    return {"$literal": value}
