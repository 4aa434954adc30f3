"""What a system pushes is read when its signature covers it and is fresh, and refused otherwise; the sandbox's own pushes are read."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.rest.source import build
from gateway.domain.errors import SourceGarbage, Unauthenticated
from gateway.domain.feeds import StockDelta, StockRow, WorkNews
from gateway.network.file import load
from gateway.ports.sources import WebhookReader
from tests.support.sandbox_sources import SANDBOX_FILE, WEBHOOK_SECRET, SandboxSources, WallClock, environment
from tests.support.tiny_server import serving

CHANGE = {
    "changeNo": 5,
    "facilityId": "WH-PAR",
    "itemCode": "A",
    "gtin": None,
    "onHandAfter": 7,
    "blockedAfter": 1,
    "occurredAt": int(time.time() * 1000),
}
EVENT = {
    "seq": 2,
    "shipmentId": "SHP-1",
    "orderRef": "R-1",
    "status": "SHIPPED",
    "at": int(time.time() * 1000),
    "changeNo": 5,
    "parcels": [],
    "reason": None,
}
BODY = json.dumps({"epoch": "e", "changes": [CHANGE], "events": [EVENT]}).encode()


@pytest.fixture
async def readers() -> AsyncIterator[dict[str, WebhookReader]]:
    filled = environment()
    network = load(SANDBOX_FILE, filled)
    built = {
        source.code: build(source, network, WallClock(), environment=filled) for source in network.sources if source.code in {"wms", "pos"}
    }
    yield {code: ports.webhooks for code, ports in built.items() if ports.webhooks}
    for ports in built.values():
        await ports.close()


def wms_headers(body: bytes, sent_s: int | None = None, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    stamp = str(int(time.time()) if sent_s is None else sent_s)
    return {"x-wms-signature": f"t={stamp},v1={hmac.new(secret.encode(), stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"}


def pos_headers(body: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))
    digest = hmac.new(WEBHOOK_SECRET.encode(), stamp.encode() + b"\n" + body, hashlib.sha256).digest()
    return {"X-Caisse-Timestamp": stamp, "X-Caisse-Signature": f"sha256={base64.b64encode(digest).decode()}"}


async def test_a_signed_push_is_read_like_its_feeds(readers: dict[str, WebhookReader]) -> None:
    batch = readers["wms"].read(wms_headers(BODY), BODY)
    stock, news = batch.rows
    assert isinstance(stock, StockRow)
    assert (stock.quantity, stock.unavailable, stock.sequence) == (7, 1, 5)
    assert isinstance(news, WorkNews)
    assert (news.event, news.step, news.sequence) == ("SHP-1-SHIPPED", "SHIPPED", 5)
    assert batch.epoch == "e"


async def test_a_push_in_another_form_of_signature_is_read_too(readers: dict[str, WebhookReader]) -> None:
    event = {"event_id": "J1", "shop": "101", "article": "4006381333931", "qty": -1, "at": "2026-11-24T02:56:59+01:00", "client_ref": None}
    body = json.dumps({"journal": {"event": [event]}}).encode()
    (row,) = readers["pos"].read(pos_headers(body), body).rows
    assert isinstance(row, StockDelta)
    assert row.change == -1


@pytest.mark.parametrize(
    "made",
    [
        dict,
        lambda: {"x-wms-signature": ""},
        lambda: {"x-wms-signature": "t=1,v1="},
        lambda: {"x-wms-signature": "t=abc,v1=00"},
        lambda: {"x-wms-signature": f"t={int(time.time())},v1={'0' * 64}"},
        lambda: {"x-wms-signature": f"t={int(time.time())},v1=zz"},
        lambda: wms_headers(BODY, int(time.time()) - 400),
        lambda: wms_headers(BODY, int(time.time()) + 400),
        lambda: wms_headers(BODY, secret="another"),
        lambda: wms_headers(BODY + b" "),
    ],
    ids=["none", "empty", "no digest", "no time", "wrong", "no hex", "old", "future", "other secret", "re-serialized"],
)
async def test_a_bad_missing_or_old_signature_is_refused(readers: dict[str, WebhookReader], made: Callable[[], dict[str, str]]) -> None:
    with pytest.raises(Unauthenticated):
        readers["wms"].read(made(), BODY)


@pytest.mark.parametrize("body", [b"<html>", b'{"changes": 5}', b"\xff", b"[" * 70 + b"]" * 70])
async def test_a_signed_body_that_cannot_be_read_is_garbage(readers: dict[str, WebhookReader], body: bytes) -> None:
    with pytest.raises(SourceGarbage):
        readers["wms"].read(wms_headers(body), body)


async def test_bad_rows_of_a_push_are_told_and_the_good_ones_are_there(readers: dict[str, WebhookReader]) -> None:
    body = json.dumps({"changes": [CHANGE, {**CHANGE, "onHandAfter": -4}, {**CHANGE, "changeNo": "soon"}]}).encode()
    batch = readers["wms"].read(wms_headers(body), body)
    assert len(batch.rows) == 1
    assert [row.reason for row in batch.rejected] == ["quantity: -4 is negative", "sequence: 'soon' is no number"]


@pytest.mark.scenario
@pytest.mark.parametrize(("code", "location", "kind"), [("wms", "WH-PAR", StockRow), ("pos", "101", StockDelta)])
async def test_the_sandboxs_pushes_are_read(retailer: SandboxSources, code: str, location: str, kind: type) -> None:
    taken: list[object] = []
    reader = retailer.ports(code).webhooks
    assert reader is not None

    async def take(request: Request) -> Response:
        taken.extend(reader.read(request.headers, await request.body()).rows)
        return Response(status_code=204)

    with serving(Starlette(routes=[Route("/hook", take, methods=["POST"])])) as url:
        retailer.put(code, "webhook", url=f"{url}/hook", secret=WEBHOOK_SECRET)
        item = retailer.sandbox["erp"].launch.retailer.products[0].item_no
        retailer.post(code, "stock", location=location, sku=item, quantity=33)
        deadline = time.monotonic() + 30
        while not taken and time.monotonic() < deadline:
            time.sleep(0.05)  # noqa: ASYNC251 - the server under test runs in another thread
        retailer.control.delete(f"{retailer.sandbox[code].url}/_sandbox/webhook")
    assert isinstance(taken[0], kind)
