"""The WMS's dialect: numbered stock, shipments under a key, inbound."""

from itertools import count

import pytest

from tests.sandbox.calls import SMALL, Calls, headers_of

pytestmark = pytest.mark.scenario
ITEMS = [product.item_no for product in SMALL.products]
_keys = count(1)


def _shipment(reference: str, item: str, quantity: object = 2) -> dict[str, object]:
    return {"orderRef": reference, "facilityId": "WH-PAR", "lines": [{"lineId": "a", "itemCode": item, "quantity": quantity}]}


def _stocked(wms: Calls, item: str, quantity: int) -> int:
    return int(wms.control("POST", "stock", {"location": "WH-PAR", "sku": item, "quantity": quantity, "blocked": 0})["sequence"])


def _on_hand(wms: Calls, item: str) -> int:
    rows = wms.post("/stock/query", {"itemCodes": [item], "facilities": ["WH-PAR"]}).json()["items"]
    return int(rows[0]["onHand"])


def test_following_the_token_reads_every_position_once(wms: Calls) -> None:
    rows, token = [], None
    while True:
        page = wms.read("/stock", limit=50, **({"nextToken": token} if token else {}))
        rows += page["items"]
        token = page["nextToken"]
        if token is None:
            break
    assert sorted((row["facilityId"], row["itemCode"]) for row in rows) == sorted(
        (place, item) for place in ("WH-PAR", "WH-LYS") for item in ITEMS
    )


def test_a_query_answers_known_codes_and_lists_the_others(wms: Calls) -> None:
    page = wms.post("/stock/query", {"itemCodes": [ITEMS[0], "NIX"]}).json()
    assert [(row["facilityId"], row["itemCode"], row["gtin"]) for row in page["items"]] == [
        ("WH-PAR", ITEMS[0], SMALL.products[0].ean),
        ("WH-LYS", ITEMS[0], SMALL.products[0].ean),
    ]
    assert page["unknown"] == ["NIX"]
    assert wms.post("/stock/query", {"itemCodes": ["x"] * 201}).status_code == 422


def test_each_change_has_the_next_number_and_the_stock_after_it(wms: Calls) -> None:
    before = _on_hand(wms, ITEMS[1])
    first = _stocked(wms, ITEMS[1], 40)
    second = _stocked(wms, ITEMS[1], 37)
    assert second == first + 1
    changes = wms.read("/stock/changes", after=first - 1)["changes"]
    assert [(one["changeNo"], one["type"], one["delta"], one["onHandAfter"]) for one in changes] == [
        (first, "COUNT", 40 - before, 40),
        (second, "COUNT", -3, 37),
    ]
    assert wms.read("/stock", limit=1)["asOfChangeNo"] == second


