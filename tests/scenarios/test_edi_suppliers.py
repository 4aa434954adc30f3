"""Suppliers by EDI over SFTP through the whole job: reported, ordered, answered, despatched, with the mailbox dying in the middle of it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.demo import eventually
from tests.support.edi_retailer import CHAIR, LAMP, NETWORK, STOOL, EdiShop, a_moment_later, edi_shop, paris, reference
from tests.support.operations import SOURCES
from tests.support.stories import PARIS, available_at, handed_over, order, place, rows

pytestmark = pytest.mark.scenario
REPORTS = 3
"""Two that are surely later than an order's acceptance count it; one of the same second may be earlier."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdiShop]:
    with edi_shop(tmp_path_factory.mktemp("edi")) as running:
        yield running


def stocked(shop: EdiShop, sku: str, location: str, units: int) -> None:
    """Wait until so many can be sold there."""
    operator = shop.demo.caller("operator")
    eventually(lambda: bool(rows(operator, sku)) and available_at(operator, sku, location) == units)


def bought(shop: EdiShop, sku: str, units: int) -> str:
    """Place an order and return its number."""
    placed = place(shop.demo.caller("storefront"), [{"method": "SHIP", "address": PARIS, "lines": [{"sku": sku, "quantity": units}]}])
    return str(placed["order"]["number"])


def state(shop: EdiShop, number: str) -> str:
    return str(order(shop.demo.caller("operator"), number)["fulfillments"][0]["state"])


def test_an_order_goes_to_a_supplier_in_edifact_and_comes_back_as_shipped(shop: EdiShop) -> None:
    stocked(shop, "LAMP", "atlas", 12)
    number = bought(shop, "LAMP", 2)
    sent = shop.atlas.order(number)
    assert [(one.at(3), one.at(1)) for one in sent.body if one.tag == "LIN"] == [(LAMP, "1")]
    assert [one.at(1, 2) for one in sent.body if one.tag == "QTY"] == ["2"]
    assert available_at(shop.demo.caller("operator"), "LAMP", "atlas") == 10
    told = handed_over(shop.demo, number, {"atlas"})
    assert [message["reference"].startswith(reference(sent)) for message in told["handOvers"]] == [True]
    assert state(shop, number) == "OFFERED"
    shop.atlas.answer(sent, "5", LAMP, 2)
    eventually(lambda: state(shop, number) == "ACCEPTED")
    shop.atlas.despatch(sent, LAMP, 2)
    eventually(lambda: state(shop, number) == "SHIPPED")
    (work,) = order(shop.demo.caller("operator"), number)["fulfillments"]
    assert [parcel["trackingNumber"] for parcel in work["parcels"]] == ["6A0042"]
    for _ in range(REPORTS):
        a_moment_later()
        shop.atlas.report({LAMP: 10, STOOL: 3})
        eventually(lambda: shop.atlas.lying("in") == [])
    stocked(shop, "LAMP", "atlas", 10)
    assert shop.atlas.orders_of(number) == 1


def test_an_order_goes_to_a_supplier_in_x12_whose_rest_comes_later(shop: EdiShop) -> None:
    stocked(shop, "CHAIR", "borealis", 8)
    number = bought(shop, "CHAIR", 2)
    sent = shop.borealis.order(number)
    line = next(one for one in sent.body if one.tag == "PO1")
    assert [line.at(n) for n in (2, 6, 7)] == ["2", "EN", CHAIR]
    later = paris() + timedelta(days=20)
    shop.borealis.answer(sent, CHAIR, "ACK*IA*1*EA", f"ACK*IB*1*EA*068*{later:%Y%m%d}")
    found = eventually(lambda: [event["type"] for event in history(shop, number) if event["type"] == "PROMISE_MOVED"])
    assert found == ["PROMISE_MOVED"]
    shop.borealis.despatch(sent, CHAIR, 2)
    eventually(lambda: state(shop, number) == "SHIPPED")
    assert shop.borealis.orders_of(number) == 1


