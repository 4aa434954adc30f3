"""Faults on demand: each really strikes, is counted, and leaves the controls alone."""

import json
import time
from collections.abc import Callable
from itertools import count

import httpx2
import pytest

from gateway.sandbox.network import SYSTEMS
from gateway.sandbox.processes import start
from tests.sandbox.calls import SMALL, Calls, awaited

pytestmark = pytest.mark.scenario
ITEM = SMALL.products[20].item_no
READ = {"erp": "/api/v2/items", "wms": "/stock", "pos": "/v1/shops", "atlas": "/offers", "borealis": "/offers", "comet": "/offers"}
_references = count(1)


def _shipment(reference: str) -> dict[str, object]:
    return {"orderRef": reference, "facilityId": "WH-PAR", "lines": [{"itemCode": ITEM, "quantity": 1}]}


def _fired(calls: Calls, kind: str) -> int:
    return int(calls.control("GET", "faults")["fired"][kind])


@pytest.mark.parametrize("code", SYSTEMS)
def test_every_system_fails_on_demand_in_its_own_words_and_recovers(calls: Callable[[str], Calls], code: str) -> None:
    system = calls(code)
    told = system.control("PUT", "faults", {"error_rate": 1, "error_status": 503})
    assert told == {"faults": {"error_rate": 1.0, "error_status": 503}, "fired": dict.fromkeys(told["fired"], 0), "remaining": None}
    failed = system.send("GET", READ[code])
    assert (failed.status_code, failed.headers["Retry-After"]) == (503, "1")
    assert system.control("DELETE", "faults")["fired"]["error"] == 1
    assert system.send("GET", READ[code]).status_code == 200


def test_latency_delays_and_counts(wms: Calls) -> None:
    wms.control("PUT", "faults", {"latency_ms": [80, 90]})
    before = time.monotonic()
    wms.read("/facilities")
    assert time.monotonic() - before >= 0.08
    assert _fired(wms, "latency") == 1


def test_a_slow_system_does_its_work_though_its_caller_has_gone(wms: Calls) -> None:
    reference = f"slow-{next(_references)}"
    wms.control("PUT", "faults", {"latency_ms": [400, 400], "methods": ["POST"]})
    with pytest.raises(httpx2.ReadTimeout):
        wms.post("/shipments", _shipment(reference), timeout=0.05)
    awaited(lambda: wms.read("/shipments", orderRef=reference)["shipments"] or None)


def test_a_limit_ends_a_fault_after_so_many_times(wms: Calls) -> None:
    wms.control("PUT", "faults", {"error_rate": 1, "limit": 2})
    assert [wms.send("GET", "/facilities").status_code for _ in range(3)] == [500, 500, 200]
    assert wms.control("GET", "faults")["remaining"] == 0


def test_a_fault_strikes_the_paths_and_methods_it_names(wms: Calls) -> None:
    wms.control("PUT", "faults", {"error_rate": 1, "paths": "/stock", "methods": ["get"]})
    assert wms.send("GET", "/facilities").status_code == 200
    assert wms.send("GET", "/stock").status_code == 500
    assert wms.post("/stock/query", {"itemCodes": [ITEM]}).status_code == 200


def test_a_rate_strikes_about_that_share_the_same_for_a_seed(wms: Calls) -> None:
    def strikes() -> list[int]:
        wms.control("PUT", "faults", {"error_rate": 0.5, "seed": 9})
        return [wms.send("GET", "/facilities").status_code for _ in range(60)]

    first = strikes()
    assert 15 < first.count(500) == _fired(wms, "error") < 45
    assert strikes() == first


def test_a_system_that_is_down_resets_connections_and_keeps_its_controls(pos: Calls) -> None:
    pos.control("PUT", "faults", {"down": True})
    with pytest.raises(httpx2.TransportError):
        pos.send("GET", "/v1/shops")
    assert _fired(pos, "down") == 1
    assert pos.control("GET", "health")["status"] == "ok"


def test_a_request_that_hangs_has_no_effect(wms: Calls) -> None:
    wms.control("PUT", "faults", {"timeout_rate": 1, "methods": ["POST"]})
    with pytest.raises(httpx2.TimeoutException):
        wms.post("/shipments", _shipment("hung"), timeout=0.2)
    assert _fired(wms, "timeout") == 1
    assert wms.read("/shipments", orderRef="hung")["shipments"] == []


@pytest.mark.parametrize("how", ["drop", 502])
def test_a_lost_answer_comes_after_its_effect(wms: Calls, how: str | int) -> None:
    reference = f"lost-{next(_references)}"
    wms.control("PUT", "faults", {"lost_answer_rate": 1, "lost_answer_with": how, "paths": ["/shipments"], "methods": ["POST"]})
    if how == "drop":
        with pytest.raises(httpx2.TransportError):
            wms.post("/shipments", _shipment(reference))
    else:
        assert wms.post("/shipments", _shipment(reference)).status_code == 502
    assert _fired(wms, "lost_answer") == 1
    assert len(wms.read("/shipments", orderRef=reference)["shipments"]) == 1


