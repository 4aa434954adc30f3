"""Two suppliers whose EDI is like nobody else's, by their profiles alone: stock, orders, answers, despatches, silence and cancellation."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.edi.envelopes import read
from tests.support.chaos import CANCEL
from tests.support.demo import eventually
from tests.support.edi_retailer import LAMP, STOOL, a_moment_later
from tests.support.odd_partners import NETWORK, OddShop, odd_shop
from tests.support.stories import PARIS, available_at, key, order, place, rows

pytestmark = pytest.mark.scenario
ADDRESS = {**PARIS, "name": "Zo\xe9 ^ Ni\xf1o ~ C\xf4te"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OddShop]:
    with odd_shop(tmp_path_factory.mktemp("odd")) as running:
        yield running


def free(shop: OddShop, sku: str, location: str, units: int) -> None:
    operator = shop.demo.caller("operator")
    eventually(lambda: bool(rows(operator, sku)) and available_at(operator, sku, location) == units)


def bought(shop: OddShop, sku: str, units: int) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": units}]
    found: dict[str, Any] = place(shop.demo.caller("storefront"), [{"method": "SHIP", "address": ADDRESS, "lines": lines}])["order"]
    return found


def whole(shop: OddShop, placed: dict[str, Any]) -> dict[str, Any]:
    return order(shop.demo.caller("operator"), placed["number"])


def state(shop: OddShop, placed: dict[str, Any]) -> str:
    return str(whole(shop, placed)["fulfillments"][0]["state"])


def listed(shop: OddShop) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "gateway", "edi", "list", "--network", str(NETWORK), "--json"]
    done = subprocess.run(command, env=shop.environment, capture_output=True, check=True)  # noqa: S603 - ours
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


def test_edifact_with_signs_places_and_words_of_its_own(shop: OddShop) -> None:
    free(shop, "LAMP", "cigale", 12)
    placed = bought(shop, "LAMP", 2)
    work = placed["fulfillments"][0]["number"]
    sent = shop.cigale.message(work, "ORDERS")
    (text,) = shop.cigale.texts(work)
    assert text.startswith("UNA|^")
    assert "~\r\nUNB^UNOC|3^BIZARRE^CIGALE-SARL^" in text
    named = next(one for one in sent.body if one.tag == "NAD")
    assert (named.at(4), [one.at(1, 2) for one in sent.body if one.tag == "QTY"]) == (ADDRESS["name"], ["2"])
    shop.cigale.answer(work, LAMP, 2, "OUI")
    eventually(lambda: state(shop, placed) == "ACCEPTED")
    shop.cigale.despatch(work, LAMP, 2)
    eventually(lambda: state(shop, placed) == "SHIPPED")
    (parcel,) = whole(shop, placed)["fulfillments"][0]["parcels"]
    assert (parcel["number"], parcel["trackingNumber"]) == ("P-1", "CIG-77")
    a_moment_later()
    a_moment_later()
    shop.cigale.report(LAMP, 10, broken=0)
    free(shop, "LAMP", "cigale", 10)
    assert listed(shop) == []


def test_edifact_that_says_no_in_its_own_word(shop: OddShop) -> None:
    placed = bought(shop, "LAMP", 1)
    work = placed["fulfillments"][0]["number"]
    shop.cigale.message(work, "ORDERS")
    shop.cigale.answer(work, LAMP, 1, "NON")
    eventually(lambda: state(shop, placed) == "REJECTED")
    assert [one["code"] for one in eventually(lambda: whole(shop, placed)["attention"])] == ["UNSOURCED"]


def test_x12_by_lines_that_keeps_silent_calls_a_person_until_it_says_that_it_could_read(shop: OddShop) -> None:
    free(shop, "STOOL", "tramontane", 6)
    placed = bought(shop, "STOOL", 2)
    work = placed["fulfillments"][0]["number"]
    shop.tramontane.message(work, "850")
    (interchange,) = read(shop.tramontane.texts(work)[0]).interchanges
    assert (interchange.separators.element, interchange.version, interchange.receiver) == ("|", "00501", ("TRAMONTANE", "12"))
    assert [one["code"] for one in eventually(lambda: whole(shop, placed)["attention"])] == ["HAND_OVER_UNKNOWN"]
    assert [(one["verdict"], one["file"].startswith(work)) for one in listed(shop)] == [("UNREAD", True)]
    shop.tramontane.acknowledge(interchange.groups[0].control, "A")
    eventually(lambda: whole(shop, placed)["attention"] == [])
    assert (listed(shop), state(shop, placed)) == ([], "OFFERED")
    shop.tramontane.answer(work, STOOL, 2)
    eventually(lambda: state(shop, placed) == "ACCEPTED")
    shop.tramontane.despatch(work, STOOL, 2)
    eventually(lambda: state(shop, placed) == "SHIPPED")
    assert whole(shop, placed)["fulfillments"][0]["parcels"][0]["trackingNumber"] == "TRA-9"


@pytest.mark.parametrize(("code", "ends", "calls"), [("RJ", "ACCEPTED", ["CANCELLATION_REFUSED"]), ("AT", "CANCELED", [])])
def test_a_cancellation_goes_out_as_860_and_comes_back_as_865(shop: OddShop, code: str, ends: str, calls: list[str]) -> None:
    placed = bought(shop, "STOOL", 1)
    work = placed["fulfillments"][0]["number"]
    shop.tramontane.message(work, "850")
    shop.tramontane.answer(work, STOOL, 1)
    eventually(lambda: state(shop, placed) == "ACCEPTED")
    wanted = {"idempotencyKey": key(), "order": {"number": placed["number"]}, "reason": "CUSTOMER"}
    assert shop.demo.caller("operator").data(CANCEL, input=wanted)["cancelOrder"]["userErrors"] == []
    shop.tramontane.message(work, "860")
    assert state(shop, placed) == "ACCEPTED"
    shop.tramontane.let_go(work, code)
    eventually(lambda: state(shop, placed) == ends and [one["code"] for one in whole(shop, placed)["attention"]] == calls)


def test_a_supplier_that_takes_no_cancellation_keeps_the_order_and_a_person_is_told(shop: OddShop) -> None:
    placed = bought(shop, "LAMP", 1)
    work = placed["fulfillments"][0]["number"]
    shop.cigale.message(work, "ORDERS")
    shop.cigale.answer(work, LAMP, 1, "OUI")
    eventually(lambda: state(shop, placed) == "ACCEPTED")
    wanted = {"idempotencyKey": key(), "order": {"number": placed["number"]}, "reason": "CUSTOMER"}
    shop.demo.caller("operator").data(CANCEL, input=wanted)
    told = eventually(lambda: [one["code"] for one in whole(shop, placed)["attention"]])
    assert (told, state(shop, placed), len(shop.cigale.texts(work))) == (["CANCELLATION_REFUSED"], "ACCEPTED", 1)
