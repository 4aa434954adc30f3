"""The main job over real sockets: browse, promise, hold, place, route, hand over, ship, and the stock moved at its owner and here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo import Demo, eventually
from tests.support.operations import AVAILABILITY, PLACE, RESERVE, TRACK
from tests.support.stories import PARIS, available_at, do, handed_over, key, on_hand_at, option, order, place, sku_stocked

SANDBOX = Path(__file__).parents[2] / "docs" / "networks" / "sandbox.toml"

pytestmark = pytest.mark.scenario


def test_a_warehouse_order_is_shipped_by_the_warehouse_and_its_stock_moves_there_and_here(demo: Demo) -> None:
    shopper, operator = demo.caller("storefront"), demo.caller("operator")
    sku, warehouse = sku_stocked(operator, kind="WAREHOUSE")
    before = on_hand_at(operator, sku, warehouse)
    seen = shopper.data(AVAILABILITY, skus=[sku])["availability"][0]
    assert seen["orderable"]
    hold = shopper.data(RESERVE, input={"idempotencyKey": key(), "lines": [{"sku": sku, "quantity": 2, "locationCode": warehouse}]})
    held = hold["reserveStock"]["reservation"]
    assert (held["state"], held["lines"][0]["reserved"]) == ("HELD", 2)
    assert shopper.data(AVAILABILITY, skus=[sku])["availability"][0]["quantity"] == seen["quantity"] - 2
    placed = place(shopper, [{"method": "SHIP", "address": PARIS, "lines": [{"sku": sku, "quantity": 2}]}], reservationId=held["id"])
    number = placed["order"]["number"]
    assert placed["order"]["status"] == "ROUTED"
    assert [work["location"]["code"] for work in placed["order"]["fulfillments"]] == [warehouse]
    handed_over(demo, number, {"erp", "wms"})
    shipped = eventually(lambda: (found := order(operator, number))["fulfillments"][0]["state"] in {"SHIPPED", "DELIVERED"} and found)
    assert shipped["fulfillments"][0]["parcels"][0]["trackingNumber"]
    eventually(lambda: on_hand_at(operator, sku, warehouse) == before - 2)
    eventually(lambda: order(operator, number)["status"] == "FULFILLED")
    own = shopper.data(TRACK, number=number, secret=placed["accessSecret"])["order"]
    assert own["history"]["nodes"][0]["type"] == "ORDER_PLACED"
    assert "FULFILLMENT_SHIPPED" in {event["type"] for event in own["history"]["nodes"]}


def test_an_order_shipped_from_a_store_takes_its_stock_from_that_store(demo: Demo) -> None:
    staff, operator = demo.caller("clienteling"), demo.caller("operator")
    sku, store = sku_stocked(operator, kind="STORE", at_least=4)
    groups = [{"method": "SHIP", "address": PARIS, "lines": [{"sku": sku, "quantity": 1}]}]
    held = staff.data(RESERVE, input={"idempotencyKey": key(), "lines": [{"sku": sku, "quantity": 1, "locationCode": store}]})[
        "reserveStock"
    ]
    assert held["userErrors"] == []
    placed = place(staff, groups, reservationId=held["reservation"]["id"])
    number, work = placed["order"]["number"], placed["order"]["fulfillments"][0]
    assert work["location"]["code"] == store
    handed_over(demo, number, {"erp", "pos"})
    before = on_hand_at(operator, sku, store)
    do(staff, "acceptFulfillment", work["id"])
    do(staff, "pickFulfillment", work["id"])
    line = order(operator, number)["fulfillments"][0]["lines"][0]["id"]
    do(staff, "packFulfillment", work["id"], parcels=[{"weightGrams": 800, "lines": [{"lineId": line, "quantity": 1}]}])
    shipped = do(staff, "shipFulfillment", work["id"], parcels=[{"carrierService": "colissimo/home", "trackingNumber": "6A0001"}])
    assert (shipped["state"], shipped["parcels"][0]["trackingNumber"]) == ("SHIPPED", "6A0001")
    eventually(lambda: on_hand_at(operator, sku, store) <= before - 1)
    delivered = do(staff, "reportDelivery", work["id"], outcome="DELIVERED")
    assert (delivered["state"], delivered["order"]["status"]) == ("DELIVERED", "FULFILLED")


def test_every_answer_tells_what_it_cost_and_what_is_too_dear_is_not_run(demo: Demo) -> None:
    shopper = demo.caller("storefront")
    page = "query($n: Int) { products(first: $n) { nodes { sku stock(first: 500) { nodes { location { code } } } } } }"
    assert shopper.ask(page, n=2)["extensions"]["cost"] == {"requested": 2_005, "limit": 50_000}
    (refused,) = shopper.ask(page, n=100)["errors"]
    assert (refused["extensions"]["code"], refused["extensions"]["cost"]["requested"]) == ("MAX_COST_EXCEEDED", 100_201)


def test_a_click_and_collect_order_is_made_ready_and_collected_with_its_code(demo: Demo) -> None:
    shopper, staff, operator = demo.caller("storefront"), demo.caller("clienteling"), demo.caller("operator")
    sku, store = sku_stocked(operator, kind="STORE", at_least=4, skip=1)
    chosen = option(shopper, "PICKUP", sku, 1, pickupLocationCode=store)
    assert chosen["pickupLocation"]["code"] == store
    placed = place(shopper, [{"promiseToken": chosen["token"], "pickupLocationCode": store, "lines": [{"sku": sku, "quantity": 1}]}])
    number, work = placed["order"]["number"], placed["order"]["fulfillments"][0]
    assert (work["task"], work["location"]["code"]) == ("HAND_OVER", store)
    handed_over(demo, number, {"erp", "pos"})
    for verb in ("acceptFulfillment", "pickFulfillment", "markReadyForPickup"):
        do(staff, verb, work["id"])
    own = shopper.data(TRACK, number=number, secret=placed["accessSecret"])["order"]
    code = own["deliveryGroups"][0]["fulfillments"][0]["pickupCode"]
    collected = do(staff, "collectFulfillment", work["id"], pickupCode=code)
    assert (collected["state"], order(operator, number)["status"]) == ("COLLECTED", "FULFILLED")


def test_a_supplier_order_is_acknowledged_and_despatched_by_the_supplier(demo: Demo) -> None:
    shopper, operator = demo.caller("storefront"), demo.caller("operator")
    sku, supplier = sku_stocked(operator, kind="SUPPLIER", at_least=10)
    held = shopper.data(RESERVE, input={"idempotencyKey": key(), "lines": [{"sku": sku, "quantity": 1, "locationCode": supplier}]})[
        "reserveStock"
    ]
    assert held["userErrors"] == []
    placed = place(
        shopper, [{"method": "SHIP", "address": PARIS, "lines": [{"sku": sku, "quantity": 1}]}], reservationId=held["reservation"]["id"]
    )
    number = placed["order"]["number"]
    assert [work["location"]["code"] for work in placed["order"]["fulfillments"]] == [supplier]
    eventually(lambda: order(operator, number)["fulfillments"][0]["state"] in {"ACCEPTED", "SHIPPED", "DELIVERED"})
    eventually(lambda: order(operator, number)["fulfillments"][0]["state"] in {"SHIPPED", "DELIVERED"}, within_s=90)


def test_an_order_repeated_with_its_key_is_the_same_order_and_with_other_goods_is_refused(demo: Demo) -> None:
    shopper, operator = demo.caller("storefront"), demo.caller("operator")
    sku, warehouse = sku_stocked(operator, kind="WAREHOUSE", skip=2)
    call = {"idempotencyKey": key(), "deliveryGroups": [{"method": "SHIP", "address": PARIS, "lines": [{"sku": sku, "quantity": 1}]}]}
    before = available_at(operator, sku, warehouse)
    answers = [shopper.data(PLACE, input=call)["placeOrder"] for _ in range(3)]
    assert len({answer["order"]["number"] for answer in answers}) == 1
    assert len({answer["accessSecret"] for answer in answers}) == 1
    assert available_at(operator, sku, warehouse) >= before - 1
    call["deliveryGroups"][0]["lines"][0]["quantity"] = 2  # type: ignore[index]
    refused = shopper.data(PLACE, input=call)["placeOrder"]
    assert (refused["order"], [error["code"] for error in refused["userErrors"]]) == (None, ["IDEMPOTENCY_CONFLICT"])


def test_what_the_ledger_the_orders_and_the_systems_say_of_the_same_units_agrees(demo: Demo) -> None:
    shopper, operator = demo.caller("storefront"), demo.caller("operator")
    sku, _ = sku_stocked(operator, kind="WAREHOUSE", skip=3)
    number = place(shopper, [{"method": "SHIP", "address": PARIS, "lines": [{"sku": sku, "quantity": 1}]}])["order"]["number"]
    handed_over(demo, number, {"erp"})
    told = eventually(lambda: (found := audited(demo)) and not found["drifts"] and found, within_s=120)
    assert told["positions"] > 300
    assert told["positions"] == told["readLive"]
    assert told["orders"]


def audited(demo: Demo) -> dict[str, Any]:
    """Return what the audit tells as JSON, run from another shell as the banner says."""
    folder = demo.log.parent
    run = f". {folder}/data/environment && {sys.executable} -m gateway audit --network {SANDBOX} --json {folder}/audit.json"
    done = subprocess.run(["/bin/sh", "-c", run], check=False, capture_output=True, text=True)  # noqa: S603 - ours
    assert (folder / "audit.json").exists(), done.stderr
    told: dict[str, Any] = json.loads((folder / "audit.json").read_text())
    return told