def test_garbage_is_html_another_schema_a_torn_body_and_not_a_number_in_turn(wms: Calls) -> None:
    wms.control("PUT", "faults", {"garbage_rate": 1})
    answers = [wms.send("GET", "/stock", params={"limit": 2}) for _ in range(4)]
    assert {answer.status_code for answer in answers} == {200}
    assert _fired(wms, "garbage") == 4
    html = next(answer for answer in answers if answer.headers["Content-Type"].startswith("text/html"))
    assert html.text.startswith("<!DOCTYPE html>")
    bodies = [answer.text for answer in answers if answer is not html]
    assert sum("NaN" in body for body in bodies) == 1
    assert sum(_is_json(body) and "items" not in body for body in bodies) == 1
    assert sum(not _is_json(body) for body in bodies) == 1


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def test_events_come_doubled_and_in_another_order(wms: Calls) -> None:
    for quantity in range(1, 9):
        last = wms.control("POST", "stock", {"location": "WH-LYS", "sku": ITEM, "quantity": quantity})["sequence"]
    numbers = list(range(last - 7, last + 1))
    wms.control("PUT", "faults", {"duplicate_events_rate": 1, "reorder_events": True})
    seen = [one["changeNo"] for one in wms.read("/stock/changes", after=last - 8)["changes"]]
    assert sorted(seen) == sorted(numbers * 2)
    assert seen != sorted(seen)
    assert (_fired(wms, "duplicate_event"), _fired(wms, "reordered_page")) == (8, 1)


def test_late_events_are_seen_later_and_the_others_at_once(pos: Calls) -> None:
    receipts = {pos.control("POST", "sale", {"location": "101", "sku": ITEM, "quantity": 1})["receipt_no"] for _ in range(12)}
    pos.control("PUT", "faults", {"late_events_s": 1.5})

    def seen() -> set[str]:
        events = pos.read("/v1/journal", since="2020-01-01T00:00:00+01:00")["journal"]["event"]
        return receipts & {one["receipt_no"] for one in events}

    early = len(seen())
    assert 0 < early < 12
    assert _fired(pos, "late_event") == 12 - early
    awaited(lambda: seen() == receipts)


@pytest.mark.parametrize(
    ("wanted", "field", "nearest"),
    [
        ({"latencyms": 3}, "latencyms", "latency_ms"),
        ({"error_rat": 1}, "error_rat", "error_rate"),
        ({"error_rate": 2}, "error_rate", None),
        ({"latency_ms": [5, 1]}, "latency_ms", None),
        ({"error_status": 200}, "error_status", None),
        ({"down": "yes"}, "down", None),
        ({"limit": -1}, "limit", None),
        ({"paths": [3]}, "paths", None),
    ],
)
def test_a_wrong_fault_is_refused_by_name_and_changes_nothing(wms: Calls, wanted: object, field: str, nearest: str | None) -> None:
    refused = wms.client.put(f"{wms.running.url}/_sandbox/faults", json=wanted)
    assert (refused.status_code, refused.json()["field"], refused.json()["nearest"]) == (422, field, nearest)
    assert wms.control("GET", "faults")["faults"] == {}


@pytest.mark.parametrize(
    ("method", "name", "body", "field"),
    [
        ("PUT", "behavior", {"ship_afters": 3}, "ship_afters"),
        ("PUT", "behavior", {"reject_rate": 2}, "reject_rate"),
        ("PUT", "behavior", {"auto_ship": 1}, "auto_ship"),
        ("PUT", "clock", {"sped": 3}, "sped"),
        ("PUT", "clock", {"speed": -3}, "speed"),
        ("POST", "stock", {"location": "WH-XXX", "sku": ITEM, "quantity": 1}, "location"),
        ("POST", "stock", {"location": "WH-PAR", "sku": "NIX", "quantity": 1}, "sku"),
        ("POST", "stock", {"location": "WH-PAR", "sku": ITEM, "quantity": "1"}, "quantity"),
        ("PUT", "webhook", {"url": "ftp://x", "secret": "s"}, "url"),
    ],
)
def test_a_wrong_control_is_refused_by_field(wms: Calls, method: str, name: str, body: object, field: str) -> None:
    refused = wms.client.request(method, f"{wms.running.url}/_sandbox/{name}", json=body)
    assert (refused.status_code, refused.json()["field"]) == (422, field)


def test_faults_of_the_command_line_hold_from_the_start(client: httpx2.Client) -> None:
    with start(["erp"], SMALL, faults={"erp": "latency_ms=1..2,error_rate=1.0,error_status=429,paths=/api|/x"}) as running:
        erp = Calls(running["erp"], client)
        assert erp.control("GET", "faults")["faults"] == {
            "latency_ms": [1, 2],
            "error_rate": 1.0,
            "error_status": 429,
            "paths": ["/api", "/x"],
        }
        assert erp.send("GET", "/api/v2/items").status_code == 429


def test_the_ledger_tells_true_stock_and_narrows_to_what_is_asked(wms: Calls) -> None:
    wms.control("POST", "stock", {"location": "WH-PAR", "sku": ITEM, "quantity": 77, "blocked": 3})
    whole = wms.control("GET", "ledger")
    assert {place: len(rows) for place, rows in whole["stock"].items()} == {"WH-PAR": 60, "WH-LYS": 60}
    told = wms.control("GET", f"ledger?location=WH-PAR&sku={SMALL.products[20].ean}")
    assert (told["stock"], told["blocked"]) == ({"WH-PAR": {ITEM: 77}}, {"WH-PAR": {ITEM: 3}})
    assert "stock" not in wms.control("GET", "ledger?stock=false")


def test_a_system_counts_the_calls_it_got(erp: Calls) -> None:
    before = erp.control("GET", "health")["requests"].get("GET /api/v2/items", 0)
    erp.read("/api/v2/items")
    assert erp.control("GET", "health")["requests"]["GET /api/v2/items"] == before + 1
