"""What the contract's scalars take, refuse and write out."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig

from schema import scalars
from schema.scalars import SCALARS, URL, CountryCode, CurrencyCode, IdempotencyKey

EVERY_SCALAR = """\
scalar CountryCode
scalar CurrencyCode
scalar Date @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")
scalar DateTime @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339")
scalar Decimal
scalar IdempotencyKey
scalar LocalTime
scalar URL"""


@strawberry.type
class Query:
    @strawberry.field
    def echo(
        self,
        at: datetime | None = None,
        on: date | None = None,
        opens: time | None = None,
        amount: Decimal | None = None,
        currency: CurrencyCode | None = None,
        country: CountryCode | None = None,
        url: URL | None = None,
        key: IdempotencyKey | None = None,
    ) -> str:
        return repr(at or on or opens or amount or currency or country or url or key)


SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


def test_scalars_are_printed_as_in_the_contract() -> None:
    assert "\n".join(line for line in str(SCHEMA).splitlines() if line.startswith("scalar ")) == EVERY_SCALAR


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01t09:30:00z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T01:30:00+02:00", datetime(2026, 2, 28, 23, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00.123456789Z", datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)),
    ],
)
def test_a_time_with_an_offset_becomes_utc(written: str, moment: datetime) -> None:
    parsed = scalars.parsed_datetime(written)
    assert (parsed, parsed.tzinfo) == (moment, UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T09:30:00",
        "2026-02-30T09:30:00Z",
        "2026-03-01T24:30:00Z",
        "2026-03-01",
        "2026-W09-7T09:30:00Z",
        "20260301T093000Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "2026-03-01T09:30:00+25:00",
        "\u0662\u0660\u0662\u0666-03-01T09:30:00Z",
        1_767_225_600,
        True,
        None,
        {"$ne": None},
    ],
)
def test_a_naive_or_impossible_time_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError, match=r"^DateTime takes RFC 3339 with an offset") as refused:
        scalars.parsed_datetime(value)
    assert refused.value.extensions == {"code": "BAD_USER_INPUT"}


def test_a_time_is_written_in_utc_with_z() -> None:
    paris = timezone(timedelta(hours=2))
    assert scalars.written_datetime(datetime(2026, 7, 1, 12, 0, tzinfo=paris)) == "2026-07-01T10:00:00Z"
    assert scalars.written_datetime(datetime(2026, 7, 1, 12, 0, 0, 5000, tzinfo=UTC)) == "2026-07-01T12:00:00.005000Z"
    with pytest.raises(TypeError, match="aware"):
        scalars.written_datetime(datetime(2026, 7, 1))  # noqa: DTZ001 - the naive value is the case


@pytest.mark.parametrize(("value", "number"), [("19.90", "19.90"), ("-3", "-3"), (12, "12"), ("0.000000000001", "1E-12")])
def test_an_exact_number_is_taken(value: object, number: str) -> None:
    assert str(scalars.parsed_decimal(value)) == number


@pytest.mark.parametrize("value", [1.5, "NaN", "Infinity", "-inf", "1e3", "1_000", "", " 1", "1,5", True, None, "9" * 25, 10**24, "\u0661"])
def test_a_number_that_is_not_exact_and_finite_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError, match=r"^Decimal takes an exact finite number"):
        scalars.parsed_decimal(value)


def test_a_decimal_is_written_without_exponent() -> None:
    assert [scalars.written_decimal(Decimal(text)) for text in ("1E+3", "19.90", "1E-12")] == ["1000", "19.90", "0.000000000001"]
    for value in (Decimal("NaN"), 1.5):
        with pytest.raises(TypeError, match="finite"):
            scalars.written_decimal(value)


def test_dates_and_local_times_have_one_form() -> None:
    assert scalars.parsed_date("2028-02-29") == date(2028, 2, 29)
    assert scalars.parsed_local_time("09:30") == time(9, 30)
    assert scalars.written_local_time(time(9, 5, 30)) == "09:05"
    for value in ("2026-02-29", "2026-2-1", "20260201", 5):
        with pytest.raises(GraphQLError, match=r"^Date takes"):
            scalars.parsed_date(value)
    for wrong in ("24:00", "9:30", "09:30:00", "09:30+02:00", 930):
        with pytest.raises(GraphQLError, match=r"^LocalTime takes"):
            scalars.parsed_local_time(wrong)


@pytest.mark.parametrize(
    ("argument", "good", "bad"),
    [
        ("currency", "EUR", ["eur", "EURO", "€", 978]),
        ("country", "FR", ["fr", "FRA", "", 33]),
        (
            "url",
            "https://example.com/hook?a=1",
            ["http://example.com", "/hook", "https://", "https://a b", "https://a:b/", "javascript:1", 5],
        ),
    ],
)
async def test_codes_and_addresses_are_judged_by_their_form(argument: str, good: str, bad: list[object]) -> None:
    kind = {"currency": "CurrencyCode", "country": "CountryCode", "url": "URL"}[argument]
    query = f"query($value: {kind}) {{ echo({argument}: $value) }}"
    assert (await SCHEMA.execute(query, {"value": good})).data == {"echo": repr(good)}
    for value in bad:
        refused = await SCHEMA.execute(query, {"value": value})
        assert refused.errors
        assert refused.errors[0].extensions == {"code": "BAD_USER_INPUT"}


def test_any_string_passes_as_an_idempotency_key() -> None:
    assert scalars.parsed_key("") == ""
    with pytest.raises(GraphQLError):
        scalars.parsed_key(5)


async def test_a_refused_literal_says_where_it_stands() -> None:
    refused = await SCHEMA.execute('{ echo(at: "2026-03-01T09:30:00") }')
    assert refused.errors
    assert [location.column for location in refused.errors[0].locations or []] == [12]
    assert refused.errors[0].extensions == {"code": "BAD_USER_INPUT"}


def test_a_huge_refused_value_is_cut() -> None:
    with pytest.raises(GraphQLError) as refused:
        scalars.parsed_date("9" * 100_000)
    assert len(refused.value.message) < 200
