"""Functions that expressions may call beside JMESPath's own. Null in, null out, unless stated.

cents(n)                     129.90 of 12990
scaled(n, factor)            n times factor, exactly, as text
number(text)                 a number of "1 234,50"
plus(a, b) minus(a, b) times(a, b)
to_grams(value[, unit])      grams of "1,5 kg", or of a number in a unit ('kg'); null when there is no weight
to_cm3(value[, unit])        cubic centimeters of "40 x 30 x 20 cm", "1,5 l", or of a number in a unit ('dm3'); null when there is none
gtin(text)                   the number when its check digit is right, else null
epoch_ms(n) epoch_s(n)       the instant of milliseconds or seconds since 1970
local_time(text, zone)       the instant of local ISO time
parse_time(text, form[, zone])   the instant of text in a strptime form, as '%Y%m%dT%H%M%SZ'
parse_date(text[, form])     a date
at_hour(date, hour, zone[, form])   the instant of an hour of a local day
add_days(date, n)            a date n days later
earlier(time, seconds)       an instant so much before
in_zone(time, zone)          an instant as local time with its offset
lookup(value, table)         our word by a table of the configuration; its "*" stands for all others, null without
split(text, separator) replace(text, old, new) trim(text) lower(text) upper(text) title(text)
slug(text)                   a code of it: lower case, ASCII letters and digits, dashes between
match(text, pattern)         the first group (or all) that a regular expression finds, null when it finds nothing
first(list) last(list)       an end of a list, null when it is empty
with_parent(list, key)       every element of every `key` list, each with its outer object as `parent`
entries(object)              [{key, value}] of an object
only(object, keys)           an object with these keys alone
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from jmespath import functions

from adapters.mapping import moments
from adapters.mapping.articles import cubic_cm, decimal_of, grams, gtin

ANY: Any = {"types": []}
TEXT: Any = {"types": ["string"]}
NUMBER: Any = {"types": ["number"]}
LISTS: Any = {"types": ["array", "null"]}
LIST: Any = {"types": ["array"]}
OBJECT: Any = {"types": ["object", "null"]}
OPTIONAL: Any = {"types": [], "variadic": True}
LONGEST_TEXT = 100_000
_NO_CODE = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


class Functions(functions.Functions):
    """All functions, with one source's tables. Raise ValueError for values that cannot be meant."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self._tables = tables

    @functions.signature(ANY)
    def _func_cents(self, value: Any) -> str | None:
        return None if value is None else str(decimal_of(value) / 100)

    @functions.signature(ANY, ANY)
    def _func_scaled(self, value: Any, factor: Any) -> str | None:
        return None if value is None else str(decimal_of(value) * decimal_of(factor))

    @functions.signature(ANY)
    def _func_number(self, value: Any) -> float | int | None:
        if value in (None, ""):
            return None
        number = decimal_of(value)
        return int(number) if number == number.to_integral_value() else float(number)

    @functions.signature(ANY, ANY)
    def _func_plus(self, one: Any, other: Any) -> float | int | None:
        return self._func_number(None if one is None or other is None else decimal_of(one) + decimal_of(other))

    @functions.signature(ANY, ANY)
    def _func_minus(self, one: Any, other: Any) -> float | int | None:
        return self._func_number(None if one is None or other is None else decimal_of(one) - decimal_of(other))

    @functions.signature(ANY, ANY)
    def _func_times(self, one: Any, other: Any) -> float | int | None:
        return self._func_number(None if one is None or other is None else decimal_of(one) * decimal_of(other))

    @functions.signature(OPTIONAL)
    def _func_to_grams(self, value: Any, unit: str | None = None) -> int | None:
        return grams(value, unit)

    @functions.signature(OPTIONAL)
    def _func_to_cm3(self, value: Any, unit: str | None = None) -> int | None:
        return cubic_cm(value, unit)

    @functions.signature(ANY)
    def _func_gtin(self, value: Any) -> str | None:
        return gtin(value)

    @functions.signature(ANY)
    def _func_epoch_ms(self, value: Any) -> str | None:
        return None if value is None else moments.epoch(value, 1000).isoformat()

    @functions.signature(ANY)
    def _func_epoch_s(self, value: Any) -> str | None:
        return None if value is None else moments.epoch(value, 1).isoformat()

    @functions.signature(ANY, TEXT)
    def _func_local_time(self, value: Any, zone: str) -> str | None:
        return None if value in (None, "") else moments.instant(value, zone).isoformat()

    @functions.signature(OPTIONAL)
    def _func_parse_time(self, value: Any, form: str, zone: str = "UTC") -> str | None:
        return None if value in (None, "") else moments.formatted(value, form, zone).isoformat()

    @functions.signature(OPTIONAL)
    def _func_parse_date(self, value: Any, form: str | None = None) -> str | None:
        return None if value in (None, "") else moments.day(value, form).isoformat()

    @functions.signature(OPTIONAL)
    def _func_at_hour(self, value: Any, clock: str, zone: str, form: str | None = None) -> str | None:
        return None if value in (None, "") else moments.at_hour(value, clock, zone, form).isoformat()

    @functions.signature(ANY, NUMBER)
    def _func_add_days(self, value: Any, count: int) -> str | None:
        return None if value is None else (moments.day(value) + timedelta(days=count)).isoformat()

    @functions.signature(ANY, NUMBER)
    def _func_earlier(self, value: Any, seconds: float) -> str | None:
        return None if value is None else (moments.instant(value) - timedelta(seconds=seconds)).isoformat()

    @functions.signature(ANY, TEXT)
    def _func_in_zone(self, value: Any, zone: str) -> str | None:
        return None if value is None else moments.instant(value).astimezone(ZoneInfo(zone)).isoformat()

    @functions.signature(ANY, TEXT)
    def _func_lookup(self, value: Any, table: str) -> Any:
        words = self._tables.get(table)
        if words is None:
            raise ValueError(f"there is no table {table!r}; add it under tables")
        return None if value is None else words.get(_key(value), words.get("*"))

    @functions.signature(ANY, TEXT)
    def _func_split(self, value: Any, separator: str) -> list[str]:
        return [part.strip() for part in str(value).split(separator) if part.strip()] if value else []

    @functions.signature(ANY, TEXT, TEXT)
    def _func_replace(self, value: Any, old: str, new: str) -> str | None:
        return None if value is None else str(value).replace(old, new)

    @functions.signature(ANY)
    def _func_trim(self, value: Any) -> str | None:
        return None if value is None else str(value).strip()

    @functions.signature(ANY)
    def _func_lower(self, value: Any) -> str | None:
        return None if value is None else str(value).lower()

    @functions.signature(ANY)
    def _func_upper(self, value: Any) -> str | None:
        return None if value is None else str(value).upper()

    @functions.signature(ANY)
    def _func_title(self, value: Any) -> str | None:
        return None if value is None else str(value).title()

    @functions.signature(ANY)
    def _func_slug(self, value: Any) -> str | None:
        if value is None:
            return None
        plain = unicodedata.normalize("NFKD", str(value)).encode("ascii", "ignore").decode().lower()
        return _NO_CODE.sub("-", plain).strip("-") or None

    @functions.signature(ANY, TEXT)
    def _func_match(self, value: Any, pattern: str) -> str | None:
        found = _pattern(pattern).search(str(value)[:LONGEST_TEXT]) if value is not None else None
        if found is None:
            return None
        return found[1] if found.re.groups else found[0]

    @functions.signature(LISTS)
    def _func_first(self, values: list[Any] | None) -> Any:
        return values[0] if values else None

    @functions.signature(LISTS)
    def _func_last(self, values: list[Any] | None) -> Any:
        return values[-1] if values else None

    @functions.signature(LISTS, TEXT)
    def _func_with_parent(self, values: list[Any] | None, key: str) -> list[dict[str, Any]]:
        outer = [value for value in values or [] if isinstance(value, dict)]
        return [{**inner, "parent": one} for one in outer for inner in one.get(key) or [] if isinstance(inner, dict)]

    @functions.signature(OBJECT)
    def _func_entries(self, value: dict[str, Any] | None) -> list[dict[str, Any]]:
        return [{"key": key, "value": inner} for key, inner in (value or {}).items()]

    @functions.signature(OBJECT, LIST)
    def _func_only(self, value: dict[str, Any] | None, keys: list[str]) -> dict[str, Any] | None:
        return None if value is None else {key: value[key] for key in keys if key in value}


def _key(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)
