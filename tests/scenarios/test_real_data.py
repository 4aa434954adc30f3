"""The whole job on real files: shops, products and postcodes through the file adapter, the sandbox's ERP taking the orders."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo import Caller, Demo, eventually
from tests.support.operations import AVAILABILITY, RESERVE, SOURCES, TRACK
from tests.support.real_retailer import ABSENT, PRODUCTS, accepted, real_retailer, written_anew
from tests.support.stories import do, handed_over, key, on_hand_at, option, order, place, rows

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.data,
    pytest.mark.skipif(not PRODUCTS.is_file(), reason=ABSENT),
]
LYON = {"name": "Camille Martin", "line1": "20 place Bellecour", "postalCode": "69002", "city": "Lyon", "countryCode": "FR"}
NEAR_LYON = {"countryCode": "FR", "postalCode": "69002"}
DEPOT, SHOP = "orleans", "lyon-grand-parilly"
NEAREST = """query($near: NearInput!, $stocking: [String!]) {
  locations(first: 3, near: $near, filter: {kinds: [STORE], stocking: $stocking}) { nodes { code name address { postalCode } } } }"""
BROWSE = """{ products(first: 20, filter: {inStock: true}) { totalCount nodes { sku gtin name brand weightGrams imageUrl
  price { amount currency } } } }"""
Folder = Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return tmp_path_factory.mktemp("real")


@pytest.fixture(scope="module")
def retailer(folder: Folder) -> Iterator[Demo]:
    with real_retailer(folder) as running:
        yield running


def stocked(caller: Caller, location: str, at_least: int = 4, skip: int = 0) -> str:
    """Return a sku that a place has enough of, beside the first `skip` of them."""
    nodes = caller.data(BROWSE)["products"]["nodes"]
    has = [
        product["sku"]
        for product in nodes
        if any(row["location"]["code"] == location and row["available"] >= at_least for row in rows(caller, product["sku"]))
    ]
    return str(has[skip])


def shown(caller: Caller, sku: str) -> dict[str, Any]:
    found: dict[str, Any] = caller.data(AVAILABILITY, skus=[sku])["availability"][0]
    return found


def test_the_recipe_takes_in_every_usable_row_and_names_the_others(retailer: Demo, folder: Folder) -> None:
    told = {row["code"]: row for row in retailer.caller("operator").data(SOURCES)["sources"]}
    feeds = {feed["name"]: (feed["rows"], feed["rejectedRows"], feed["freshness"]) for feed in told["files"]["feeds"]}
    assert feeds == {
        "catalogue": (1245, 32, "FRESH"),
        "locations": (35, 0, "FRESH"),
        "stock": (42455, 0, "FRESH"),
        "inbound": feeds["inbound"],
    }
    assert {code: row["health"] for code, row in told.items()} == {"files": "UP", "erp": "UP"}
    assert "'15274530' is no GTIN" in (folder / "sync.txt").read_text(encoding="utf-8")
    browsed = retailer.caller("storefront").data(BROWSE)["products"]
    assert browsed["totalCount"] == 1213
    assert all(node["sku"] == node["gtin"] and node["price"]["currency"] == "EUR" for node in browsed["nodes"])


def test_an_order_to_lyon_is_shipped_from_where_its_promise_says_and_that_stock_falls_with_the_next_files(
    retailer: Demo, folder: Folder
) -> None:
    shopper, operator = (retailer.caller(kind) for kind in ("storefront", "operator"))
    sku = stocked(operator, DEPOT)
    seen = shown(shopper, sku)
    chosen = option(shopper, "SHIP", sku, 2, destination=NEAR_LYON)
    (origin,) = (shipment["from"]["code"] for shipment in chosen["shipments"])
    before = on_hand_at(operator, sku, origin)
    lines = [{"sku": sku, "quantity": 2}]
    held = shopper.data(RESERVE, input={"idempotencyKey": key(), "lines": lines, "promiseTokens": [chosen["token"]]})["reserveStock"]
    assert held["userErrors"] == []
    assert shown(shopper, sku)["quantity"] == seen["quantity"] - 2
    groups = [{"promiseToken": chosen["token"], "address": LYON, "lines": lines}]
    placed = place(shopper, groups, reservationId=held["reservation"]["id"])
    number, work = placed["order"]["number"], placed["order"]["fulfillments"][0]
    assert (placed["order"]["status"], work["location"]["code"]) == ("ROUTED", origin)
    handed_over(retailer, number, {"erp"})
    assert [one["lines"] for one in accepted(retailer, number)] == [[{"sku": sku, "quantity": 2}]]
    shipped = worked(operator, number, work["id"])
    assert (shipped["state"], order(operator, number)["status"]) == ("SHIPPED", "IN_FULFILLMENT")
    delivered = do(operator, "reportDelivery", work["id"], outcome="DELIVERED")
    assert (delivered["state"], order(operator, number)["status"]) == ("DELIVERED", "FULFILLED")
    assert shown(shopper, sku)["quantity"] == seen["quantity"] - 2
    stock_told(folder, {(origin, sku): before - 2})
    eventually(lambda: on_hand_at(operator, sku, origin) == before - 2)
    stock_told(folder, {})
    eventually(lambda: shown(shopper, sku)["quantity"] == seen["quantity"] - 2)
    assert "FULFILLMENT_SHIPPED" in history(shopper, placed)


def test_an_order_that_a_shop_ships_is_worked_by_its_staff(retailer: Demo) -> None:
    staff, operator = retailer.caller("clienteling"), retailer.caller("operator")
    sku = stocked(operator, SHOP)
    lines = [{"sku": sku, "quantity": 1}]
    held = staff.data(RESERVE, input={"idempotencyKey": key(), "lines": [{**lines[0], "locationCode": SHOP}]})["reserveStock"]
    placed = place(staff, [{"method": "SHIP", "address": LYON, "lines": lines}], reservationId=held["reservation"]["id"])
    number, work = placed["order"]["number"], placed["order"]["fulfillments"][0]
    assert work["location"]["code"] == SHOP
    worked(staff, number, work["id"])
    delivered = do(staff, "reportDelivery", work["id"], outcome="DELIVERED")
    assert (delivered["state"], delivered["order"]["status"]) == ("DELIVERED", "FULFILLED")


def test_a_click_and_collect_order_is_collected_at_the_shop_nearest_to_the_postcode(retailer: Demo) -> None:
    shopper, staff, operator = (retailer.caller(kind) for kind in ("storefront", "clienteling", "operator"))
    sku = stocked(operator, SHOP, skip=1)
    near = shopper.data(NEAREST, near={"postalCode": NEAR_LYON}, stocking=[sku])["locations"]["nodes"]
    assert (near[0]["code"], near[0]["address"]["postalCode"][:2]) == (SHOP, "69")
    chosen = option(shopper, "PICKUP", sku, 1, destination=NEAR_LYON)
    assert chosen["pickupLocation"]["code"] == SHOP
    placed = place(shopper, [{"promiseToken": chosen["token"], "pickupLocationCode": SHOP, "lines": [{"sku": sku, "quantity": 1}]}])
    number, work = placed["order"]["number"], placed["order"]["fulfillments"][0]
    assert (work["task"], work["location"]["code"]) == ("HAND_OVER", SHOP)
    handed_over(retailer, number, {"erp"})
    for verb in ("acceptFulfillment", "pickFulfillment", "markReadyForPickup"):
        do(staff, verb, work["id"])
    own = shopper.data(TRACK, number=number, secret=placed["accessSecret"])["order"]
    collected = do(staff, "collectFulfillment", work["id"], pickupCode=own["deliveryGroups"][0]["fulfillments"][0]["pickupCode"])
    assert (collected["state"], order(operator, number)["status"]) == ("COLLECTED", "FULFILLED")


def test_work_that_no_system_takes_leaves_no_message_behind(retailer: Demo) -> None:
    operator = retailer.caller("operator")

    def unsent() -> set[tuple[int, int, int]]:
        told = operator.data(SOURCES)["sources"]
        return {(row["waitingHandOvers"], row["deadHandOvers"], row["parkedHandOvers"]) for row in told}

    eventually(lambda: unsent() == {(0, 0, 0)})


def test_an_unchanged_file_is_not_told_as_fresher_than_it_is(retailer: Demo, folder: Folder) -> None:
    operator = retailer.caller("operator")
    sku = stocked(operator, DEPOT, skip=2)
    written_at = datetime.fromtimestamp((folder / "fill" / "stock.csv").stat().st_mtime, UTC)

    def age() -> timedelta:
        return abs(datetime.fromisoformat(shown(operator, sku)["asOf"]) - written_at)

    eventually(lambda: age() < timedelta(milliseconds=1))
    synced = stock_feed(operator)["lastSyncAt"]
    eventually(lambda: stock_feed(operator)["lastSyncAt"] > synced)
    assert age() < timedelta(milliseconds=1)


def test_a_changed_price_list_is_taken_in_though_the_products_are_the_same(retailer: Demo, folder: Folder) -> None:
    shopper = retailer.caller("storefront")
    sku = shopper.data(BROWSE)["products"]["nodes"][0]["sku"]
    path = folder / "fill" / "prices.csv"
    written_anew(path, changed(path, lambda row: {**row, "price": "12.34", "compare_at": ""} if row["product"] == sku else row).encode())

    def price() -> str:
        found: str = shopper.data("query($sku: String!) { product(by: {sku: $sku}) { price { amount } } }", sku=sku)["product"]["price"][
            "amount"
        ]
        return found

    eventually(lambda: price() == "12.34")


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (lambda whole: whole[: len(whole) // 2].rpartition(b",")[0], "breaks off within its last line"),
        (lambda whole: b"".join(whole.splitlines(keepends=True)[:9_000]), "has 8999 rows"),
        (lambda whole: whole.replace(b"lille", "Hénin".encode("latin-1"), 1), "is not utf-8"),
    ],
    ids=["broken off within a row", "half of the rows", "another encoding"],
)
def test_a_stock_file_that_cannot_be_whole_zeroes_nothing_and_is_named(
    retailer: Demo, folder: Folder, broken: Callable[[bytes], bytes], told: str
) -> None:
    operator = retailer.caller("operator")
    sku, other = stocked(operator, "lille", skip=1), stocked(operator, "tours", skip=1)
    path = folder / "fill" / "stock.csv"
    whole, written_ns, before = (
        path.read_bytes(),
        path.stat().st_mtime_ns,
        (on_hand_at(operator, sku, "lille"), on_hand_at(operator, other, "tours")),
    )
    try:
        written_anew(path, broken(whole))
        eventually(lambda: told in retailer.log.read_text(encoding="utf-8"))
        assert (on_hand_at(operator, sku, "lille"), on_hand_at(operator, other, "tours")) == before
    finally:
        written_anew(path, whole, written_ns)
    eventually(lambda: is_read_again(retailer))
    eventually(lambda: files(operator)["health"] == "UP")
    assert (on_hand_at(operator, sku, "lille"), on_hand_at(operator, other, "tours")) == before


def is_read_again(retailer: Demo) -> bool:
    """Tell whether every loss has ended: a file that is broken again before that is the same loss, which is told once."""
    log = retailer.log.read_text(encoding="utf-8")
    return log.count("source_recovered") >= log.count("source_lost")


def test_negative_stock_and_a_row_named_twice_are_refused_and_the_rest_is_taken(retailer: Demo, folder: Folder) -> None:
    operator = retailer.caller("operator")
    bad, twice, good = (stocked(operator, "nantes", skip=number) for number in range(3))
    before = {sku: on_hand_at(operator, sku, "nantes") for sku in (bad, twice, good)}
    stock_told(folder, {("nantes", bad): -3, ("nantes", good): before[good] + 7}, extra=f"nantes,{twice},{before[twice] + 50},0\n")
    eventually(lambda: on_hand_at(operator, good, "nantes") == before[good] + 7)
    eventually(lambda: stock_feed(operator)["rejectedRows"] == 2)
    assert (on_hand_at(operator, bad, "nantes"), on_hand_at(operator, twice, "nantes")) == (before[bad], before[twice])
    assert files(operator)["health"] == "UP"
    stock_told(folder, {("nantes", bad): before[bad]})


def worked(worker: Caller, number: str, work: str) -> dict[str, Any]:
    """Accept, pick, pack and ship it as the place's staff."""
    do(worker, "acceptFulfillment", work)
    do(worker, "pickFulfillment", work)
    line = order(worker, number)["fulfillments"][0]["lines"][0]
    packed = [{"weightGrams": 800, "lines": [{"lineId": line["id"], "quantity": line["quantity"]}]}]
    do(worker, "packFulfillment", work, parcels=packed)
    return do(worker, "shipFulfillment", work, parcels=[{"carrierService": "colis/domicile", "trackingNumber": "6A0002"}])


