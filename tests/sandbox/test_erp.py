"""The ERP's dialect: paged items, timed changes, dated purchase orders, sales orders without a key."""

import pytest

from tests.sandbox.calls import SMALL, Calls, headers_of

pytestmark = pytest.mark.scenario
FIRST = SMALL.products[0]


def _order(reference: str, item_no: str = FIRST.item_no, quantity: object = 2) -> dict[str, object]:
    return {"your_reference": reference, "customer": {"city": "Lyon"}, "lines": [{"pos": 10, "item_no": item_no, "qty": quantity}]}


def test_items_come_in_pages_counted_from_one(erp: Calls) -> None:
    pages = [erp.read("/api/v2/items", page=page, per_page=25) for page in (1, 2, 3, 4)]
    assert [len(page["items"]) for page in pages] == [25, 25, 10, 0]
    assert {(page["total_pages"], page["total"]) for page in pages} == {(3, 60)}
    assert [item["item_no"] for page in pages for item in page["items"]] == [product.item_no for product in SMALL.products]


def test_an_item_tells_weight_as_text_and_price_in_cents(erp: Calls) -> None:
    item = erp.read(f"/api/v2/items/{FIRST.item_no}")
    assert item["net_weight_kg"] == f"{FIRST.weight_g / 1000:.3f}"
    assert item["packed_dm3"] == f"{FIRST.packed_cm3 / 1000:.3f}"
    assert item["list_price"] == {"value": FIRST.price_cents, "cur": "EUR", "tax_included": True}
    assert item["ean"] == FIRST.ean


def test_an_item_tells_what_each_shop_sells_of_it_and_when_it_is_cleared(erp: Calls) -> None:
    items = erp.read("/api/v2/items", per_page=60)["items"]
    shops = {shop.code for shop in SMALL.shops}
    assert all(item["counter_sales_per_day"].keys() == shops for item in items)
    sold = {item["item_no"]: sum(item["counter_sales_per_day"].values()) for item in items}
    slow, quick = ([sold[each.item_no] for each in SMALL.products if each.pace in paces] for paces in ((0,), (2, 3)))
    assert sum(slow) / len(slow) * 5 < sum(quick) / len(quick)
    for product, item in zip(SMALL.products, items, strict=True):
        assert (item["clearance"] is None) == (product.cleared_after_days is None)
    cleared = [(item["clearance"]["expected_net"], item["list_price"]["value"]) for item in items if item["clearance"]]
    assert cleared
    assert all(0 < net < price / 2 for net, price in cleared)


def test_items_are_found_by_number_and_unknown_ones_left_out(erp: Calls) -> None:
    found = erp.read("/api/v2/items", item_nos=f"{SMALL.products[5].item_no},NIX,{FIRST.item_no}")
    assert [item["item_no"] for item in found["items"]] == [FIRST.item_no, SMALL.products[5].item_no]


def test_a_changed_item_is_found_by_its_time(erp: Calls) -> None:
    changed = erp.client.post(f"{erp.running.url}/_sandbox/item", json={"item_no": SMALL.products[9].item_no, "list_price": 4200}).json()
    assert changed["list_price"]["value"] == 4200
    found = erp.read("/api/v2/items", changed_since=changed["modified"])
    assert [item["item_no"] for item in found["items"]] == [SMALL.products[9].item_no]


def test_purchase_orders_name_warehouses_and_dates(erp: Calls) -> None:
    found = erp.read("/api/v2/purchase-orders", per_page=50)["purchase_orders"]
    assert {order["ship_to"] for order in found} == {"WH-PAR", "WH-LYS"}
    assert all(order["status"] == "open" and order["expected_date"] >= order["original_date"] and order["lines"] for order in found)


def test_a_resent_sales_order_is_a_second_order_that_the_reference_finds(erp: Calls) -> None:
    assert erp.read("/api/v2/sales-orders", your_reference="twice")["total"] == 0
    numbers = [erp.post("/api/v2/sales-orders", _order("twice")).json()["order_no"] for _ in range(2)]
    found = erp.read("/api/v2/sales-orders", your_reference="twice")["sales_orders"]
    assert [order["order_no"] for order in found] == numbers
    assert len(set(numbers)) == 2
    assert found[0]["customer"] == {"city": "Lyon"}


def test_a_sales_order_is_confirmed_by_itself_and_canceled_once(erp: Calls) -> None:
    number = erp.post("/api/v2/sales-orders", _order("alone")).json()["order_no"]
    erp.advance(10)
    assert erp.read(f"/api/v2/sales-orders/{number}")["state"] == "confirmed"
    assert [erp.post(f"/api/v2/sales-orders/{number}/cancel", {}).json()["state"] for _ in range(2)] == ["canceled", "canceled"]
    closed = erp.post("/api/v2/sales-orders", _order("closed")).json()["order_no"]
    erp.post(f"/api/v2/sales-orders/{closed}/close", {})
    refused = erp.post(f"/api/v2/sales-orders/{closed}/cancel", {})
    assert (refused.status_code, refused.json()["error"]["no"]) == (409, 4090)


@pytest.mark.parametrize(
    ("body", "status", "number", "words"),
    [
        (_order("x", "NIX"), 422, 4221, "lines[0].item_no: unknown article NIX"),
        (_order("x", quantity=0), 422, 4220, "lines[0].qty: a whole number from 1 to 100000 is needed"),
        (_order("x", quantity=1.5), 422, 4220, "lines[0].qty: a whole number from 1 to 100000 is needed"),
        ({"your_reference": "x", "lines": []}, 422, 4220, "lines: a list of 1 to 500 entries is needed"),
        ({"lines": [{}]}, 422, 4220, "your_reference: a text of 1 to 80 characters is needed"),
        ([1], 400, 4000, "the body must be a JSON object"),
    ],
)
def test_a_wrong_sales_order_is_refused_by_field(erp: Calls, body: object, status: int, number: int, words: str) -> None:
    before = erp.control("GET", "ledger")["sequence"]
    refused = erp.post("/api/v2/sales-orders", body)
    assert (refused.status_code, refused.json()["error"]["no"]) == (status, number)
    assert refused.json()["error"]["text"].endswith(words)
    assert erp.control("GET", "ledger")["sequence"] == before


def test_errors_speak_german_and_carry_a_number(erp: Calls) -> None:
    wrong = erp.send("GET", "/api/v2/items", headers=headers_of("erp", "wrong"))
    assert (wrong.status_code, wrong.json()["error"]["no"]) == (401, 4010)
    assert wrong.headers["WWW-Authenticate"] == 'Basic realm="erp"'
    missing = erp.send("GET", "/api/v2/items/NIX")
    assert (missing.status_code, missing.json()) == (404, {"error": {"no": 4041, "text": "Artikel nicht gefunden: NIX"}})
    assert erp.send("GET", "/api/v2/nowhere").json()["error"]["no"] == 4040
    assert erp.send("PATCH", "/api/v2/items").json()["error"]["no"] == 4050
    assert erp.send("GET", "/api/v2/items", params={"per_page": 201}).json()["error"]["no"] == 4220
    assert erp.send("GET", "/api/v2/items", params={"changed_since": "2026-01-01T00:00:00"}).json()["error"]["no"] == 4220


def test_a_body_nested_too_deeply_is_refused(erp: Calls) -> None:
    raw = b'{"your_reference":' + b"[" * 200 + b"]" * 200 + b"}"
    assert erp.send("POST", "/api/v2/sales-orders", content=raw).status_code == 400
