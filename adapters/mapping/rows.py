"""A batch of foreign rows, mapped one by one: the bad are refused with their reason, the good stay."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from adapters.mapping.expressions import Expression, ExpressionFailed, Words
from gateway.domain.feeds import RejectedRow
from gateway.domain.ids import LocationCode

Fields = Mapping[str, Expression]
Row = TypeVar("Row")
Maker = Callable[["Values"], Row]
LONGEST_REASON, LONGEST_NAME = 300, 100
ARTICLE = ("sku", "gtin", "code", "event")


class RowRefused(ValueError):
    """A row that cannot be used."""


class Values:
    """The values of one foreign row by the names of our record; what is missing or of the wrong kind raises RowRefused with its name."""

    __slots__ = ("_by_name",)

    def __init__(self, by_name: Mapping[str, Any]) -> None:
        self._by_name = by_name

    def raw(self, name: str) -> Any:
        value = self._by_name.get(name)
        if type(value) is float and not math.isfinite(value):
            raise RowRefused(f"{name}: {value} is no number")
        return value

    def text(self, name: str) -> str | None:
        """Return text (numbers as written), None where there is none or it is blank."""
        value = self.raw(name)
        if type(value) is str:
            return value.strip() or None
        if value is None or isinstance(value, dict | list | bool):
            if value is not None:
                raise RowRefused(f"{name}: {str(value)[:50]!r} is no text")
            return None
        return str(value).strip() or None

    def needed(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise RowRefused(f"{name}: is missing")
        return value

    def converted(self, name: str, convert: Callable[[Any], Row]) -> Row | None:
        """Return the value through `convert`; None where there is none."""
        value = self.raw(name)
        if value is None or value == "":
            return None
        try:
            return convert(value)
        except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
            raise RowRefused(f"{name}: {error}") from error

    def must(self, name: str, convert: Callable[[Any], Row]) -> Row:
        value = self.converted(name, convert)
        if value is None:
            raise RowRefused(f"{name}: is missing")
        return value

    def rows(self, name: str) -> list["Values"]:
        """Return a list of objects as values of their own; none where there is no list."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise RowRefused(f"{name}: must be a list of objects")
        return [Values(one) for one in value]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a row: its fields by our names; `when` says of which rows it holds."""

    fields: Fields
    when: Expression | None = None


@dataclass(frozen=True)
class RowMapping(Generic[Row]):
    """How foreign rows become ours. A row gives one of ours per reading that holds for it; none holds: it is passed over."""

    readings: Sequence[Reading]
    make: Maker[Row]

    def mapped(
        self, rows: Iterable[Any], words: Words, around: Mapping[str, Any] | None = None, constants: Mapping[str, Any] | None = None
    ) -> tuple[list[Row], list[RejectedRow]]:
        """Return our rows and refusals. Expressions see a row and, beside its keys, what stands `around` it; `constants` fill fields."""
        good: list[Row] = []
        refused: list[RejectedRow] = []
        outer = around if around and any(name in text for name in around for text in self._texts()) else None
        for index, row in enumerate(rows):
            if not isinstance(row, dict):
                refused.append(RejectedRow(index, str(row)[:50], "is no object"))
                continue
            seen = {**row, **outer} if outer else row
            for reading in self.readings:
                try:
                    if reading.when is None or reading.when(seen, words):
                        found = {name: one(seen, words) for name, one in reading.fields.items()}
                        good.append(self.make(Values({**constants, **found} if constants else found)))
                except (RowRefused, ExpressionFailed) as error:
                    name, place = _told(reading, seen, words, *ARTICLE), _told(reading, seen, words, "location")
                    reason = str(error)[:LONGEST_REASON]
                    refused.append(RejectedRow(index, name or "(no name)", reason, LocationCode(place) if place else None))
        return good, refused

    def _texts(self) -> list[str]:
        return [one.text for reading in self.readings for one in (*reading.fields.values(), *([reading.when] if reading.when else []))]


def _told(reading: Reading, row: Mapping[str, Any], words: Words, *names: str) -> str | None:
    """Return the first of some fields that the row has, as far as it can be read."""
    for name in names:
        try:
            if name in reading.fields and (value := reading.fields[name](row, words)):
                return str(value).strip()[:LONGEST_NAME]
        except ExpressionFailed:
            continue
    return None


def field_problems(fields: Iterable[str], allowed: Sequence[str], needed: Sequence[Sequence[str]]) -> list[str]:
    """Return what is wrong with the names of a mapping; of each group in `needed` one must stand there."""
    stated = set(fields)
    problems = []
    for name in sorted(stated - set(allowed)):
        close = get_close_matches(name, allowed, n=1)
        problems.append(f"{name}: unknown field; " + (f"did you mean {close[0]!r}?" if close else f"possible: {', '.join(allowed)}"))
    problems += [f"{' or '.join(group)}: is missing; add it" for group in needed if not stated.intersection(group)]
    return problems
