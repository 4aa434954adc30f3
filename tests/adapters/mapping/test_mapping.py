"""Foreign values become ours exactly, or are refused with their reason."""

import traceback
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.mapping.articles import cubic_cm, decimal_of, grams, gtin, whole
from adapters.mapping.expressions import Expression, ExpressionFailed, Words
from adapters.mapping.figures import delta, inbound, stock_maker
from adapters.mapping.places import LocationMaker
from adapters.mapping.products import ProductMaker
from adapters.mapping.rows import Reading, RowMapping, RowRefused, Values
from adapters.mapping.templates import BodyTemplate, PathTemplate
from adapters.mapping.work import news, receipt
from gateway.domain.calendar import Period
from gateway.domain.catalogue import sales_by_location
from gateway.domain.feeds import Item, NewsLine
from gateway.domain.ids import SourceCode

WORDS = Words({"step": {"done": "SHIPPED", "*": "ACCEPTED"}, "flag": {"true": "YES"}})
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def worked_out(text: str, data: Any = None) -> Any:
    return Expression(text)(data, WORDS)


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("186 g", 186),
        ("1,5 kg", 1500),
        ("1.2kg", 1200),
        ("500g", 500),
        ("500 gr.", 500),
        ("110g\u00d72", 220),
        ("6 x 125 g", 750),
        ("1200 g (3 x 400 g)", 1200),
        ("250 g (2x125g)", 250),
        ("200 g 2x100", 200),
        ("14 oz", 397),
        ("33 cl", None),
        ("1 l", None),
        ("1000", None),
        ("", None),
    ],
)
def test_weights_as_text_are_read_and_volumes_are_none(text: str, weight: int | None) -> None:
    assert grams(text) == weight


def test_a_number_of_a_unit_is_grams() -> None:
    assert grams("1.240", "kg") == 1240
    with pytest.raises(ValueError, match="is no unit of weight"):
        grams("1", "stone")
    with pytest.raises(ValueError, match="cannot be meant"):
        grams("99999999", "kg")


@pytest.mark.parametrize(
    ("text", "volume"),
    [("40 x 30 x 20 cm", 24_000), ("400*300*205 mm", 24_600), ("1,5 l", 1500), ("33 cl", 330), ("186 g", None), ("", None)],
)
def test_volumes_as_text_are_read(text: str, volume: int | None) -> None:
    assert cubic_cm(text) == volume


def test_a_number_of_a_unit_of_volume_is_rounded_up() -> None:
    assert (cubic_cm("1.2401", "dm3"), cubic_cm(0.5, "m3")) == (1241, 500_000)
    with pytest.raises(ValueError, match="is no unit of volume"):
        cubic_cm("1", "kg")
    with pytest.raises(ValueError, match="no volume of a parcel"):
        cubic_cm("999", "m3")


def test_a_gtin_has_a_right_check_digit() -> None:
    assert gtin("4006381333931") == "4006381333931"
    assert gtin("96385074") == "96385074"
    assert gtin("4006381333932") is None
    assert gtin("\u0664006381333931") is None
    assert gtin("123") is None


@pytest.mark.parametrize(
    ("text", "number"), [("1 234,50", "1234.50"), ("1.234,5", "1234.5"), ("1,234.5", "1234.5"), ("12", "12"), ("-3,0", "-3.0")]
)
def test_numbers_of_any_country_are_read(text: str, number: str) -> None:
    assert decimal_of(text) == Decimal(number)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e", True, None, "", "1.5", [1]])
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is no"):
        whole(value)


