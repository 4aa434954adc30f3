"""The contract's scalars: what each takes and refuses (BAD_USER_INPUT, with the remedy) and how it is written out."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NewType
from urllib.parse import urlsplit

import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped
from strawberry.types.scalar import ScalarDefinition

CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)
URL = NewType("URL", str)
IdempotencyKey = NewType("IdempotencyKey", str)

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
HOUR_AND_MINUTE = re.compile(r"\d\d:\d\d", re.ASCII)
PLAIN_DECIMAL = re.compile(r"[+-]?\d{1,24}(\.\d{1,12})?", re.ASCII)
LARGEST_INTEGER = 10**24
URL_LENGTH = 2_048
SHOWN_LENGTH = 60


def refusal(remedy: str, value: object, node: ValueNode | None = None) -> GraphQLError:
    """Return the error for a value that a scalar cannot take; the value is shown cut to a length that floods no log."""
    shown = repr(value)
    if len(shown) > SHOWN_LENGTH:
        shown = shown[:SHOWN_LENGTH] + "…"
    return GraphQLError(f"{remedy}, not {shown}.", node, extensions={"code": "BAD_USER_INPUT"})


def parsed_datetime(value: object) -> datetime:
    remedy = "DateTime takes RFC 3339 with an offset, such as 2026-03-01T09:30:00Z"
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise refusal(remedy, value)
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise refusal(remedy + ", of a time that exists", value) from None


def written_datetime(value: Any) -> str:
    """Return RFC 3339 in UTC; a naive value is a fault of ours and raises."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError(f"a DateTime is an aware datetime, not {value!r}")
    moment = value if value.tzinfo is UTC else value.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def parsed_date(value: object) -> date:
    remedy = "Date takes an ISO 8601 calendar date that exists, such as 2026-03-01"
    if not isinstance(value, str) or not ISO_DATE.fullmatch(value):
        raise refusal(remedy, value)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise refusal(remedy, value) from None


def parsed_local_time(value: object) -> time:
    remedy = "LocalTime takes HH:MM from 00:00 to 23:59, such as 09:30"
    if not isinstance(value, str) or not HOUR_AND_MINUTE.fullmatch(value):
        raise refusal(remedy, value)
    try:
        return time.fromisoformat(value)
    except ValueError:
        raise refusal(remedy, value) from None


def written_local_time(value: Any) -> str:
    if not isinstance(value, time):
        raise TypeError(f"a LocalTime is a time, not {value!r}")
    return value.isoformat("minutes")


def parsed_decimal(value: object) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_INTEGER:
        return Decimal(value)
    if not isinstance(value, str) or not PLAIN_DECIMAL.fullmatch(value):
        raise refusal('Decimal takes an exact finite number as a string, such as "19.90", or an integer', value)
    return Decimal(value)


def written_decimal(value: Any) -> str:
    """Return the plain notation, without an exponent; a number that is not exact and finite is a fault of ours and raises."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, Decimal) or not value.is_finite():
        raise TypeError(f"a Decimal is a finite decimal, not {value!r}")
    return format(value, "f")


def parsed_url(value: object) -> str:
    remedy = f"URL takes an absolute https address of at most {URL_LENGTH} characters, such as https://example.com/hook"
    if not isinstance(value, str) or len(value) > URL_LENGTH or not value.isprintable() or " " in value:
        raise refusal(remedy, value)
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise refusal(remedy, value) from None
    if parts.scheme != "https" or not parts.hostname:
        raise refusal(remedy, value)
    return value


def parsed_code(name: str, length: int, example: str) -> Callable[[object], str]:
    letters = re.compile(f"[A-Z]{{{length}}}", re.ASCII)

    def parsed(value: object) -> str:
        if not isinstance(value, str) or not letters.fullmatch(value):
            raise refusal(f"{name} takes {length} capital letters, such as {example}", value)
        return value

    return parsed


def parsed_key(value: object) -> str:
    """Take any string: the mutation judges a key's form, so that a bad one is a user error in its payload."""
    if not isinstance(value, str):
        raise refusal("IdempotencyKey takes a string, such as a UUID", value)
    return value


def written_text(value: Any) -> str:
    return str(value)


def scalar(
    name: str, description: str, parse: Callable[[object], Any], write: Callable[[Any], str], *, specified_by: str | None = None
) -> ScalarDefinition:
    def parse_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        try:
            return parse(value_from_ast_untyped(node, variables))
        except GraphQLError as error:
            raise GraphQLError(error.message, node, extensions=error.extensions) from None

    return strawberry.scalar(
        name=name, description=description, specified_by_url=specified_by, serialize=write, parse_value=parse, parse_literal=parse_literal
    )


SCALARS: dict[object, ScalarDefinition] = {
    datetime: scalar(
        "DateTime",
        "RFC 3339 with an offset; answered in UTC. A naive value is refused.",
        parsed_datetime,
        written_datetime,
        specified_by="https://www.rfc-editor.org/rfc/rfc3339",
    ),
    date: scalar(
        "Date",
        "ISO 8601 calendar date.",
        parsed_date,
        date.isoformat,
        specified_by="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    ),
    time: scalar(
        "LocalTime",
        "Local time of day, HH:MM, in the time zone of the location it belongs to.",
        parsed_local_time,
        written_local_time,
    ),
    Decimal: scalar(
        "Decimal",
        "Exact finite decimal, as a string; an integer is accepted as input, a float, NaN or infinity is not.",
        parsed_decimal,
        written_decimal,
    ),
    CurrencyCode: scalar("CurrencyCode", "ISO 4217 code.", parsed_code("CurrencyCode", 3, "EUR"), written_text),
    CountryCode: scalar("CountryCode", "ISO 3166-1 alpha-2 code.", parsed_code("CountryCode", 2, "FR"), written_text),
    URL: scalar("URL", "Absolute https URL.", parsed_url, written_text),
    IdempotencyKey: scalar(
        "IdempotencyKey",
        "Unguessable and used for one call only: a UUID, or 22 to 255 random characters.",
        parsed_key,
        written_text,
    ),
}
"""For `StrawberryConfig(scalar_map=SCALARS)`: which Python type is written as which scalar."""
