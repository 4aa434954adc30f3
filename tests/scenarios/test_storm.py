"""Many buyers while everything fails: nothing is sold twice, ordered twice, lost or stuck."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.demo import Demo, eventually, restarted, running
from tests.support.shopping import SUPPLIERS, Shopping, fired, seed

pytestmark = pytest.mark.scenario
FAULTS = {"lost_answer_rate": 0.3, "error_rate": 0.2, "latency_ms": [0, 200]}
BUYERS = int(os.environ.get("CHAOS_BUYERS", "60"))
"""More of them for a longer storm."""
STRIKES = 15
"""Of each kind of fault, that prove a storm."""


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with running(tmp_path, "--skus", "30", "--stores", "3", "--speed", "30") as started:
        yield started


def test_what_was_placed_in_a_storm_is_taken_once_by_everyone_and_every_unit_is_accounted_for(demo: Demo) -> None:
    shopping, systems = Shopping(demo, seed()), tuple(demo.sources)
    shopping.look_around()
    for code in systems:
        demo.control(code, "faults", FAULTS)
    shopping.shop(0, BUYERS // 3)
    demo.kill("wms")
    demo.kill("pos")
    shopping.shop(BUYERS // 3, 2 * BUYERS // 3)
    with restarted(demo, "wms"), restarted(demo, "pos"):
        for code in ("wms", "pos"):
            demo.control(code, "faults", FAULTS)
        shopping.shop(2 * BUYERS // 3, BUYERS)
        eventually(lambda: min(struck(demo)[kind] for kind in ("lost_answer", "error", "latency")) >= STRIKES, every_s=1)
        for code in systems:
            demo.control(code, "faults", {})
        assert not shopping.wrong
        assert shopping.told["PLACED"] == len(shopping.numbers) > BUYERS // 2
        eventually(lambda: not shopping.open_messages(), within_s=60, every_s=2)
        check_effects(shopping)
        check_units(shopping)
        eventually(lambda: not unlike(shopping), within_s=30, every_s=2)
    assert not [word for word in ("Camille", "Rivoli") if word in demo.log.read_text(errors="replace")]


def struck(demo: Demo) -> Counter[str]:
    """Return how often each kind of fault has struck at all systems together, since they were asked for or started."""
    return sum((Counter(fired(demo, code)) for code in demo.sources), Counter[str]())


def check_effects(shopping: Shopping) -> None:
    """Assert that each order and each work is at its system once; where nobody can be asked, at most once."""
    taken = shopping.effects()
    for number, order in shopping.orders().items():
        assert taken["erp"][number] == 1
        for work in order["fulfillments"]:
            at = {code: times[work["number"]] for code, times in taken.items() if times[work["number"]]}
            doubtful = work["location"]["code"] in SUPPLIERS
            assert set(at.values()) == {1} or (doubtful and not at), (work, at)


def check_units(shopping: Shopping) -> None:
    for order in shopping.orders().values():
        for line in order["lines"]:
            assert sum(units["quantity"] for units in line["units"]) == line["quantity"]


def unlike(shopping: Shopping) -> list[object]:
    """Return the positions that the graph shows otherwise than owner and orders know them, owes units of, or still holds for nobody."""
    owed = shopping.units_at_work()
    return [
        (sku, place, row, true, owed[sku, place])
        for sku, place, row, true in shopping.figures()
        if row["available"] < 0
        or row["shortfall"]
        or row["reserved"]
        or (row["onHand"] is not None and (row["onHand"], row["allocated"]) != (true, owed[sku, place]))
    ]