@pytest.mark.parametrize(
    ("text", "data", "value"),
    [
        ("a.b", {"a": {"b": 1}}, 1),
        ("a.b", {"a": [1]}, None),
        ('"vendor-ref"', {"vendor-ref": "X"}, "X"),
        ("'literal'", {}, "literal"),
        ("cents(n)", {"n": 12990}, "129.9"),
        ("scaled(n, '0.001')", {"n": 1500}, "1.500"),
        ("number(n)", {"n": "1 234,50"}, 1234.5),
        ("minus(a, b)", {"a": 5, "b": 2}, 3),
        ("plus(a, b)", {"a": "5", "b": None}, None),
        ("epoch_ms(n)", {"n": 1795600000000}, "2026-11-25T09:46:40+00:00"),
        ("epoch_s(n)", {"n": 1795600000}, "2026-11-25T09:46:40+00:00"),
        ("local_time(t, 'Europe/Paris')", {"t": "2026-07-01T12:00:00"}, "2026-07-01T10:00:00+00:00"),
        ("parse_time(t, '%Y%m%dT%H%M%SZ')", {"t": "20261124T094500Z"}, "2026-11-24T09:45:00+00:00"),
        ("parse_date(t, '%Y%m%d')", {"t": "20261128"}, "2026-11-28"),
        ("at_hour(t, '12:00', 'Europe/Paris')", {"t": "2026-11-28"}, "2026-11-28T11:00:00+00:00"),
        ("add_days(t, `3`)", {"t": "2026-11-28"}, "2026-12-01"),
        ("earlier(t, `1`)", {"t": "2026-11-28T00:00:00+00:00"}, "2026-11-27T23:59:59+00:00"),
        ("in_zone(t, 'Europe/Paris')", {"t": "2026-11-28T10:00:00+00:00"}, "2026-11-28T11:00:00+01:00"),
        ("lookup(s, 'step')", {"s": "done"}, "SHIPPED"),
        ("lookup(s, 'step')", {"s": "new"}, "ACCEPTED"),
        ("lookup(s, 'flag')", {"s": True}, "YES"),
        ("lookup(s, 'flag')", {"s": None}, None),
        ("split(s, '/')", {"s": "Mode/Femme / Robes"}, ["Mode", "Femme", "Robes"]),
        ("replace(s, ' ', '-')", {"s": "a b"}, "a-b"),
        ("slug(s)", {"s": "Saint-Étienne (42)"}, "saint-etienne-42"),
        ("match(s, '([0-9]{5})')", {"s": "F-69002 Lyon"}, "69002"),
        ("match(s, '[0-9]{5}')", {"s": "Lyon"}, None),
        ("first(l)", {"l": [1, 2]}, 1),
        ("last(l)", {"l": []}, None),
        ("with_parent(@, 'lines')[].[parent.no, n]", [{"no": 1, "lines": [{"n": 2}, {"n": 3}]}], [[1, 2], [1, 3]]),
        ("entries(o)", {"o": {"a": 1}}, [{"key": "a", "value": 1}]),
        ("only(o, ['a'])", {"o": {"a": 1, "b": 2}}, {"a": 1}),
        ("trim(s)", {"s": " x "}, "x"),
    ],
)
def test_expressions_and_their_functions(text: str, data: Any, value: Any) -> None:
    assert worked_out(text, data) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a.[", "is no JMESPath expression"),
        ("lokup(a, 'b')", "calls lokup(), which does not exist; did you mean 'lookup'?"),
    ],
)
def test_a_wrong_expression_is_refused_when_it_is_read(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"JMESPath|does not exist") as refused:
        Expression(text)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("lookup(a, 'absent')", {"a": 1}),
        ("epoch_ms(a)", {"a": 1795600000}),
        ("local_time(a, 'Europe/Paris')", {"a": "yesterday"}),
        ("parse_date(a)", {"a": "2026-02-30"}),
        ("join(',', a)", {"a": None}),
    ],
    ids=["table", "unit", "time", "date", "type"],
)
def test_data_that_an_expression_cannot_work_on_fails_with_its_text(text: str, data: Any) -> None:
    with pytest.raises(ExpressionFailed) as failed:
        worked_out(text, data)
    assert text in str(failed.value)


@pytest.mark.parametrize("text", ["join(' ', name)", "sum(name)", "number(name)", "parse_date(name)"])
def test_what_is_said_of_a_failed_expression_can_leave_out_what_it_was_given(text: str) -> None:
    with pytest.raises(ExpressionFailed) as failed:
        worked_out(text, {"name": "Ana Roy"})
    assert failed.value.bare.startswith(f"{text}: ")
    assert "Ana" not in failed.value.bare


def test_the_expression_library_s_own_text_which_quotes_values_is_passed_on_nowhere() -> None:
    data = {"name": "Ana Roy"}
    with pytest.raises(ExpressionFailed) as failed:
        worked_out("join(' ', name)", data)
    assert str(failed.value) == "join(' ', name): join() takes array-string, not string"
    assert "Ana" not in "".join(traceback.format_exception(failed.value))


def test_a_path_is_filled_and_escaped() -> None:
    path = PathTemplate("/shops/{each[0]}/stock")
    assert path({"each": ["a/b ?"]}, WORDS) == "/shops/a%2Fb%20%3F/stock"
    for empty in (None, "", ".."):
        with pytest.raises(ExpressionFailed):
            path({"each": [empty]}, WORDS)


def test_a_body_is_filled_at_any_depth_and_leaves_out_what_has_no_value() -> None:
    body = BodyTemplate({"ref": "message.reference", "to": {"name": "message.name", "zip": "message.zip"}, "n": 3, "l": ["'x'"]})
    assert body({"message": {"reference": "R", "name": "Ana"}}, WORDS) == {"ref": "R", "to": {"name": "Ana"}, "n": 3, "l": ["x"]}
    with pytest.raises(ValueError, match=r"to\.zip: 'a b' is no JMESPath"):
        BodyTemplate({"to": {"zip": "a b"}})