def history(shop: EdiShop, number: str) -> list[dict[str, str]]:
    nodes: list[dict[str, str]] = order(shop.demo.caller("operator"), number)["history"]["nodes"]
    return nodes


def test_a_refused_line_looks_for_another_place_and_calls_a_person_where_there_is_none(shop: EdiShop) -> None:
    stocked(shop, "STOOL", "atlas", 3)
    number = bought(shop, "STOOL", 1)
    shop.atlas.answer(shop.atlas.order(number), "7", STOOL, 1)
    eventually(lambda: state(shop, number) == "REJECTED")
    eventually(lambda: order(shop.demo.caller("operator"), number)["attention"])


def test_a_mailbox_that_dies_holds_orders_back_and_loses_none(shop: EdiShop) -> None:
    operator = shop.demo.caller("operator")
    stocked(shop, "CHAIR", "borealis", 6)
    shop.server.kill()
    number = bought(shop, "CHAIR", 1)
    eventually(lambda: [row for row in operator.data(SOURCES)["sources"] if row["code"] == "borealis" and row["health"] == "DOWN"])
    eventually(lambda: any(message["lastError"] for message in order(operator, number)["handOvers"]))
    assert shop.borealis.orders_of(number) == 0
    shop.server.start()
    sent = shop.borealis.order(number)
    shop.borealis.despatch(sent, CHAIR, 1)
    eventually(lambda: state(shop, number) == "SHIPPED")
    assert shop.borealis.orders_of(number) == 1


def test_an_order_whose_answer_is_lost_after_its_effect_is_asked_after_and_never_sent_twice(shop: EdiShop) -> None:
    stocked(shop, "LAMP", "atlas", 10)
    lost = shop.server.faults.lost
    shop.server.faults.lose_renames = 1
    number = bought(shop, "LAMP", 1)
    sent = shop.atlas.order(number)
    eventually(lambda: shop.server.faults.lost == lost + 1)
    told = handed_over(shop.demo, number, {"atlas"})
    assert [(message["state"], message["reference"].startswith(reference(sent))) for message in told["handOvers"]] == [
        ("ACKNOWLEDGED", True)
    ]
    shop.atlas.answer(sent, "5", LAMP, 1)
    shop.atlas.despatch(sent, LAMP, 1)
    eventually(lambda: state(shop, number) == "SHIPPED")
    assert shop.atlas.orders_of(number) == 1


def test_a_broken_report_changes_nothing_is_listed_and_taken_once_it_is_overlooked(shop: EdiShop) -> None:
    before = {row["location"]["code"]: row["available"] for row in rows(shop.demo.caller("operator"), "CHAIR")}
    a_moment_later()
    shop.borealis.put(shop.borealis.inventory({CHAIR: 3}).replace("SE*5*", "SE*9*"), "wrong.edi")
    shop.borealis.put(shop.borealis.inventory({CHAIR: 3})[:-30], "cut.edi")
    eventually(lambda: len(shop.borealis.lying("rejected")) == 2)
    assert {row["location"]["code"]: row["available"] for row in rows(shop.demo.caller("operator"), "CHAIR")} == before
    listed = {one["cameAs"]: one for one in json.loads(command(shop, "list", "--json"))}
    assert listed["wrong.edi"]["faults"][0]["reason"] == "says 9, there are 5 segments from ST to SE"
    assert any("is missing" in one["reason"] or "breaks off" in one["reason"] for one in listed["cut.edi"]["faults"])
    assert "1 taken" in command(shop, "replay", listed["wrong.edi"]["file"], "--overlook")
    eventually(lambda: stated(shop, "CHAIR") == 3)


def stated(shop: EdiShop, sku: str) -> int:
    """Return the supplier's own figure: what can be sold, with what is still promised of it."""
    (row,) = rows(shop.demo.caller("operator"), sku)
    return int(row["available"]) + int(row["allocated"])


def command(shop: EdiShop, verb: str, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "gateway", "edi", verb, "--network", str(NETWORK), "--source", "borealis", *arguments],
        env=shop.environment,
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
