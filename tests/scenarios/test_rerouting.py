"""Work that a place does not do, over real sockets: refused, found short or paused, it goes to another place and keeps its promise."""

from typing import Any

import pytest

from tests.support.demo import Caller, Demo, eventually
from tests.support.operations import AVAILABILITY, RESERVE
from tests.support.stories import PARIS, STAFFED, do, handed_over, key, order, place, rows, sku_stocked

pytestmark = pytest.mark.scenario
PAUSE = """mutation($input: PauseLocationInput!) { pauseLocation(input: $input) {
  location { code status } userErrors { code message field } } }"""
RESUME = """mutation($input: ResumeLocationInput!) { resumeLocation(input: $input) {
  location { code status } userErrors { code message field } } }"""


def in_a_store_and_elsewhere(caller: Caller, units: int, skip: int) -> tuple[str, str]:
    """Return a sku and a store with staff of ours that has it, as at least one other place does."""
    for n in range(skip, skip + 20):
        sku, store = sku_stocked(caller, kind="STORE", at_least=units, skip=n)
        others = [row for row in rows(caller, sku) if row["location"]["code"] != store and row["available"] >= units]
        if others:
            return sku, store
    raise AssertionError("nothing lies in a store and elsewhere too")


def ordered_from(demo: Demo, sku: str, store: str, units: int) -> dict[str, Any]:
    """Place an order whose units are held at the store."""
    staff = demo.caller("clienteling")
    lines = [{"sku": sku, "quantity": units, "locationCode": store}]
    held = staff.data(RESERVE, input={"idempotencyKey": key(), "lines": lines})["reserveStock"]
    assert held["userErrors"] == []
    groups = [{"method": "SHIP", "address": PARIS, "lines": [{"sku": sku, "quantity": units}]}]
    placed: dict[str, Any] = place(staff, groups, reservationId=held["reservation"]["id"])["order"]
    return placed


def elsewhere(found: dict[str, Any], store: str, units: int) -> bool:
    """Tell whether another place works on so many units of the order."""
    open_states = {"OFFERED", "ACCEPTED", "PICKED", "PACKED", "SHIPPED", "DELIVERED"}
    works = [work for work in found["fulfillments"] if work["location"]["code"] != store and work["state"] in open_states]
    return sum(line["quantity"] for work in works for line in work["lines"]) == units


def promise_of(caller: Caller, number: str) -> Any:
    document = "query($number: String!) { order(by: {number: $number}) { promise { earliest latest earlier { latest } } } }"
    return caller.data(document, number=number)["order"]["promise"]


def test_work_that_a_store_refuses_goes_to_another_place_and_its_own_system_is_told(demo: Demo) -> None:
    operator, staff = demo.caller("operator"), demo.caller("clienteling")
    sku, store = in_a_store_and_elsewhere(operator, 2, 0)
    placed = ordered_from(demo, sku, store, 2)
    number, work = placed["number"], placed["fulfillments"][0]
    promised = promise_of(operator, number)
    handed_over(demo, number, {"pos"})
    do(staff, "rejectFulfillment", work["id"], reason="STOCK_NOT_FOUND")
    found = eventually(lambda: elsewhere(order(operator, number), store, 2) and order(operator, number))
    assert (found["fulfillments"][0]["state"], found["attention"]) == ("REJECTED", [])
    assert [row["location"]["code"] for row in found["fulfillments"][1:]].count(store) == 0
    assert promise_of(operator, number) == promised


def test_what_a_pick_finds_short_and_no_more_goes_to_another_place(demo: Demo) -> None:
    operator, staff = demo.caller("operator"), demo.caller("clienteling")
    sku, store = in_a_store_and_elsewhere(operator, 2, 1)
    placed = ordered_from(demo, sku, store, 2)
    number, work = placed["number"], placed["fulfillments"][0]
    do(staff, "acceptFulfillment", work["id"])
    line = order(operator, number)["fulfillments"][0]["lines"][0]["id"]
    do(staff, "pickFulfillment", work["id"], lines=[{"lineId": line, "quantity": 1, "reason": "DAMAGED"}])
    found = eventually(lambda: elsewhere(order(operator, number), store, 1) and order(operator, number))
    assert (found["fulfillments"][0]["state"], found["fulfillments"][0]["lines"][0]["missing"]) == ("PICKED", 1)


def test_a_store_that_pauses_sells_nothing_and_gets_no_work_until_it_resumes(demo: Demo) -> None:
    operator, staff = demo.caller("operator"), demo.caller("clienteling")
    sku, store = in_a_store_and_elsewhere(operator, 2, 2)
    assert store in STAFFED
    before = operator.data(AVAILABILITY, skus=[sku])["availability"][0]["quantity"]
    lines = [{"sku": sku, "quantity": 1, "locationCode": store}]
    held = staff.data(RESERVE, input={"idempotencyKey": key(), "lines": lines})["reserveStock"]["reservation"]
    told = staff.data(PAUSE, input={"idempotencyKey": key(), "locationCode": store, "note": "flooded"})["pauseLocation"]
    assert told == {"location": {"code": store, "status": "PAUSED"}, "userErrors": []}
    try:
        assert operator.data(AVAILABILITY, skus=[sku])["availability"][0]["quantity"] < before
        groups = [{"method": "SHIP", "address": PARIS, "lines": [{"sku": sku, "quantity": 1}]}]
        number = place(staff, groups, reservationId=held["id"])["order"]["number"]
        found = eventually(lambda: elsewhere(order(operator, number), store, 1) and order(operator, number))
        assert store not in {work["location"]["code"] for work in found["fulfillments"]}
    finally:
        told = staff.data(RESUME, input={"idempotencyKey": key(), "locationCode": store})["resumeLocation"]
    assert told == {"location": {"code": store, "status": "ACTIVE"}, "userErrors": []}
    eventually(lambda: operator.data(AVAILABILITY, skus=[sku])["availability"][0]["quantity"] >= before - 1)