def mapped(rows: list[Any], **fields: str) -> Any:
    return RowMapping([Reading({name: Expression(text) for name, text in fields.items()})], stock_maker("REJECT")).mapped(rows, WORDS)


def test_bad_rows_are_refused_one_by_one_and_the_good_stay() -> None:
    good = {"l": "101", "s": "A", "q": 5}
    rows = [
        good,
        {**good, "q": -1},
        {**good, "q": 1.5},
        {**good, "q": None},
        {**good, "q": float("nan")},
        {**good, "q": 99_999_999},
        {**good, "s": None},
        {**good, "l": "a|b"},
        {**good, "q": True},
        "text",
        {**good, "q": "7"},
    ]
    taken, refused = mapped(rows, location="l", sku="s", quantity="q")
    assert [row.quantity for row in taken] == [5, 7]
    assert [(one.index, one.item, one.reason) for one in refused] == [
        (1, "A", "quantity: -1 is negative"),
        (2, "A", "quantity: 1.5 is no whole number"),
        (3, "A", "quantity: is missing"),
        (4, "A", "quantity: nan is no number"),
        (5, "A", "quantity: 99999999 cannot be meant; at most 10000000"),
        (6, "(no name)", "sku, gtin or code: is missing"),
        (7, "A", "code: 'a|b' cannot be a code; replace spaces, | and /"),
        (8, "A", "quantity: True is no number"),
        (9, "text", "is no object"),
    ]


def test_what_stands_around_a_row_is_seen_beside_its_own_keys() -> None:
    mapping = RowMapping(
        [Reading({"location": Expression("_source"), "sku": Expression("s"), "quantity": Expression("q")})], stock_maker("KEEP")
    )
    taken, _ = mapping.mapped([{"s": "A", "q": -2}], WORDS, {"_source": "atlas"}, {"as_of": "2026-11-24T09:00:00+00:00"})
    assert (taken[0].location, taken[0].quantity, taken[0].as_of) == ("atlas", -2, NOW)


def test_a_row_gives_one_of_ours_for_each_reading_that_holds() -> None:
    fields = {"event": Expression("e"), "reference": Expression("r"), "at": Expression("t")}
    ways = [
        Reading({**fields, "step": Expression("'ACCEPTED'")}, Expression("ok")),
        Reading({**fields, "step": Expression("'REJECTED'")}, Expression("bad")),
    ]
    row = {"e": "1", "r": "R", "t": "2026-11-24T09:00:00+00:00"}
    taken, refused = RowMapping(ways, news).mapped([{**row, "ok": True, "bad": [1]}, {**row, "ok": False}], WORDS)
    assert [one.step for one in taken] == ["ACCEPTED", "REJECTED"]
    assert refused == []


def test_negative_stock_may_mean_none() -> None:
    make = stock_maker("ZERO")
    row = make(Values({"location": "101", "sku": "A", "quantity": -3, "unavailable": 2}))
    assert (row.quantity, row.unavailable) == (0, 0)


def test_times_must_say_their_zone_and_lie_in_our_days() -> None:
    for at in ("2026-11-24T09:00:00", "0001-01-01T00:00:00+00:00", "2026-13-01T00:00:00Z", 1795600000000):
        with pytest.raises(RowRefused, match="at:"):
            delta(Values({"event": "e", "location": "101", "sku": "A", "change": 1, "at": at}))


def test_a_refused_row_tells_the_place_that_it_is_about_as_far_as_it_can_be_read() -> None:
    rows = [{"l": "101", "s": "A", "q": -1}, {"s": "B", "q": -1}, {"l": " 102 ", "q": 3}]
    _, refused = mapped(rows, location="l", sku="s", quantity="q")
    assert [(one.item, one.location) for one in refused] == [("A", "101"), ("B", None), ("(no name)", "102")]


def test_supply_without_units_is_refused() -> None:
    with pytest.raises(RowRefused, match="quantity: 0 is not positive"):
        inbound(Values({"location": "101", "sku": "A", "quantity": 0, "expected_at": NOW, "reference": "PO"}))


