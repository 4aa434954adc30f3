"""The main job through a real Tryton: availability, promise, order, sale and shipment there, shipped there, seen here, stock agreed."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.demo.tryton.seed import ARTICLES, ROLES, STOCKED, gtin
from gateway.demo.tryton.server import NotToBeHad
from tests.support.chaos import CANCEL
from tests.support.demo import eventually
from tests.support.operations import AVAILABILITY, RESERVE, SOURCES
from tests.support.stories import do, handed_over, key, on_hand_at, option, order, place, rows
from tests.support.tryton.shop import WEAVER, WEAVES, Shop, shop

pytestmark = [pytest.mark.real, pytest.mark.scenario]
LILLE = {"name": "Camille Martin", "line1": "1 rue Nationale", "postalCode": "59000", "city": "Lille", "countryCode": "FR"}
ROLE_OF = {place.code: role.name for role in ROLES.values() if role.name != "erp" for place in role.places}
NEAR_LILLE = {"countryCode": "FR", "postalCode": "59000"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    try:
        with shop(tmp_path_factory.mktemp("tryton-shop")) as started:
            yield started
    except NotToBeHad as error:
        pytest.skip(f"Tryton {error}")


def sku(number: int) -> str:
    return f"A{number:03}"


def placed_at(shop: Shop, number: int, units: int, location: str) -> dict[str, Any]:
    """Hold units at a place and order them; return the order as it was placed."""
    shopper, lines = shop.gateway.caller("storefront"), [{"sku": sku(number), "quantity": units}]
    wanted = {"idempotencyKey": key(), "lines": [{**lines[0], "locationCode": location}]}
    held = shopper.data(RESERVE, input=wanted)["reserveStock"]
    assert held["userErrors"] == []
    placed = place(shopper, [{"method": "SHIP", "address": LILLE, "lines": lines}], reservationId=held["reservation"]["id"])
    found: dict[str, Any] = placed["order"]
    assert [work["location"]["code"] for work in found["fulfillments"]] == [location]
    return found


def work_of(placed: dict[str, Any]) -> str:
    return str(placed["fulfillments"][0]["number"])


def whole(shop: Shop, placed: dict[str, Any]) -> dict[str, Any]:
    return order(shop.gateway.caller("operator"), placed["number"])


def state(shop: Shop, placed: dict[str, Any]) -> str:
    return str(whole(shop, placed)["fulfillments"][0]["state"])


def seen(shop: Shop, number: int, location: str) -> tuple[int, int]:
    """Return what lies at a place and what of it can be sold, as the gateway tells."""
    operator = shop.gateway.caller("operator")
    row = next(row for row in rows(operator, sku(number)) if row["location"]["code"] == location)
    return row["onHand"], row["available"]


def processed(shop: Shop, role: str, reference: str) -> list[str]:
    return [sale["state"] for sale in shop.tryton.sales(role, reference)]


def test_four_databases_are_taken_in_as_one_retailer(running: Shop) -> None:
    operator = running.gateway.caller("operator")
    told = {row["code"]: row for row in operator.data(SOURCES)["sources"]}
    feeds = {(code, feed["name"]): (feed["rows"], feed["rejectedRows"]) for code, row in told.items() for feed in row["feeds"]}
    assert (feeds["erp", "catalogue"], feeds["wms", "locations"], feeds["pos", "locations"]) == ((ARTICLES, 0), (2, 0), (3, 0))
    assert feeds["list", "stock"] == (1, 0)
    assert {row["health"] for row in told.values()} == {"UP"}
    shelves = {row["location"]["code"]: row["available"] for row in rows(operator, sku(1)) if row["available"]}
    assert shelves == {"DC-NORTH": 60, "DC-SOUTH": 25, "S01": 6, "S02": 4, "S03": 3, "SUP": 100}
    nothing = operator.data(AVAILABILITY, skus=[sku(STOCKED + 1)])["availability"][0]
    assert nothing["quantity"] == 0


def test_an_order_is_promised_placed_processed_shipped_there_and_agreed_here(running: Shop) -> None:
    shopper, operator, lines = running.gateway.caller("storefront"), running.gateway.caller("operator"), [{"sku": sku(2), "quantity": 2}]
    before = shopper.data(AVAILABILITY, skus=[sku(2)])["availability"][0]
    assert (before["orderable"], before["status"]) == (True, "IN_STOCK")
    chosen = option(shopper, "SHIP", sku(2), 2, destination=NEAR_LILLE)
    placed = place(shopper, [{"promiseToken": chosen["token"], "address": LILLE, "lines": lines}])["order"]
    number, reference = placed["number"], work_of(placed)
    origin = placed["fulfillments"][0]["location"]["code"]
    assert origin == chosen["shipments"][0]["from"]["code"]
    role = ROLE_OF[origin]
    lay = on_hand_at(operator, sku(2), origin)
    handed_over(running.gateway, number, {"erp", role})
    assert (processed(running, "erp", number), processed(running, role, reference)) == (["processing"], ["processing"])
    running.tryton.ship(role, reference, "assign_try")
    eventually(lambda: state(running, placed) == "ACCEPTED")
    running.tryton.ship(role, reference, "pick", "pack", "ship", "do")
    eventually(lambda: state(running, placed) == "SHIPPED")
    history = {event["type"] for event in order(operator, number)["history"]["nodes"]}
    assert {"FULFILLMENT_ACCEPTED", "FULFILLMENT_SHIPPED"} <= history
    lies = running.tryton.on_hand(role, origin, gtin(2))
    assert lies == lay - 2
    eventually(lambda: seen(running, 2, origin) == (lies, lies))
    assert shopper.data(AVAILABILITY, skus=[sku(2)])["availability"][0]["quantity"] == before["quantity"] - 2


@pytest.mark.parametrize(("button", "number"), [("create", 3), ("manual_shipment", 4)])
def test_a_sale_whose_answer_is_lost_after_its_effect_is_made_once(running: Shop, button: str, number: int) -> None:
    running.wire.lose(1, f"model.sale.sale.{button}".encode())
    lost = running.wire.lost
    placed = placed_at(running, number, 1, "DC-NORTH")
    eventually(lambda: running.wire.lost == lost + 1)
    handed_over(running.gateway, placed["number"], {"erp", "wms"})
    assert processed(running, "wms", work_of(placed)) == ["processing"]
    assert processed(running, "erp", placed["number"]) == ["processing"]


def test_a_tryton_that_is_killed_in_the_middle_of_an_order_has_it_once_when_it_is_back(running: Shop) -> None:
    running.wire.lose(1, b"model.sale.sale.quote")
    lost = running.wire.lost
    placed = placed_at(running, 5, 2, "DC-SOUTH")
    eventually(lambda: running.wire.lost == lost + 1)
    running.tryton.server.kill()
    later = placed_at(running, 6, 1, "DC-SOUTH")
    assert seen(running, 6, "DC-SOUTH") == (25, 24)
    running.tryton.server.start_again()
    for one in (placed, later):
        handed_over(running.gateway, one["number"], {"erp", "wms"})
        assert processed(running, "wms", work_of(one)) == ["processing"]
        assert processed(running, "erp", one["number"]) == ["processing"]
    running.tryton.ship("wms", work_of(placed))
    eventually(lambda: state(running, placed) == "SHIPPED")
    eventually(lambda: seen(running, 5, "DC-SOUTH") == (23, 23))


def test_what_a_shop_sells_at_its_till_is_not_sold_again_before_the_day_is_posted(running: Shop) -> None:
    lay, free = seen(running, 8, "S01")
    sale = running.tryton.sell("S01", gtin(8), 2, posted=False)
    eventually(lambda: seen(running, 8, "S01") == (lay - 2, free - 2))
    running.tryton.post(sale)
    assert running.tryton.on_hand("pos", "S01", gtin(8)) == lay - 2
    eventually(lambda: seen(running, 8, "S01") == (lay - 2, free - 2))


def test_a_supplier_ships_what_it_was_ordered_and_its_figure_counts_it_once(running: Shop) -> None:
    _, free = seen(running, 9, "SUP")
    placed = placed_at(running, 9, 3, "SUP")
    handed_over(running.gateway, placed["number"], {"erp", "sup"})
    eventually(lambda: state(running, placed) == "ACCEPTED")
    eventually(lambda: seen(running, 9, "SUP")[1] == free - 3)
    running.tryton.ship("sup", work_of(placed), "pick", "pack", "ship", "do")
    eventually(lambda: state(running, placed) == "SHIPPED")
    assert running.tryton.on_hand("sup", "SUP", gtin(9)) == free - 3
    eventually(lambda: seen(running, 9, "SUP")[1] == free - 3)


def test_steps_that_a_shop_takes_here_move_its_shipment_there(running: Shop) -> None:
    staff = running.gateway.caller("clienteling")
    placed = placed_at(running, 10, 1, "S02")
    handed_over(running.gateway, placed["number"], {"pos"})
    work = placed["fulfillments"][0]["id"]
    do(staff, "acceptFulfillment", work)
    do(staff, "pickFulfillment", work)
    line = order(running.gateway.caller("operator"), placed["number"])["fulfillments"][0]["lines"][0]["id"]
    do(staff, "packFulfillment", work, parcels=[{"weightGrams": 800, "lines": [{"lineId": line, "quantity": 1}]}])
    do(staff, "shipFulfillment", work, parcels=[{"carrierService": "colis/domicile", "trackingNumber": "6A0001"}])
    eventually(lambda: running.tryton.states("pos", work_of(placed)) == ["done"])
    assert running.tryton.on_hand("pos", "S02", gtin(10)) == 3
    eventually(lambda: seen(running, 10, "S02") == (3, 3))


def test_what_a_warehouse_picks_short_is_sent_from_elsewhere_and_nothing_twice(running: Shop) -> None:
    placed = placed_at(running, 11, 3, "DC-NORTH")
    handed_over(running.gateway, placed["number"], {"erp", "wms"})
    lay = {code: running.tryton.on_hand(role, code, gtin(11)) for code, role in ROLE_OF.items()}
    running.tryton.pick_short("wms", work_of(placed), gtin(11), 2)
    running.tryton.ship("wms", work_of(placed), "pack", "ship", "do")
    found = eventually(
        lambda: (now := whole(running, placed)) and [work["state"] for work in now["fulfillments"]][1:] == ["OFFERED"] and now
    )
    first, rest = found["fulfillments"][0], found["fulfillments"][-1]
    assert [(line["picked"], line["missing"]) for line in first["lines"]] == [(2, 1)]
    elsewhere, reference = rest["location"]["code"], rest["number"]
    assert elsewhere != "DC-NORTH"
    handed_over(running.gateway, placed["number"], {ROLE_OF[elsewhere]})
    eventually(
        lambda: (
            processed(running, ROLE_OF[elsewhere], reference) == ["processing"] and running.tryton.shipments(ROLE_OF[elsewhere], reference)
        )
    )
    assigned = ("pick", "pack", "ship", "do") if elsewhere == "SUP" else ()
    running.tryton.ship(ROLE_OF[elsewhere], reference, *assigned)
    eventually(lambda: whole(running, placed)["fulfillments"][-1]["state"] == "SHIPPED")
    left = {code: lay[code] - running.tryton.on_hand(role, code, gtin(11)) for code, role in ROLE_OF.items()}
    assert {code: units for code, units in left.items() if units} == {"DC-NORTH": 2, elsewhere: 1}
    assert running.tryton.states("wms", work_of(placed)) == ["done"]
    assert len(running.tryton.shipments("wms", work_of(placed))) == 1


def test_an_order_that_is_canceled_is_canceled_in_the_warehouse_and_taken_back_in_the_books(running: Shop) -> None:
    operator, placed = running.gateway.caller("operator"), placed_at(running, 12, 2, "DC-SOUTH")
    handed_over(running.gateway, placed["number"], {"erp", "wms"})
    free = seen(running, 12, "DC-SOUTH")[1]
    wanted = {"idempotencyKey": key(), "order": {"number": placed["number"]}, "reason": "CUSTOMER"}
    assert operator.data(CANCEL, input=wanted)["cancelOrder"]["userErrors"] == []
    eventually(lambda: whole(running, placed)["status"] == "CANCELED")
    assert running.tryton.states("wms", work_of(placed)) == ["cancelled"]
    eventually(lambda: running.tryton.sales("wms", work_of(placed))[0]["shipment_state"] == "none")
    (sale,) = running.tryton.sales("erp", placed["number"])
    eventually(lambda: running.tryton.taken_back("erp", placed["number"]) == [("processing", -sale["total_amount"])])
    eventually(lambda: seen(running, 12, "DC-SOUTH") == (25, free + 2))
    eventually(lambda: all(one["state"] == "ACKNOWLEDGED" for one in whole(running, placed)["handOvers"]))
    assert whole(running, placed)["attention"] == []


def test_what_the_erp_has_its_supplier_send_is_bought_sent_and_seen_as_it_arrives(running: Shop) -> None:
    placed, person = placed_at(running, WEAVES, 2, WEAVER), running.tryton.person("erp")
    handed_over(running.gateway, placed["number"], {"erp"})
    eventually(lambda: state(running, placed) == "ACCEPTED")
    assert (running.tryton.bought(work_of(placed)), processed(running, "erp", placed["number"])) == (["processing"], ["processing"])
    dropped = running.tryton.dropped(work_of(placed))
    person.press("stock.shipment.drop", "ship", *dropped)
    eventually(lambda: state(running, placed) == "SHIPPED")
    person.press("stock.shipment.drop", "do", *dropped)
    eventually(lambda: state(running, placed) == "DELIVERED")
    assert whole(running, placed)["status"] == "FULFILLED"