def history(shopper: Caller, placed: dict[str, Any]) -> set[str]:
    own = shopper.data(TRACK, number=placed["order"]["number"], secret=placed["accessSecret"])["order"]
    return {event["type"] for event in own["history"]["nodes"]}


def stock_told(folder: Folder, quantity_by_position: dict[tuple[str, str], int], extra: str = "") -> None:
    """Export the stock anew with other quantities at some positions, and rows added at its end."""
    path = folder / "fill" / "stock.csv"

    def told(row: dict[str, str]) -> dict[str, str]:
        quantity = quantity_by_position.get((row["location"], row["product"]))
        return row if quantity is None else {**row, "quantity": str(quantity), "unavailable": "0"}

    written_anew(path, (changed(path, told) + extra).encode())


def changed(path: Path, change: Callable[[dict[str, str]], dict[str, str]]) -> str:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        out = io.StringIO()
        writer = csv.DictWriter(out, reader.fieldnames or (), lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(change, reader))
    return out.getvalue()


def files(operator: Caller) -> dict[str, Any]:
    return next(row for row in operator.data(SOURCES)["sources"] if row["code"] == "files")


def stock_feed(operator: Caller) -> dict[str, Any]:
    return next(feed for feed in files(operator)["feeds"] if feed["name"] == "stock")
