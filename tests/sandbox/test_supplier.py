"""A supplier's dialect: numbered offers, purchase orders without a key or a way to ask."""

import pytest

from tests.sandbox.calls import SMALL, Calls, headers_of

pytestmark = pytest.mark.scenario
OFFERED = SMALL.offered("atlas")


def _order(reference: str, ean: str, quantity: object = 2) -> dict[str, object]:
    return {"po-number": reference, "ship-to": {"town": "Lyon"}, "lines": [{"line": "1", "ean": ean, "quantity": quantity}]}


def _stocked(atlas: Calls, ean: str, quantity: int) -> None:
    atlas.control("POST", "stock", {"location": "atlas", "sku": ean, "quantity": quantity})


def _available(atlas: Calls, ean: str) -> int:
    return int(atlas.read("/offers", ean=ean)["offers"][0]["available-quantity"])


def _updates(atlas: Calls, receipt: str) -> list[dict[str, object]]:
    return [one for one in atlas.read("/purchase-orders/updates")["updates"] if one["receipt"] == receipt]


def test_offers_come_by_offset_and_leave_a_tenth_out(atlas: Calls) -> None:
    pages = [atlas.read("/offers", offset=offset, limit=30) for offset in (0, 30)]
    assert [offer["ean"] for page in pages for offer in page["offers"]] == [product.ean for product in OFFERED]
    assert pages[0]["total"] == 54


def test_offers_are_found_by_ean(atlas: Calls) -> None:
    missing = next(product for product in SMALL.products if product not in OFFERED)
    found = atlas.read("/offers", ean=f"{OFFERED[0].ean},{missing.ean}")["offers"]
    assert [offer["ean"] for offer in found] == [OFFERED[0].ean]
    assert atlas.send("GET", "/offers", params={"ean": ",".join(["1"] * 101)}).status_code == 422


def test_a_resent_purchase_order_is_a_second_one(atlas: Calls) -> None:
    _stocked(atlas, OFFERED[0].ean, 100)
    receipts = [atlas.post("/purchase-orders", _order("twice", OFFERED[0].ean)).json()["receipt"] for _ in range(2)]
    assert len(set(receipts)) == 2
    atlas.advance(6)
    assert _available(atlas, OFFERED[0].ean) == 96
    assert atlas.send("GET", "/purchase-orders", params={"po-number": "twice"}).status_code == 405


def test_the_available_number_falls_at_the_acknowledgement(atlas: Calls) -> None:
    ean = OFFERED[1].ean
    _stocked(atlas, ean, 10)
    answer = atlas.post("/purchase-orders", _order("po-1", ean, 4))
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    assert _available(atlas, ean) == 10
    atlas.advance(6)
    assert _available(atlas, ean) == 6
    (acknowledged,) = _updates(atlas, answer.json()["receipt"])
    line = acknowledged["lines"][0]  # type: ignore[index]
    assert (acknowledged["type"], line["outcome"]) == ("acknowledged", "accepted")
    change = atlas.read("/offers/changes", after=line["stock-rev"] - 1)["changes"][0]
    assert (change["rev"], change["ean"], change["available-quantity"], change["po-number"]) == (line["stock-rev"], ean, 6, "po-1")


def test_a_purchase_order_is_despatched_and_delivered(atlas: Calls) -> None:
    _stocked(atlas, OFFERED[2].ean, 10)
    receipt = atlas.post("/purchase-orders", _order("po-2", OFFERED[2].ean)).json()["receipt"]
    atlas.advance(1_000)
    updates = _updates(atlas, receipt)
    assert [one["type"] for one in updates] == ["acknowledged", "despatched", "delivered"]
    assert updates[1]["parcels"][0]["carrier"] == "DPD"  # type: ignore[index]
    revs = [int(str(one["rev"])) for one in updates]
    assert revs == sorted(set(revs))


def test_more_than_there_is_comes_later_and_takes_nothing(atlas: Calls) -> None:
    _stocked(atlas, OFFERED[3].ean, 1)
    receipt = atlas.post("/purchase-orders", _order("po-3", OFFERED[3].ean)).json()["receipt"]
    atlas.advance(1_000)
    (acknowledged,) = _updates(atlas, receipt)
    line = acknowledged["lines"][0]  # type: ignore[index]
    assert (line["outcome"], line["stock-rev"]) == ("backordered", None)
    assert len(line["available-on"]) == 8
    assert _available(atlas, OFFERED[3].ean) == 1


def test_a_refusing_supplier_rejects_each_line_and_ends_there(atlas: Calls) -> None:
    atlas.control("PUT", "behavior", {"reject_rate": 1})
    receipt = atlas.post("/purchase-orders", _order("po-4", OFFERED[4].ean)).json()["receipt"]
    atlas.advance(1_000)
    atlas.control("PUT", "behavior", {"reject_rate": 0})
    (acknowledged,) = _updates(atlas, receipt)
    assert acknowledged["lines"][0]["outcome"] == "rejected"  # type: ignore[index]
    assert atlas.read(f"/purchase-orders/{receipt}")["status"] == "rejected"


def test_a_canceled_purchase_order_gives_back_what_it_took(atlas: Calls) -> None:
    ean = OFFERED[5].ean
    _stocked(atlas, ean, 10)
    receipt = atlas.post("/purchase-orders", _order("po-5", ean, 3)).json()["receipt"]
    atlas.advance(6)
    assert _available(atlas, ean) == 7
    assert [atlas.post(f"/purchase-orders/{receipt}/cancel", {}).json()["status"] for _ in range(2)] == ["canceled", "canceled"]
    assert _available(atlas, ean) == 10
    sent = atlas.post("/purchase-orders", _order("po-6", ean, 3)).json()["receipt"]
    atlas.advance(100)
    assert atlas.post(f"/purchase-orders/{sent}/cancel", {}).status_code == 409


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (_order("x", "4006381333931"), "422 lines[0].ean: unknown article 4006381333931\n"),
        (_order("x", OFFERED[0].ean, 0), "422 lines[0].quantity: a whole number from 1 to 100000 is needed\n"),
        ({"po-number": "x", "lines": []}, "422 ship-to: an object is needed\n"),
    ],
)
def test_a_wrong_purchase_order_is_refused_in_plain_text(atlas: Calls, body: object, words: str) -> None:
    refused = atlas.post("/purchase-orders", body)
    assert (refused.text, refused.headers["Content-Type"]) == (words, "text/plain; charset=utf-8")


def test_each_supplier_has_a_token_and_a_profile_of_its_own(atlas: Calls) -> None:
    assert atlas.read("/profile")["ships-from"]["town"] == "Roubaix"
    assert atlas.send("GET", "/profile", headers=headers_of("comet")).status_code == 401
