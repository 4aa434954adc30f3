"""Odd systems: every style of paging, answers of another shape, feeds that end badly; each over a real socket."""

import json
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from adapters.built import BuiltPorts
from adapters.rest.source import build
from adapters.transport.calls import Limits
from gateway.domain.errors import SourceGarbage, SourceRejected, SourceUnavailable
from gateway.domain.feeds import Item, Message, StockDelta
from gateway.domain.ids import SourceCode
from gateway.domain.network import Network, Source
from tests.support.sandbox_sources import WallClock
from tests.support.tiny_server import serving

Endpoint = Callable[[Request], Awaitable[Response]]
NETWORK = Network("n", "EUR", "FR", "Europe/Paris", SourceCode("odd"))
FIELDS = {"location": "'101'", "sku": "sku", "quantity": "qty"}
ALL = [{"sku": f"S{number}", "qty": number} for number in range(7)]


@contextmanager
def systems(**endpoints: Endpoint) -> Iterator[str]:
    routes = [Route(f"/{name}", endpoint, methods=["GET", "POST"]) for name, endpoint in endpoints.items()]
    with serving(Starlette(routes=routes)) as url:
        yield url


@asynccontextmanager
async def ports(url: str, options: dict[str, Any], **source: Any) -> AsyncIterator[BuiltPorts]:
    stated = Source(SourceCode("odd"), "WMS", "rest", options={"base_url": url, **options}, **source)
    built = build(stated, NETWORK, WallClock(), environment={}, limits=Limits(read_timeout_s=1, feed_timeout_s=2))
    try:
        yield built
    finally:
        await built.close()


async def skus(url: str, snapshot: dict[str, Any]) -> list[str]:
    async with ports(url, {"stock": {"snapshot": {"path": "/stock", "fields": FIELDS, **snapshot}}}) as built:
        assert built.stock is not None
        batches = [batch async for batch in built.stock.snapshot()]
        assert [batch.complete for batch in batches] == [False] * (len(batches) - 1) + [True]
        return [row.item.sku or "" for batch in batches for row in batch.rows]


def chosen(request: Request, name: str, otherwise: int = 0) -> int:
    return int(request.query_params.get(name, otherwise))