def test_a_product_has_exact_money_and_a_checked_gtin() -> None:
    make = ProductMaker(SourceCode("erp"), "EUR")
    product = make(
        Values({"sku": "A", "price": "129.9", "compare_at": "99", "weight_g": 1240, "active": "false", "release_on": "2026-12-01"})
    )
    assert product.price is not None
    assert (str(product.price.amount), product.price.compare_at, product.active) == ("129.90", None, False)
    assert product.release_on == date(2026, 12, 1)
    for bad in (
        {"price": -1},
        {"price": "abc"},
        {"gtin": "4006381333932"},
        {"sku": "a b"},
        {"weight_g": -1},
        {"quantity_unit": "BOX"},
        {"active": "perhaps"},
    ):
        with pytest.raises(RowRefused):
            make(Values({"sku": "A", **bad}))


LISTED = [{"day": "mon", "opens": "10:00", "closes": "12:00"}, {"day": "mon", "opens": "14:00", "closes": "19:00"}]


@pytest.mark.parametrize("opening", ["Mo 10:00-12:00,14:00-19:00", {"MONDAY": [["14:00", "19:00"], ["10:00", "12:00"]]}, LISTED])
def test_opening_hours_are_read_in_three_forms(opening: Any) -> None:
    make = LocationMaker(SourceCode("pos"), "Europe/Paris", "FR")
    place = make(
        Values({"code": "101", "kind": "store", "opening": opening, "opening_exceptions": [{"date": "2026-12-25", "hours": "closed"}]})
    )
    assert set(place.opening.weekly) == {1}
    assert set(place.opening.weekly[1]) == {Period(time(10), time(12)), Period(time(14), time(19))}
    assert place.opening.exceptions == {date(2026, 12, 25): ()}


def test_a_place_needs_a_kind_and_lies_on_the_globe() -> None:
    make = LocationMaker(SourceCode("pos"), "Europe/Paris", "FR")
    for bad in (
        {"kind": "KIOSK"},
        {"latitude": 95, "longitude": 1},
        {"time_zone": "Europe/Pariss"},
        {"lead_time": "soon"},
        {"opening": "Mo 25:00-26:00"},
    ):
        with pytest.raises(RowRefused):
            make(Values({"code": "101", "kind": "STORE", **bad}))
    assert make(Values({"code": "101", "kind": "STORE", "lead_time": "P2D"})).lead_time == timedelta(days=2)


def test_news_and_receipts_are_read() -> None:
    told = news(
        Values(
            {
                "event": "1",
                "reference": "R",
                "step": "SHIPPED",
                "at": NOW,
                "lines": [{"gtin": "1", "quantity": 2}],
                "parcels": [{"tracking_number": "T"}],
            }
        )
    )
    assert told.lines == (NewsLine(Item(gtin="1"), 2),)
    assert told.parcels[0].number == "T"
    assert receipt(Values({"reference": 7}), NOW).reference == "7"
    with pytest.raises(RowRefused, match="step:"):
        news(Values({"event": "1", "reference": "R", "step": "TELEPORTED", "at": NOW}))


def made(**values: Any) -> Any:
    return ProductMaker(SourceCode("erp"), "EUR")(Values({"sku": "A", "name": "Shirt", **values}))


def test_counter_sales_are_kept_as_one_text_by_location() -> None:
    told = made(sales_per_day={"102": 0.2, "101": "0.050"}, markdown_on="2026-12-27", clearance_net="7.5")
    assert (told.sales_per_day, told.markdown_on, told.clearance_net) == ("101:0.05 102:0.2", date(2026, 12, 27), Decimal("7.50"))
    assert sales_by_location(told) == {"101": 0.05, "102": 0.2}
    assert made(sales_per_day="102:0.2 101:0.05").sales_per_day == told.sales_per_day
    assert sales_by_location(made()) == {}
    assert made(sales_per_day={}).sales_per_day is None


@pytest.mark.parametrize(
    ("stated", "words"),
    [({"101": -1}, "-1 units a day at 101 cannot be meant"), ({"1 1": 1}, "'1 1' is no location"), ({"101": "many"}, "sales_per_day")],
)
def test_counter_sales_that_cannot_be_meant_are_refused(stated: object, words: str) -> None:
    with pytest.raises(RowRefused, match=words):
        made(sales_per_day=stated)


def test_a_price_for_a_channel_is_in_the_channel_s_currency_unless_the_row_names_one() -> None:
    make = ProductMaker(SourceCode("erp"), "EUR", currencies={"uk": "GBP"})
    row = {"sku": "A", "name": "Shirt", "price": "20", "price_by_channel": {"uk": "18", "web": "21"}}
    prices, stated = make(Values(row)), make(Values({**row, "price_currency": "CHF"}))
    assert prices.price is not None
    assert prices.price.currency == "EUR"
    assert {channel: one.currency for channel, one in (prices.price_by_channel or {}).items()} == {"uk": "GBP", "web": "EUR"}
    assert {one.currency for one in (stated.price_by_channel or {}).values()} == {"CHF"}
