"""The dialect of the POS: articles by EAN, timed stock and journal, store tasks."""

from itertools import count

import pytest

from tests.sandbox.calls import SMALL, Calls, headers_of

pytestmark = pytest.mark.scenario
EANS = [product.ean for product in SMALL.products]
_references = count(1)
LONG_AGO = "2020-01-01T00:00:00+01:00"


def _task(kind: str, ean: str, quantity: object = 1, **change: object) -> dict[str, object]:
    lines = {"line": [{"ref": "1", "article": ean, "qty": quantity}]}
    return {"task": {"client_ref": f"task-{next(_references)}", "shop": "101", "kind": kind, "lines": lines, **change}}


def _stocked(pos: Calls, ean: str, quantity: int, shop: str = "101") -> None:
    pos.control("POST", "stock", {"location": shop, "sku": ean, "quantity": quantity})


def _quantity(pos: Calls, ean: str) -> int:
    return int(pos.post("/v1/stock/lookup", {"articles": [ean], "shops": ["101"]}).json()["stock"][0]["qty"])


def _step(pos: Calls, number: str, step: str) -> int:
    return pos.post(f"/v1/tasks/{number}/steps", {"step": step}).status_code


def test_shops_tell_place_hours_and_zone(pos: Calls) -> None:
    shops = pos.read("/v1/shops", offset=1, limit=1)["shops"]
    assert (shops["total"], shops["offset"], len(shops["shop"])) == (3, 1, 1)
    shop, expected = shops["shop"][0], SMALL.shops[1]
    assert shop["no"] == "102"
    assert shop["geo"] == {"lat": f"{expected.latitude:.4f}", "lng": f"{expected.longitude:.4f}"}
    assert (shop["tz"], shop["opening"]["weekly"]) == ("Europe/Paris", expected.weekly_hours)


def test_stock_of_a_shop_comes_by_offset(pos: Calls) -> None:
    pages = [pos.read("/v1/shops/102/stock", offset=offset, limit=25) for offset in (0, 25, 50, 75)]
    assert [row["article"] for page in pages for row in page["stock"]] == EANS
    assert [len(page["stock"]) for page in pages] == [25, 25, 10, 0]
    assert pages[0]["taken_at"][-6:] in {"+01:00", "+02:00"}


def test_a_lookup_answers_every_shop_and_lists_unknown_articles(pos: Calls) -> None:
    found = pos.post("/v1/stock/lookup", {"articles": [EANS[0], "4006381333931"]}).json()
    assert [(row["shop"], row["article"]) for row in found["stock"]] == [("101", EANS[0]), ("102", EANS[0]), ("103", EANS[0])]
    assert found["unknown"] == ["4006381333931"]
    assert pos.post("/v1/stock/lookup", {"articles": EANS[:51]}).status_code == 422


def test_a_sale_takes_stock_and_gives_a_receipt(pos: Calls) -> None:
    _stocked(pos, EANS[1], 5)
    number = pos.control("POST", "sale", {"location": "101", "sku": EANS[1], "quantity": 2})["receipt_no"]
    assert _quantity(pos, EANS[1]) == 3
    receipt = pos.read(f"/v1/receipts/{number}")["receipt"]
    cents = SMALL.products[1].price_cents
    assert receipt["total"] == f"{2 * cents // 100}.{2 * cents % 100:02d}"
    event = [one for one in pos.read("/v1/journal", since=LONG_AGO)["journal"]["event"] if one["receipt_no"] == number]
    assert [(one["kind"], one["qty"], one["article"]) for one in event] == [("sale", -2, EANS[1])]


def test_a_till_that_posts_late_stamps_its_sale_earlier(pos: Calls) -> None:
    number = pos.control("POST", "sale", {"location": "102", "sku": EANS[2], "quantity": 1, "ago_s": 3600})["receipt_no"]
    event = next(one for one in pos.read("/v1/journal", since=LONG_AGO)["journal"]["event"] if one["receipt_no"] == number)
    assert event["at"] < event["posted_at"]
    since_posted = pos.read("/v1/journal", since=event["posted_at"])["journal"]["event"]
    assert number not in {one["receipt_no"] for one in since_posted}


def test_a_shelf_may_go_below_zero(pos: Calls) -> None:
    _stocked(pos, EANS[3], 0)
    pos.control("POST", "sale", {"location": "101", "sku": EANS[3], "quantity": 1})
    assert _quantity(pos, EANS[3]) == -1


def test_shops_sell_by_themselves(pos: Calls) -> None:
    before = pos.control("GET", "health")["sequence"]
    pos.control("PUT", "behavior", {"sell_rate_per_hour": 20})
    pos.advance(3600)
    pos.control("PUT", "behavior", {"sell_rate_per_hour": 0})
    assert 30 < pos.control("GET", "health")["sequence"] - before < 100