async def paged(request: Request) -> Response:
    page, size = chosen(request, "p"), chosen(request, "n")
    return JSONResponse({"rows": ALL[page * size : (page + 1) * size], "pages": -(-len(ALL) // size)})


async def offset(request: Request) -> Response:
    start, size = chosen(request, "o"), chosen(request, "n")
    return JSONResponse({"rows": ALL[start : start + size], "total": len(ALL)})


async def token(request: Request) -> Response:
    start = chosen(request, "t")
    return JSONResponse({"rows": ALL[start : start + 3], "more": str(start + 3) if start + 3 < len(ALL) else None})


async def after(request: Request) -> Response:
    start = chosen(request, "a")
    return JSONResponse({"rows": ALL[start : start + 3], "last": min(start + 3, len(ALL))})


async def linked(request: Request) -> Response:
    start = chosen(request, "s")
    headers = {"link": f'</stock?s={start + 3}>; rel="next", </stock>; rel="first"'} if start + 3 < len(ALL) else {}
    return JSONResponse({"rows": ALL[start : start + 3]}, headers=headers)


async def whole(_request: Request) -> Response:
    return JSONResponse({"rows": ALL})


@pytest.mark.parametrize(
    ("endpoint", "feed"),
    [
        (whole, {}),
        (paged, {"query": {"p": "page", "n": "limit"}, "paging": {"style": "PAGE", "first": 0, "size": 3, "pages": "pages"}}),
        (paged, {"query": {"p": "page", "n": "limit"}, "paging": {"style": "PAGE", "first": 0, "size": 3}}),
        (offset, {"query": {"o": "offset", "n": "limit"}, "paging": {"style": "OFFSET", "size": 3, "total": "total"}}),
        (offset, {"query": {"o": "offset", "n": "limit"}, "paging": {"style": "OFFSET", "size": 3}}),
        (token, {"query": {"t": "token"}, "paging": {"style": "TOKEN", "next": "more"}}),
        (after, {"query": {"a": "cursor"}, "paging": {"style": "AFTER", "size": 3, "next": "last"}}),
        (linked, {"paging": {"style": "LINK"}}),
    ],
    ids=["none", "page with pages", "page by size", "offset with total", "offset by size", "token", "after", "link header"],
)
async def test_every_style_of_paging_reads_every_row_once(endpoint: Endpoint, feed: dict[str, Any]) -> None:
    with systems(stock=endpoint) as url:
        assert await skus(url, {"rows": "rows", **feed}) == [row["sku"] for row in ALL]


async def circle(_request: Request) -> Response:
    return JSONResponse({"rows": ALL[:3], "more": "again"})


async def elsewhere(_request: Request) -> Response:
    return JSONResponse({"rows": ALL[:3], "more": "http://169.254.169.254/latest"})


async def other_shape(_request: Request) -> Response:
    return JSONResponse({"result": {"rows": "none"}})


async def html(_request: Request) -> Response:
    return PlainTextResponse("<html>Wartung</html>")


@pytest.mark.parametrize(
    ("endpoint", "paging", "words"),
    [
        (circle, {"style": "TOKEN", "next": "more"}, "leads in a circle"),
        (elsewhere, {"style": "LINK", "next": "more"}, "lies on another host"),
        (other_shape, {}, "has no list at rows"),
        (html, {}, "is no JSON"),
    ],
)
async def test_an_answer_of_another_shape_is_garbage_and_never_an_empty_feed(
    endpoint: Endpoint, paging: dict[str, Any], words: str
) -> None:
    with systems(stock=endpoint) as url, pytest.raises(SourceGarbage, match=words):
        await skus(url, {"rows": "rows", "paging": paging})


async def test_a_feed_that_is_asked_place_by_place_needs_places() -> None:
    async def none(_request: Request) -> Response:
        return JSONResponse({"shops": []})

    with systems(stock=whole, shops=none) as url, pytest.raises(SourceGarbage, match="lists nothing"):
        await skus(url, {"rows": "rows", "each": {"path": "/shops", "rows": "shops"}})


async def test_live_reads_are_made_in_batches_with_the_names_that_the_source_knows() -> None:
    asked: list[list[str]] = []

    async def query(request: Request) -> Response:
        codes = (await request.json())["codes"]
        asked.append(codes)
        return JSONResponse({"rows": [{"sku": code, "qty": 1} for code in codes]})

    lookup = {"method": "POST", "path": "/query", "body": {"codes": "keys"}, "rows": "rows", "batch": 2, "key": "sku"}
    options = {"stock": {"snapshot": {"path": "/stock", "rows": "rows", "fields": FIELDS}, "lookup": lookup}}
    with systems(stock=whole, query=query) as url:
        async with ports(url, options) as built:
            assert built.stock is not None
            batch = await built.stock.positions([Item(sku="A"), Item(sku="B"), Item(gtin="4006381333931"), Item(sku="C"), Item(sku="A")])
    assert asked == [["A", "B"], ["C"]]
    assert [row.item.sku for row in batch.rows] == ["A", "B", "C"]


def changing(told: list[dict[str, Any]], state: str = "DELTA", **changes: Any) -> dict[str, Any]:
    """Return options of a numbered feed of differences; `told` is what the test's system answers with, one by one."""
    fields = {"event": "to_string(no)", "location": "'101'", "sku": "sku", "change": "d", "at": "at", "sequence": "no"}
    feed = {
        "state": state,
        "path": "/changes",
        "query": {"after": "cursor"},
        "paging": {"style": "AFTER", "size": 100},
        "cursor": {"kind": "SEQUENCE", "value": "last"},
        "page": {"epoch": "epoch"},
        "rows": "rows",
        "fields": fields,
        **changes,
    }
    snapshot = {"path": "/stock", "rows": "rows", "fields": FIELDS, "page": {"epoch": "epoch", "sequence": "last"}}
    assert told is not None
    return {"stock": {"snapshot": snapshot, "changes": feed}}


def moved(number: int, change: int = -1) -> dict[str, Any]:
    return {"no": number, "sku": "S1", "d": change, "at": "2026-11-24T09:00:00+00:00"}


async def numbered_whole(_request: Request) -> Response:
    return JSONResponse({"rows": ALL, "epoch": "e2", "last": 40})


async def changes_after(since: str | None, answers: list[Response], **changes: Any) -> list[Any]:
    async def feed(_request: Request) -> Response:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    with systems(stock=numbered_whole, changes=feed) as url:
        async with ports(url, changing([], **changes)) as built:
            assert built.stock is not None
            return [batch async for batch in built.stock.changes(since)]


async def test_a_numbered_feed_goes_on_from_its_cursor() -> None:
    (batch,) = await changes_after("e1|3", [JSONResponse({"rows": [moved(4), moved(5)], "epoch": "e1", "last": 5})])
    assert [row.sequence for row in batch.rows] == [4, 5]
    assert (batch.cursor, batch.complete) == ("e1|5", True)


async def test_a_cursor_that_is_too_old_or_of_another_epoch_leads_to_a_snapshot() -> None:
    expired = await changes_after("e1|3", [JSONResponse({"code": "EXPIRED"}, status_code=410)])
    reset = await changes_after("e1|3", [JSONResponse({"rows": [], "epoch": "e2", "last": 1})])
    for batches in (expired, reset):
        assert len(batches[-1].rows) == len(ALL)
        assert batches[-1].cursor == "e2|40"


async def test_what_follows_a_gap_waits_and_then_a_snapshot_is_read() -> None:
    answer = {"rows": [moved(4), moved(6)], "epoch": "e1", "last": 6}
    (batch,) = await changes_after("e1|3", [JSONResponse(answer)], gaps="WAIT")
    assert [row.sequence for row in batch.rows] == [4]
    assert (batch.cursor, batch.complete) == (None, False)
    batches = await changes_after("e1|3", [JSONResponse(answer)], gaps="WAIT", gap_wait_s=0)
    assert batches[-1].cursor == "e2|40"


async def test_of_numbered_differences_none_may_be_missing_unless_their_source_numbers_with_gaps() -> None:
    answer = {"rows": [moved(4), moved(6)], "epoch": "e1", "last": 6}
    (batch,) = await changes_after("e1|3", [JSONResponse(answer)])
    assert ([row.sequence for row in batch.rows], batch.cursor) == ([4], None)
    (batch,) = await changes_after("e1|3", [JSONResponse(answer)], gaps="PASS")
    assert ([row.sequence for row in batch.rows], batch.cursor) == ([4, 6], "e1|6")


async def test_of_numbered_figures_and_of_timed_differences_none_is_missed() -> None:
    answer = {"rows": [{**moved(4), "n": 7}, {**moved(6), "n": 3}], "epoch": "e1", "last": 6}
    fields = {"location": "'101'", "sku": "sku", "quantity": "n", "sequence": "no"}
    (batch,) = await changes_after("e1|3", [JSONResponse(answer)], state="ABSOLUTE", fields=fields)
    assert ([row.sequence for row in batch.rows], batch.cursor) == ([4, 6], "e1|6")
    (batch,) = await changes_after("2026-11-24T08:00:00+00:00", [JSONResponse(answer)], cursor={"kind": "TIME", "value": "at"})
    assert ([row.sequence for row in batch.rows], batch.complete) == ([4, 6], True)


async def test_numbers_go_on_from_page_to_page_and_nothing_after_a_gap_is_taken() -> None:
    pages = [[moved(4), moved(5)], [moved(6), moved(7)], [moved(9)], [moved(10)], []]
    answers = [JSONResponse({"rows": rows, "epoch": "e1", "last": rows[-1]["no"] if rows else 10}) for rows in pages]
    paging = {"style": "AFTER", "size": 1, "next": "rows && rows[-1].no || null"}
    batches = await changes_after("e1|3", answers, paging=paging)
    assert [row.sequence for batch in batches for row in batch.rows] == [4, 5, 6, 7]
    assert (batches[-1].cursor, batches[-1].complete) == (None, False)


async def test_a_page_out_of_order_is_put_in_order_where_gaps_count() -> None:
    answer = {"rows": [moved(6), moved(4), moved(5)], "epoch": "e1", "last": 6}
    (batch,) = await changes_after("e1|3", [JSONResponse(answer)], gaps="WAIT")
    assert len(batch.rows) == 3
    assert batch.cursor == "e1|6"


async def test_bad_rows_are_told_and_the_good_ones_are_there() -> None:
    answer = {"rows": [moved(4), {**moved(5), "at": "yesterday"}, {**moved(6), "d": "x"}], "epoch": "e1", "last": 6}
    (batch,) = await changes_after("e1|3", [JSONResponse(answer)])
    assert [type(row) for row in batch.rows] == [StockDelta]
    assert [(one.index, one.item) for one in batch.rejected] == [(1, "S1"), (2, "S1")]


MESSAGE = Message("ORDER", SourceCode("odd"), "k:order:1", "R-1", {"order": {"number": "R-1"}, "lines": [], "fulfillment": None})


async def sent(endpoint: Endpoint, order: dict[str, Any], message: Message = MESSAGE) -> Any:
    with systems(orders=endpoint) as url:
        async with ports(url, {"hand_over": {"order": {"path": "/orders", **order}}}, hand_over="A") as built:
            assert built.hand_over is not None
            return await built.hand_over.send(message)


async def test_an_order_without_a_receipt_that_can_be_read_may_have_had_its_effect() -> None:
    async def strange(_request: Request) -> Response:
        return JSONResponse({"ok": True})

    for endpoint in (strange, html):
        with pytest.raises(SourceGarbage) as garbage:
            await sent(endpoint, {"receipt": {"reference": "number"}})
        assert garbage.value.unknown_effect


async def test_an_answer_without_a_body_is_a_receipt_where_none_is_configured() -> None:
    async def silent(_request: Request) -> Response:
        return Response(status_code=204)

    assert (await sent(silent, {})).reference is None


async def test_a_message_that_cannot_be_filled_in_is_refused_before_it_is_sent() -> None:
    async def never(_request: Request) -> Response:
        raise AssertionError

    with pytest.raises(SourceRejected, match="its request cannot be made"):
        await sent(never, {"path": "/orders/{message.fulfillment.number}"})


async def test_what_is_said_of_a_message_that_cannot_be_filled_in_holds_nothing_of_a_person() -> None:
    async def never(_request: Request) -> Response:
        raise AssertionError

    message = replace(MESSAGE, body={"customer": {"name": "Ana Roy"}})
    for text in ("join(' ', message.customer.name)", "number(message.customer.name)"):
        with pytest.raises(SourceRejected) as rejected:
            await sent(never, {"body": {"to": text}}, message)
        assert f"its request cannot be made: {text}: " in str(rejected.value)
        assert "Ana" not in "".join(traceback.format_exception(rejected.value))


async def test_the_key_and_the_body_are_sent_as_they_are_configured() -> None:
    seen: dict[str, Any] = {}

    async def note(request: Request) -> Response:
        seen.update(key=request.headers["x-key"], body=json.loads(await request.body()), type=request.headers["content-type"])
        return JSONResponse({"no": 7, "at": 1795600000})

    order = {
        "headers": {"X-Key": "message.key"},
        "body": {"ref": "message.reference", "fix": 1},
        "receipt": {"reference": "no", "acknowledged_at": "epoch_s(at)"},
    }
    receipt = await sent(note, order)
    assert seen == {"key": "k:order:1", "body": {"ref": "R-1", "fix": 1}, "type": "application/json"}
    assert (receipt.reference, receipt.acknowledged_at.isoformat()) == ("7", "2026-11-25T09:46:40+00:00")


async def test_a_message_may_be_taken_or_not_by_what_it_says() -> None:
    with systems(orders=whole) as url:
        async with ports(
            url, {"hand_over": {"order": {"path": "/orders", "when": "message.order.channel == 'web'"}}}, hand_over="A"
        ) as built:
            assert built.hand_over is not None
            assert not built.hand_over.takes(MESSAGE)
            assert built.hand_over.takes(replace(MESSAGE, body={"order": {"channel": "web"}}))
            assert not built.hand_over.takes(replace(MESSAGE, kind="CANCEL"))


async def test_a_server_error_on_an_order_is_unknown_and_not_repeated() -> None:
    calls = 0

    async def failing(_request: Request) -> Response:
        nonlocal calls
        calls += 1
        return PlainTextResponse("boom", status_code=500)

    with pytest.raises(SourceUnavailable) as failed:
        await sent(failing, {})
    assert failed.value.unknown_effect
    assert calls == 1


async def broken(_request: Request) -> Response:
    return PlainTextResponse("oops", status_code=500)


async def test_stock_that_fails_beside_locations_that_do_not_is_told_lost_once() -> None:
    places = {"path": "/whole", "rows": "rows", "fields": {"code": "sku", "name": "sku", "kind": "'STORE'"}}
    options = {"stock": {"snapshot": {"path": "/broken", "rows": "rows", "fields": FIELDS}}, "locations": places}
    with systems(broken=broken, whole=whole) as url, capture_logs() as lines:
        async with ports(url, options) as built:
            assert built.stock is not None
            assert built.locations is not None
            for _ in range(7):
                with pytest.raises(SourceUnavailable):
                    [batch async for batch in built.stock.snapshot()]
                assert (await built.locations.locations()).rows
    assert [(line["event"], line["operation"]) for line in lines] == [("source_lost", "stock.snapshot")]


@pytest.mark.parametrize(
    "answer", [{}, {"orders": None}, {"orders": {"no": 1}}, {"orders": [7]}, {"orders": [{"other": 1}]}, {"result": {"orders": []}}, []]
)
async def test_an_answer_without_a_list_of_orders_does_not_say_that_one_is_absent(answer: Any) -> None:
    async def strange(_request: Request) -> Response:
        return JSONResponse(answer)

    find = {"path": "/orders", "rows": "orders", "when": "no == `2`"}
    order = {"path": "/orders", "receipt": {"reference": "no"}, "find": find}
    with systems(orders=strange) as url:
        async with ports(url, {"hand_over": {"order": order}}, hand_over="B") as built:
            assert built.hand_over is not None
            with pytest.raises(SourceGarbage):
                await built.hand_over.find(MESSAGE)


class Drafts:
    """A system whose orders are drafts that are filled line by line, and count from their confirmation on."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.placed: list[str] = []

    async def draft(self, request: Request) -> Response:
        self.asked.append(("draft", await request.json()))
        return JSONResponse({"id": f"D{len(self.asked)}"})

    async def line(self, request: Request) -> Response:
        line = await request.json()
        self.asked.append(("line", line))
        return JSONResponse({"error": "UNKNOWN_ARTICLE"} if line["sku"] == "?" else {"added": line["sku"]})

    async def confirm(self, request: Request) -> Response:
        told = await request.json()
        self.asked.append(("confirm", told))
        self.placed.append(told["draft"])
        return JSONResponse({"no": told["draft"].lower()})


STEPS = {
    "before": [
        {"name": "draft", "path": "/draft", "body": {"ref": "message.reference"}},
        {
            "name": "lines",
            "each": "message.lines",
            "path": "/line",
            "body": {"draft": "before.draft.id", "sku": "one.sku"},
            "refusal": "error",
        },
    ],
    "path": "/confirm",
    "body": {"draft": "before.draft.id", "added": "before.lines[].added"},
    "receipt": {"reference": "no"},
}


def drafted(*skus: str) -> Message:
    return Message("ORDER", SourceCode("odd"), "k", "R-1", {"lines": [{"sku": sku} for sku in skus]})


async def test_work_is_prepared_step_by_step_and_each_sees_what_came_before() -> None:
    there = Drafts()
    with systems(draft=there.draft, line=there.line, confirm=there.confirm) as url:
        async with ports(url, {"hand_over": {"order": STEPS}}, hand_over="C") as built:
            assert built.hand_over
            receipt = await built.hand_over.send(drafted("A", "B"))
    assert receipt.reference == "d1"
    assert there.asked == [
        ("draft", {"ref": "R-1"}),
        ("line", {"draft": "D1", "sku": "A"}),
        ("line", {"draft": "D1", "sku": "B"}),
        ("confirm", {"draft": "D1", "added": ["A", "B"]}),
    ]


async def test_a_step_that_is_refused_ends_the_try_before_what_counts() -> None:
    there = Drafts()
    with systems(draft=there.draft, line=there.line, confirm=there.confirm) as url:
        async with ports(url, {"hand_over": {"order": STEPS}}, hand_over="C") as built:
            assert built.hand_over
            with pytest.raises(SourceRejected, match="UNKNOWN_ARTICLE"):
                await built.hand_over.send(drafted("A", "?", "B"))
            again = await built.hand_over.send(drafted("A"))
    assert there.placed == ["D4"]
    assert again.reference == "d4"


async def test_a_step_over_what_is_no_list_is_refused_and_nothing_more_is_sent() -> None:
    there = Drafts()
    steps = {**STEPS, "before": [{"name": "lines", "each": "message.reference", "path": "/line"}]}
    with systems(draft=there.draft, line=there.line, confirm=there.confirm) as url:
        async with ports(url, {"hand_over": {"order": steps}}, hand_over="C") as built:
            assert built.hand_over
            with pytest.raises(SourceRejected, match="reference gives no list"):
                await built.hand_over.send(drafted("A"))
    assert not there.asked
