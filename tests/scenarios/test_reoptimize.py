"""Orders on hold are planned again by the command, beside a gateway that sells: a needless second parcel is spared, and once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo import Caller
from tests.support.fleet import Fleet, running
from tests.support.operations import PRODUCTS, RESERVE
from tests.support.stories import PARIS, key, place, rows

pytestmark = pytest.mark.scenario
CLAIMED = "query($number: String!) { order(by: {number: $number}) { hold { reason } lines { units { state location { code } } } } }"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with running(tmp_path, skus=60, stores=4, speed=20) as started:
        yield started


def two_in_two_stores(caller: Caller) -> list[tuple[str, str]]:
    """Return two skus that one warehouse has both of, each with a store of its own that has it too."""
    chosen: list[tuple[str, str]] = []
    warehouses: list[set[str]] = []
    for product in caller.data(PRODUCTS, first=60)["products"]["nodes"]:
        there = {row["location"]["code"]: row["location"]["kind"] for row in rows(caller, product["sku"]) if row["available"] >= 3}
        depots = {code for code, kind in there.items() if kind == "WAREHOUSE"}
        store = next((code for code, kind in there.items() if kind == "STORE" and code not in {at for _, at in chosen}), None)
        if product["price"] and store and depots and (not warehouses or depots & warehouses[0]):
            chosen.append((product["sku"], store))
            warehouses.append(depots)
        if len(chosen) == 2:
            return chosen
    raise AssertionError("no two articles lie in two stores and one warehouse")


def places(caller: Caller, number: str) -> set[str]:
    found = caller.data(CLAIMED, number=number)["order"]
    assert found["hold"] == {"reason": "FRAUD"}
    return {units["location"]["code"] for line in found["lines"] for units in line["units"]}


def reoptimized(fleet: Fleet, *options: str) -> dict[str, Any]:
    report = fleet.folder / "found.json"
    fleet.run("reoptimize", *options, "--json", str(report))
    told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return told


def test_an_order_on_hold_that_was_split_in_two_goes_as_one_parcel(fleet: Fleet) -> None:
    operator = fleet.caller(fleet.join(), "operator")
    goods = two_in_two_stores(operator)
    lines = [{"sku": sku, "quantity": 1, "locationCode": store} for sku, store in goods]
    held = operator.data(RESERVE, input={"idempotencyKey": key(), "lines": lines})["reserveStock"]
    assert held["userErrors"] == []
    group = {"method": "SHIP", "address": PARIS, "lines": [{"sku": sku, "quantity": 1} for sku, _ in goods]}
    placed = place(operator, [group], reservationId=held["reservation"]["id"], hold={"reason": "FRAUD"})
    number = placed["order"]["number"]
    assert places(operator, number) == {store for _, store in goods}
    could = reoptimized(fleet, "--dry-run")
    assert len(places(operator, number)) == 2
    done = reoptimized(fleet)
    assert {**could, "dryRun": False} == done
    (one,) = done["improved"]
    assert (one["order"], one["saved"], done["saved"]) == (number, done["saved"]["EUR"], {"EUR": one["saved"]})
    assert float(one["saved"]) > 0
    assert places(operator, number) == set(one["places"])
    assert len(one["places"]) == 1
    assert reoptimized(fleet)["improved"] == []
