"""Tryton's words without a server of it: its JSON, where a feed goes on, what its refusals mean, and sections that cannot be used."""

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.transport.calls import Limits
from adapters.transport.http import HttpSource
from adapters.tryton import wire
from adapters.tryton.client import Reader
from adapters.tryton.inbound import combined
from adapters.tryton.payloads import net_price
from adapters.tryton.session import Session
from adapters.tryton.shipments import has_reached
from adapters.tryton.source import build
from adapters.tryton.trail import Trail
from adapters.tryton.warehouses import Warehouses
from gateway.domain.errors import ConfigurationInvalid, SourceBusy, SourceError, SourceGarbage, SourceRejected, SourceUnavailable
from gateway.domain.network import Network, Source
from tests.support.sandbox_sources import WallClock
from tests.support.tiny_server import serving
from tests.support.tryton.retail import NETWORK_FILE, environment

NOON = dt.datetime(2026, 11, 28, 12, 0, 0, 250, tzinfo=dt.UTC)
LOGIN = {"result": [1, "token", None]}
PREFERENCES = {"result": {"company": 1, "language": "en"}}


def test_decimals_dates_and_times_come_back_as_they_went() -> None:
    told = {"price": Decimal("12.50"), "on": dt.date(2026, 11, 28), "at": NOON, "many": [{"deep": Decimal(0)}], "none": None}
    assert wire.read(orjson.loads(wire.written(told))) == told


def test_what_is_no_decimal_or_date_is_refused() -> None:
    for broken in (
        {"__class__": "Decimal", "decimal": "NaN"},
        {"__class__": "date", "year": 2026},
        {"__class__": "date", "year": 1, "month": 13},
    ):
        with pytest.raises(ValueError, match=r"."):
            wire.read([broken])


def test_a_trail_goes_on_before_its_last_look_and_tells_each_state_of_a_record_once() -> None:
    trail = Trail("wms", 60)
    assert trail.cursor(NOON) == "2026-11-28T11:59:00.000250+00:00"
    assert trail.since(trail.cursor(NOON))[1] == ["create_date", ">", NOON - dt.timedelta(seconds=60)]
    rows = [{"__name__": "stock.move", "id": number, "write_date": None, "create_date": NOON} for number in range(5)]
    trail.keep(rows[:3])
    assert [row["id"] for row in trail.unseen(rows)] == [3, 4]
    assert trail.unseen([{**rows[0], "write_date": NOON + dt.timedelta(seconds=1)}])
    with pytest.raises(SourceGarbage):
        trail.since("yesterday")


def test_the_price_before_tax_is_that_of_the_share_that_tryton_reckons_with() -> None:
    product = {"list_price_used": Decimal("10.00"), "gross_price_used": Decimal("12.00")}
    assert net_price(Decimal("6.00"), product, with_tax=True) == Decimal("5.0000")
    assert net_price(Decimal("6.00"), product, with_tax=False) == Decimal("6.0000")
    assert net_price(Decimal("6.00"), {**product, "gross_price_used": None}, with_tax=True) == Decimal("6.0000")


def test_parts_of_a_line_that_is_to_come_are_one_as_of_the_last_of_them() -> None:
    places = Warehouses((), {5: 9}, NOON, NOON, {9: "DC"})
    move = {
        "id": 1,
        "product": 7,
        "to_location": 5,
        "origin": "purchase.line,3",
        "internal_quantity": 4.0,
        "planned_date": dt.date(2026, 12, 1),
    }
    later = {**move, "id": 2, "internal_quantity": 6.0, "planned_date": dt.date(2026, 12, 8)}
    free = {**move, "id": 3, "origin": None}
    found = [(one["reference"], one["units"], one["planned_date"].day) for one in combined([move, later, free], places, {3: "PO1"})]
    assert found == [("PO1/3", 10.0, 8), ("move/3", 4.0, 1)]


def test_work_has_come_as_far_as_its_last_shipment() -> None:
    assert has_reached([{"state": "packed"}, {"state": "cancelled"}], "picked")
    assert not has_reached([{"state": "packed"}, {"state": "assigned"}], "picked")
    assert not has_reached([{"state": "cancelled"}], "picked")


def test_a_section_that_cannot_be_used_names_every_key() -> None:
    options = {"base_url": "http://127.0.0.1:9", "database": "x", "key_env": "KEY", "roles": ["hand_over"]}
    source = Source("wms", "WMS", "tryton", options, ordered_by="SEQUENCE", hand_over="A", quiet_period=dt.timedelta(seconds=1))  # type: ignore[arg-type]
    network = Network("n", "EUR", "FR", "Europe/Paris", "wms")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationInvalid) as refused:
        build(source, network, WallClock(), environment={"KEY": "x"})
    keys = {line.partition(":")[0].removeprefix("sources.wms.") for line in refused.value.problems}
    assert keys == {"options.user", "options.password_env", "hand_over", "quiet_period", "ordered_by"}
    with pytest.raises(ConfigurationInvalid, match="KEY is not set"):
        build(source, network, WallClock(), environment={})


