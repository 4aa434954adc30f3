"""Tryton's JSON: decimals, dates and times as tagged objects, domains and contexts in URL-safe base64."""

import base64
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import orjson

from adapters.mapping.articles import decimal_of


def written(value: Any) -> bytes:
    return orjson.dumps(value, default=_tagged, option=orjson.OPT_PASSTHROUGH_DATETIME)


def in_url(value: Any) -> str:
    return base64.urlsafe_b64encode(written(value)).decode()


def read(value: Any) -> Any:
    """Return a value with its tagged objects as decimals, dates and aware times (theirs are UTC). Raises ValueError."""
    if isinstance(value, list):
        return [read(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("__class__")
    return {key: read(one) for key, one in value.items()} if kind is None else _untagged(str(kind), value)


def _untagged(kind: str, value: dict[str, Any]) -> Any:
    try:
        if kind == "Decimal":
            return decimal_of(value["decimal"])
        if kind == "date":
            return date(value["year"], value["month"], value["day"])
        if kind == "datetime":
            clock = (value[name] for name in ("hour", "minute", "second", "microsecond"))
            return datetime.combine(date(value["year"], value["month"], value["day"]), time(*clock), tzinfo=UTC)
    except (KeyError, TypeError) as error:
        raise ValueError(f"a {kind} cannot be read") from error
    return value


def _tagged(value: Any) -> dict[str, Any]:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        clock = {"hour": utc.hour, "minute": utc.minute, "second": utc.second, "microsecond": utc.microsecond}
        return {"__class__": "datetime", "year": utc.year, "month": utc.month, "day": utc.day, **clock}
    if isinstance(value, date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    raise TypeError(f"{type(value).__name__} has no form in Tryton's JSON")