def test_the_same_reference_gives_one_task_and_another_body_is_a_conflict(pos: Calls) -> None:
    body = _task("handover", EANS[4])
    first, again = pos.post("/v1/tasks", body), pos.post("/v1/tasks", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    body["task"]["shop"] = "102"  # type: ignore[index]
    other = pos.post("/v1/tasks", body)
    assert (other.status_code, other.json()["title"]) == (409, "Référence déjà utilisée")
    taken = [one for one in pos.control("GET", "ledger")["accepted"] if one["number"] == first.json()["task"]["no"]]
    assert [one["received"] for one in taken] == [2]


def test_stock_falls_when_a_parcel_is_shipped_and_once_only(pos: Calls) -> None:
    _stocked(pos, EANS[5], 6)
    number = pos.post("/v1/tasks", _task("ship", EANS[5], 2)).json()["task"]["no"]
    for step in ("accepted", "picked", "packed"):
        assert _step(pos, number, step) == 200
    assert _quantity(pos, EANS[5]) == 6
    body = {"step": "shipped", "parcels": {"parcel": [{"tracking": "T1", "carrier": "DPD"}]}}
    task = pos.post(f"/v1/tasks/{number}/steps", body).json()["task"]
    assert (task["state"], task["parcels"]["parcel"][0]["tracking"]) == ("shipped", "T1")
    assert task["stock_moved_at"] == task["changed_at"]
    assert [_step(pos, number, step) for step in ("shipped", "delivered", "packed")] == [200, 200, 409]
    assert _quantity(pos, EANS[5]) == 4
    event = next(one for one in pos.read("/v1/journal", since=LONG_AGO)["journal"]["event"] if one["client_ref"] == task["client_ref"])
    assert (event["kind"], event["qty"]) == ("task", -2)


def test_stock_falls_when_the_customer_collects_and_not_when_nobody_comes(pos: Calls) -> None:
    _stocked(pos, EANS[6], 6)
    numbers = [pos.post("/v1/tasks", _task("handover", EANS[6])).json()["task"]["no"] for _ in range(3)]
    assert [_step(pos, numbers[0], step) for step in ("ready", "collected")] == [200, 200]
    assert [_step(pos, numbers[1], step) for step in ("not_collected", "ready", "not_collected")] == [409, 200, 200]
    assert [_step(pos, numbers[2], step) for step in ("rejected", "accepted")] == [200, 409]
    assert _quantity(pos, EANS[6]) == 5


def test_staff_that_work_by_themselves_take_every_step(pos: Calls) -> None:
    _stocked(pos, EANS[7], 6)
    number = pos.post("/v1/tasks", _task("handover", EANS[7])).json()["task"]["no"]
    pos.advance(600)
    assert pos.read(f"/v1/tasks/{number}")["task"]["state"] == "new"
    pos.control("PUT", "behavior", {"auto_staff": True})
    pos.advance(1)
    assert pos.read(f"/v1/tasks/{number}")["task"]["state"] == "ready"
    pos.advance(601)
    pos.control("PUT", "behavior", {"auto_staff": False})
    assert pos.read(f"/v1/tasks/{number}")["task"]["state"] == "collected"
    assert _quantity(pos, EANS[7]) == 5


def test_tasks_are_found_by_reference_and_by_the_time_of_their_change(pos: Calls) -> None:
    task = pos.post("/v1/tasks", _task("ship", EANS[8])).json()["task"]
    assert [one["no"] for one in pos.read("/v1/tasks", client_ref=task["client_ref"])["tasks"]["task"]] == [task["no"]]
    assert task["no"] in {one["no"] for one in pos.read("/v1/tasks", changed_since=task["changed_at"])["tasks"]["task"]}
    assert pos.read("/v1/tasks", changed_since="2099-01-01T00:00:00+01:00")["tasks"] == {"total": 0, "offset": 0, "task": []}


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (_task("handover", "4006381333931"), 422, "task.lines.line[0].article"),
        (_task("handover", EANS[0], 0), 422, "task.lines.line[0].qty"),
        (_task("teleport", EANS[0]), 422, "task.kind"),
        (_task("ship", EANS[0], shop="999"), 422, "shop"),
        ({"task": 3}, 422, "task"),
    ],
)
def test_a_wrong_task_is_refused_as_a_problem_that_names_the_field(pos: Calls, body: object, status: int, field: str) -> None:
    refused = pos.post("/v1/tasks", body)
    assert (refused.status_code, refused.json()["field"]) == (status, field)
    assert refused.headers["Content-Type"] == "application/problem+json"


def test_problems_have_french_and_english_titles(pos: Calls) -> None:
    missing = pos.send("GET", "/v1/receipts/nix").json()
    assert (missing["title"], missing["title_en"], missing["status"]) == ("Introuvable", "Not found", 404)
    assert pos.send("GET", "/v1/shops", headers=headers_of("pos", "wrong")).status_code == 401
    assert pos.send("GET", "/v1/shops/999/stock").json()["title"] == "Magasin inconnu"
    assert pos.send("GET", "/v1/journal").json()["field"] == "since"