@dataclass
class Scripted:
    """A server that answers calls by their method, in the forms that Tryton has; a status stands for an empty answer."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def rpc(self, request: Request) -> Response:
        method = (await request.json())["method"]
        self.asked.append(method)
        told = self.answers[method]
        answer = told.pop(0) if len(told) > 1 else told[0]
        return Response(status_code=answer) if isinstance(answer, int) else JSONResponse({"id": 1, **answer})


@pytest.fixture
def scripted() -> Iterator[tuple[str, Scripted]]:
    script = Scripted({"common.db.login": [LOGIN], "model.res.user.get_preferences": [PREFERENCES]})
    with serving(Starlette(routes=[Route("/db/rpc/", script.rpc, methods=["POST"])])) as url:
        yield url, script


@pytest.fixture
async def session(scripted: tuple[str, Scripted]) -> AsyncIterator[Session]:
    http = HttpSource("wms", scripted[0], WallClock(), limits=Limits())
    yield Session(http, "db", "admin", "secret")
    await http.close()


@pytest.mark.parametrize(
    ("answer", "kind", "unknown"),
    [
        ({"error": ["UserError", ["Missing address", "of Ana Roy", None]]}, SourceRejected, False),
        ({"error": ["ConcurrencyException", "changed meanwhile"]}, SourceBusy, False),
        ({"error": ["LoginException", ["otp", "code", "char"]]}, SourceUnavailable, False),
        ({"error": ["database is locked", "Traceback of Ana Roy"]}, SourceUnavailable, True),
        ({"error": None}, SourceUnavailable, True),
        ({"nothing": 1}, SourceGarbage, True),
        ({"result": {"__class__": "Decimal"}}, SourceGarbage, True),
        (500, SourceUnavailable, True),
        (504, SourceUnavailable, True),
        (429, SourceBusy, False),
        (403, SourceUnavailable, False),
        (401, SourceUnavailable, False),
    ],
)
async def test_each_refusal_says_whether_it_may_have_had_its_effect_and_repeats_no_word_of_theirs(
    scripted: tuple[str, Scripted], session: Session, answer: Any, kind: type[SourceError], *, unknown: bool
) -> None:
    scripted[1].answers["model.sale.sale.quote"] = [answer]
    with pytest.raises(SourceError) as told:
        await session.press("hand_over.order", "sale.sale", "quote", [1])
    assert (type(told.value), told.value.unknown_effect) == (kind, unknown)
    assert "Ana" not in str(told.value)


async def test_a_warning_is_acknowledged_once_and_the_button_pressed_again(scripted: tuple[str, Scripted], session: Session) -> None:
    warning = {"error": ["UserWarning", ["short_7", "Not enough", ""]]}
    scripted[1].answers |= {"model.sale.sale.quote": [warning, {"result": None}], "model.res.user.warning.create": [{"result": [1]}]}
    await session.press("hand_over.order", "sale.sale", "quote", [1])
    quote = "model.sale.sale.quote"
    assert scripted[1].asked[2:] == [quote, "model.res.user.warning.create", quote]
    scripted[1].answers[quote] = [warning]
    with pytest.raises(SourceRejected, match="warns again"):
        await session.press("hand_over.order", "sale.sale", "quote", [1])


async def test_an_ended_session_is_opened_anew_and_a_password_that_is_refused_is_told(
    scripted: tuple[str, Scripted], session: Session
) -> None:
    scripted[1].answers["model.sale.sale.quote"] = [{"result": None}, 401, {"result": None}]
    await session.press("hand_over.order", "sale.sale", "quote", [1])
    await session.press("hand_over.order", "sale.sale", "quote", [1])
    assert scripted[1].asked.count("common.db.login") == 2
    scripted[1].answers |= {"model.sale.sale.quote": [401], "common.db.login": [401]}
    with pytest.raises(SourceUnavailable, match="password"):
        await session.press("hand_over.order", "sale.sale", "quote", [1])


async def test_an_answer_that_is_no_list_of_records_is_garbage() -> None:
    async def broken(_request: Request) -> Response:
        return JSONResponse([{"name": "no id"}])

    with serving(Starlette(routes=[Route("/db/rest/model/stock.move", broken)])) as url:
        http = HttpSource("wms", url, WallClock(), limits=Limits())
        with pytest.raises(SourceGarbage):
            await Reader(http, "db", "key", WallClock(), 10).all("stock.changes", "stock.move", [], ("product",))
        await http.close()


def test_the_network_file_of_the_docs_says_what_each_database_plays() -> None:
    text = NETWORK_FILE.read_text(encoding="utf-8")
    assert all(f'database = "{role}"' in text for role in ("erp", "wms", "pos", "sup"))
    assert all(f"${{{name}}}" in text or name in text for name in environment("http://127.0.0.1:9"))
