"""With any one system killed the rest still answers; last known stock keeps its age; what waits is delivered once it is back."""

import os
import time
from pathlib import Path

import pytest

from tests.support.demo import Demo, eventually, running
from tests.support.operations import AVAILABILITY, SOURCES, STOCK
from tests.support.stories import PARIS, handed_over, order, place, rows, sku_stocked

pytestmark = pytest.mark.scenario


def health(demo: Demo, source: str) -> str:
    found: str = next(row["health"] for row in demo.caller("operator").data(SOURCES)["sources"] if row["code"] == source)
    return found


@pytest.mark.parametrize("source", ["wms", "pos", "erp", "atlas"])
def test_a_killed_system_is_named_and_the_rest_still_answers(tmp_path: Path, source: str) -> None:
    with running(tmp_path, "--skus", "40", "--stores", "3", "--speed", "20") as demo:
        operator = demo.caller("operator")
        kind = {"wms": "WAREHOUSE", "pos": "STORE", "erp": "WAREHOUSE", "atlas": "SUPPLIER"}[source]
        sku, location = sku_stocked(operator, kind=kind, source=None if source == "erp" else source)
        demo.kill(source)
        eventually(lambda: health(demo, source) == "DOWN", within_s=90)
        seen = operator.data(AVAILABILITY, skus=[sku])["availability"][0]
        assert seen["quantity"] > 0
        nodes = operator.data(STOCK, sku=sku)["product"]["stock"]["nodes"]
        row = next(row for row in nodes if row["location"]["code"] == location)
        assert row["asOf"]
        assert row["freshness"] == ("FRESH" if source == "erp" else "DOWN")
        placed = place(demo.caller("storefront"), [{"method": "SHIP", "address": PARIS, "lines": [{"sku": sku, "quantity": 1}]}])
        log = demo.log.read_text()
        assert log.count('"source_lost"') == 1
        if source == "erp":
            number = placed["order"]["number"]
            handed_over(demo, number, {owner(demo, sku, number)})


def owner(demo: Demo, sku: str, number: str) -> str:
    """Return the system of the place that sends an order's one line."""
    operator = demo.caller("operator")
    (work,) = order(operator, number)["fulfillments"]
    found: str = next(row["source"]["code"] for row in rows(operator, sku) if row["location"]["code"] == work["location"]["code"])
    return found


def test_ctrl_c_ends_every_process_that_the_demo_started(tmp_path: Path) -> None:
    with running(tmp_path, "--skus", "20", "--stores", "2") as demo:
        pids = [source["pid"] for source in demo.sources.values()]
    assert demo.process.returncode == 0
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [pid for pid in pids if alive(pid)] == []


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_started_again_it_finds_its_data(tmp_path: Path) -> None:
    size = ("--skus", "20", "--stores", "2", "--speed", "20")
    with running(tmp_path, *size) as demo:
        operator = demo.caller("operator")
        sku, _ = sku_stocked(operator, kind="WAREHOUSE")
        number = place(demo.caller("storefront"), [{"method": "SHIP", "address": PARIS, "lines": [{"sku": sku, "quantity": 1}]}])["order"][
            "number"
        ]
        handed_over(demo, number, {"erp"})
    with running(tmp_path, *size) as demo:
        found = handed_over(demo, number, {"erp", owner(demo, sku, number)})
        assert found["number"] == number
