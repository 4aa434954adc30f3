"""Pushed events: signed over the raw body, tried again until taken, in each dialect's words."""

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from hmac import new
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.sandbox.calls import SMALL, Calls, awaited

pytestmark = pytest.mark.scenario
SECRET = "a shared secret"
ITEM = SMALL.products[30]


class Listener:
    """Takes pushes on a real socket and answers with the statuses it was given, then 204."""

    def __init__(self) -> None:
        self.pushes: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                listener.pushes.append((dict(self.headers), raw))
                self.send_response(listener.statuses.pop(0) if listener.statuses else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def bodies(self) -> list[Any]:
        return [json.loads(raw) for _, raw in self.pushes]


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    listening.thread.start()
    yield listening
    listening.server.shutdown()
    listening.thread.join()
    listening.server.server_close()


@pytest.fixture
def pushed(calls: Callable[[str], Calls], listener: Listener) -> Iterator[Callable[[str], Calls]]:
    begun: list[Calls] = []

    def push(code: str) -> Calls:
        system = calls(code)
        system.control("PUT", "webhook", {"url": listener.url, "secret": SECRET})
        begun.append(system)
        return system

    yield push
    for system in begun:
        system.control("DELETE", "webhook")


def _set(system: Calls, location: str, quantity: int) -> None:
    system.control("POST", "stock", {"location": location, "sku": ITEM.item_no, "quantity": quantity})


def test_the_wms_signs_time_and_raw_body_in_hex(pushed: Callable[[str], Calls], listener: Listener) -> None:
    wms = pushed("wms")
    _set(wms, "WH-PAR", 11)
    headers, raw = awaited(lambda: listener.pushes)[0]
    stamp, signature = headers["X-Wms-Signature"].split(",")
    expected = new(SECRET.encode(), stamp.removeprefix("t=").encode() + b"." + raw, sha256).hexdigest()
    assert signature == f"v1={expected}"
    (change,) = json.loads(raw)["changes"]
    assert (change["itemCode"], change["onHandAfter"]) == (ITEM.item_no, 11)
    assert json.loads(raw)["epoch"] == wms.control("GET", "health")["epoch"]


def test_the_pos_signs_time_and_raw_body_in_base64(pushed: Callable[[str], Calls], listener: Listener) -> None:
    pos = pushed("pos")
    _set(pos, "103", 12)
    headers, raw = awaited(lambda: listener.pushes)[0]
    digest = new(SECRET.encode(), headers["X-Caisse-Timestamp"].encode() + b"\n" + raw, sha256).digest()
    assert headers["X-Caisse-Signature"] == f"sha256={b64encode(digest).decode()}"
    (event,) = json.loads(raw)["journal"]["event"]
    assert (event["shop"], event["article"], event["kind"]) == ("103", ITEM.ean, "count")


def test_a_push_is_tried_again_under_the_same_id_until_taken(pushed: Callable[[str], Calls], listener: Listener) -> None:
    listener.statuses = [500]
    wms = pushed("wms")
    _set(wms, "WH-PAR", 21)
    awaited(lambda: len(listener.pushes) == 2)
    first, second = listener.pushes
    assert first[0]["X-Wms-Delivery"] == second[0]["X-Wms-Delivery"]
    assert first[1] == second[1]


def test_status_of_work_is_pushed_too(pushed: Callable[[str], Calls], listener: Listener) -> None:
    wms = pushed("wms")
    _set(wms, "WH-PAR", 21)
    lines = [{"itemCode": ITEM.item_no, "quantity": 1}]
    wms.post("/shipments", {"orderRef": "pushed", "facilityId": "WH-PAR", "lines": lines})
    wms.advance(100)
    wanted = ["ACCEPTED", "PICKED", "PACKED", "SHIPPED"]
    awaited(lambda: [one["status"] for body in listener.bodies() for one in body["events"] if one["orderRef"] == "pushed"] == wanted)


def test_doubled_events_are_pushed_twice(pushed: Callable[[str], Calls], listener: Listener) -> None:
    pos = pushed("pos")
    pos.control("PUT", "faults", {"duplicate_events_rate": 1})
    _set(pos, "103", 13)
    events = awaited(lambda: listener.bodies() and listener.bodies()[0]["journal"]["event"])
    assert len(events) == 2
    assert events[0] == events[1]


def test_a_listener_that_is_gone_ends_the_webhook(pushed: Callable[[str], Calls], listener: Listener) -> None:
    listener.statuses = [410]
    wms = pushed("wms")
    _set(wms, "WH-PAR", 31)
    awaited(lambda: wms.control("GET", "webhook")["url"] is None)
    _set(wms, "WH-PAR", 32)
    assert len(listener.pushes) == 1
