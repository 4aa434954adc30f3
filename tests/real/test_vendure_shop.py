"""The main job through a real Vendure: availability, promise, order, the order there, shipped there, seen here, stock agreed."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.demo import eventually
from tests.support.operations import AVAILABILITY, SOURCES
from tests.support.stories import PARIS, handed_over, option, order, place, rows
from tests.support.vendure import ARTICLES, CORNER, DEFAULT_PLACE, UNITS, NotHere
from tests.support.vendure_shop import VendureShop, vendure_shop

pytestmark = [pytest.mark.real, pytest.mark.scenario]
NEAR_PARIS = {"countryCode": "FR", "postalCode": "75004"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VendureShop]:
    try:
        with vendure_shop(tmp_path_factory.mktemp("vendure-shop")) as started:
            yield started
    except NotHere as why:
        pytest.skip(f"no Vendure here: {why}")


def free(shop: VendureShop, sku: str) -> int:
    """Return what a shopper can order of an article."""
    told: int = shop.gateway.caller("storefront").data(AVAILABILITY, skus=[sku])["availability"][0]["quantity"]
    return told


def sellable(shop: VendureShop, sku: str) -> dict[str, int]:
    return {row["location"]["code"]: row["available"] for row in rows(shop.gateway.caller("operator"), sku)}


def placed(shop: VendureShop, sku: str, units: int) -> dict[str, Any]:
    """Order what was promised; return the order as it was placed, all of it one work."""
    shopper, lines = shop.gateway.caller("storefront"), [{"sku": sku, "quantity": units}]
    chosen = option(shopper, "SHIP", sku, units, destination=NEAR_PARIS)
    found: dict[str, Any] = place(shopper, [{"promiseToken": chosen["token"], "address": PARIS, "lines": lines}])["order"]
    assert [work["location"]["code"] for work in found["fulfillments"]] == [chosen["shipments"][0]["from"]["code"]]
    return found


def work_of(found: dict[str, Any]) -> str:
    return str(found["fulfillments"][0]["number"])


def state(shop: VendureShop, found: dict[str, Any]) -> str:
    return str(order(shop.gateway.caller("operator"), found["number"])["fulfillments"][0]["state"])


def test_its_articles_and_shelves_are_taken_in(shop: VendureShop) -> None:
    (told,) = shop.gateway.caller("operator").data(SOURCES)["sources"]
    feeds = {feed["name"]: (feed["rows"], feed["rejectedRows"]) for feed in told["feeds"]}
    assert (told["health"], feeds["catalogue"], feeds["stock"]) == ("UP", (ARTICLES, 0), (2 * ARTICLES, 0))
    assert sellable(shop, "V-03") == {DEFAULT_PLACE: UNITS + 3, CORNER: 3}


def test_an_order_is_promised_placed_there_once_shipped_there_and_agreed_here(shop: VendureShop) -> None:
    before = free(shop, "V-07")
    found = placed(shop, "V-07", 2)
    assert free(shop, "V-07") == before - 2
    handed_over(shop.gateway, found["number"], {"vendure"})
    (there,) = shop.vendure.orders(work_of(found))
    assert (there["state"], there["totalQuantity"]) == ("PaymentSettled", 2)
    eventually(lambda: state(shop, found) == "ACCEPTED")
    assert sum(allocated for _, allocated in shop.vendure.figures("V-07").values()) == 2
    eventually(lambda: sum(sellable(shop, "V-07").values()) == 2 * 7 + UNITS - 2)
    assert free(shop, "V-07") == before - 2
    shop.vendure.ship(work_of(found), "6A0007")
    eventually(lambda: state(shop, found) == "SHIPPED")
    now = order(shop.gateway.caller("operator"), found["number"])
    assert [parcel["trackingNumber"] for parcel in now["fulfillments"][0]["parcels"]] == ["6A0007"]
    assert {"FULFILLMENT_ACCEPTED", "FULFILLMENT_SHIPPED"} <= {event["type"] for event in now["history"]["nodes"]}
    assert sum(lies - allocated for lies, allocated in shop.vendure.figures("V-07").values()) == 2 * 7 + UNITS - 2
    eventually(lambda: free(shop, "V-07") == before - 2)
    assert now["attention"] == []


@pytest.mark.parametrize(("word", "sku"), [(b"addManualPaymentToOrder", "V-08"), (b"createDraftOrder", "V-09")])
def test_an_order_whose_answer_is_lost_after_its_effect_is_placed_once(shop: VendureShop, word: bytes, sku: str) -> None:
    before, lost = free(shop, sku), shop.wire.lost
    shop.wire.lose(1, word)
    found = placed(shop, sku, 1)
    eventually(lambda: shop.wire.lost == lost + 1)
    handed_over(shop.gateway, found["number"], {"vendure"})
    assert [(one["state"], one["totalQuantity"]) for one in shop.vendure.orders(work_of(found))] == [("PaymentSettled", 1)]
    assert sum(allocated for _, allocated in shop.vendure.figures(sku).values()) == 1
    eventually(lambda: state(shop, found) == "ACCEPTED")
    eventually(lambda: free(shop, sku) == before - 1)