def test_the_same_key_gives_the_same_answer_and_one_shipment(wms: Calls) -> None:
    _stocked(wms, ITEMS[2], 50)
    key = {"Idempotency-Key": f"same-{next(_keys)}"}
    first = wms.post("/shipments", _shipment("same", ITEMS[2]), headers=key)
    wms.advance(100)
    again = wms.post("/shipments", _shipment("same", ITEMS[2]), headers=key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    other = wms.post("/shipments", _shipment("same", ITEMS[2], 3), headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_MISMATCH")
    taken = [one for one in wms.control("GET", "ledger")["accepted"] if one["reference"] == "same"]
    assert [(one["received"], one["status"]) for one in taken] == [(2, "SHIPPED")]
    assert _on_hand(wms, ITEMS[2]) == 48


def test_goods_issue_lowers_stock_at_the_number_that_the_status_tells(wms: Calls) -> None:
    _stocked(wms, ITEMS[3], 10)
    after = wms.read("/shipments/events")["lastSeq"]
    number = wms.post("/shipments", _shipment("issue", ITEMS[3], 4)).json()["shipmentId"]
    assert _on_hand(wms, ITEMS[3]) == 10
    wms.advance(2_000)
    events = [one for one in wms.read("/shipments/events", after=after)["events"] if one["shipmentId"] == number]
    assert [one["status"] for one in events] == ["ACCEPTED", "PICKED", "PACKED", "SHIPPED", "DELIVERED"]
    shipped = events[3]
    change = wms.read("/stock/changes", after=shipped["changeNo"] - 1, limit=1)["changes"][0]
    assert (change["type"], change["delta"], change["onHandAfter"], change["shipmentRef"], change["shipmentId"]) == (
        "ISSUE",
        -4,
        6,
        "issue",
        number,
    )
    assert shipped["lines"] == [{"lineId": "a", "itemCode": ITEMS[3], "quantity": 4, "changeNo": shipped["changeNo"]}]
    assert shipped["parcels"][0]["weightGrams"] == 4 * SMALL.products[3].weight_g
    assert events[0]["changeNo"] is None


def test_what_does_not_lie_there_is_rejected_at_picking(wms: Calls) -> None:
    _stocked(wms, ITEMS[4], 1)
    number = wms.post("/shipments", _shipment("short", ITEMS[4], 2)).json()["shipmentId"]
    wms.advance(100)
    shipment = wms.read(f"/shipments/{number}")
    assert (shipment["status"], shipment["reason"], shipment["changeNo"]) == ("REJECTED", "STOCK_NOT_FOUND", None)
    assert _on_hand(wms, ITEMS[4]) == 1


def test_a_shipment_is_canceled_before_it_is_picked_and_not_after(wms: Calls) -> None:
    _stocked(wms, ITEMS[5], 9)
    early = wms.post("/shipments", _shipment("early", ITEMS[5])).json()["shipmentId"]
    assert [wms.post(f"/shipments/{early}/cancel", {}).json()["status"] for _ in range(2)] == ["CANCELED", "CANCELED"]
    late = wms.post("/shipments", _shipment("late", ITEMS[5])).json()["shipmentId"]
    wms.advance(40)
    refused = wms.post(f"/shipments/{late}/cancel", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_CANCELABLE")
    wms.advance(100)
    assert _on_hand(wms, ITEMS[5]) == 7
    assert [one["status"] for one in wms.read("/shipments", orderRef="late")["shipments"]] == ["SHIPPED"]


def test_a_rejecting_warehouse_rejects(wms: Calls) -> None:
    _stocked(wms, ITEMS[6], 9)
    wms.control("PUT", "behavior", {"reject_rate": 1})
    number = wms.post("/shipments", _shipment("unlucky", ITEMS[6])).json()["shipmentId"]
    wms.advance(100)
    wms.control("PUT", "behavior", {"reject_rate": 0})
    assert wms.read(f"/shipments/{number}")["status"] == "REJECTED"


def test_announced_goods_come_in_as_numbered_receipts(wms: Calls) -> None:
    asns = wms.read("/asn")["asns"]
    first = min(asns, key=lambda one: one["expectedAt"])
    before = wms.read("/stock/changes", after=0)["lastChangeNo"]
    wms.advance(8 * 86_400)
    received = wms.read("/stock/changes", after=before)["changes"]
    line = first["lines"][0]
    assert {one["type"] for one in received} == {"RECEIPT"}
    assert (first["facilityId"], line["itemCode"], line["quantity"]) in {
        (one["facilityId"], one["itemCode"], one["delta"]) for one in received
    }
    assert first["asnId"] not in {one["asnId"] for one in wms.read("/asn")["asns"]}


def test_facilities_tell_where_they_stand(wms: Calls) -> None:
    facilities = wms.read("/facilities")["facilities"]
    assert [(one["facilityId"], one["address"]["town"]) for one in facilities] == [
        ("WH-PAR", "Gonesse"),
        ("WH-LYS", "Saint-Quentin-Fallavier"),
    ]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"orderRef": ""}, "INVALID", "orderRef"),
        ({"facilityId": "WH-XXX"}, "UNKNOWN_FACILITY", "facilityId"),
        ({"lines": [{"itemCode": "NIX", "quantity": 1}]}, "UNKNOWN_ITEM", "lines[0].itemCode"),
        ({"lines": [{"itemCode": ITEMS[0], "quantity": -5}]}, "INVALID", "lines[0].quantity"),
        ({"lines": [{"itemCode": ITEMS[0], "quantity": True}]}, "INVALID", "lines[0].quantity"),
        ({"lines": ["x"]}, "INVALID", "lines[0]"),
        ({"shipTo": 3}, "INVALID", "shipTo"),
    ],
)
def test_a_wrong_shipment_order_is_refused_by_field(wms: Calls, change: dict[str, object], code: str, field: str) -> None:
    refused = wms.post("/shipments", {**_shipment("wrong", ITEMS[0]), **change})
    assert (refused.status_code, refused.json()["code"], refused.json()["details"][0]["field"]) == (422, code, field)
    assert not wms.read("/shipments", orderRef="wrong")["shipments"]


def test_errors_carry_a_code(wms: Calls) -> None:
    assert wms.send("GET", "/stock", headers=headers_of("wms", "wrong")).json()["code"] == "UNAUTHORIZED"
    assert wms.send("GET", "/stock", params={"nextToken": "???"}).json()["code"] == "INVALID"
    assert wms.send("GET", "/stock", params={"facility": "WH-XXX"}).json()["code"] == "UNKNOWN_FACILITY"
    assert wms.send("GET", "/nowhere").json()["code"] == "NOT_FOUND"
    assert wms.send("POST", "/shipments", content=b"{").json()["code"] == "MALFORMED"
