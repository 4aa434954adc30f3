"""Delivery promises over the graph: options with tokens that the engine can redeem, and clear refusals of bad questions."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.ids import Rid, sku_and_location
from gateway.domain.location import Address, CarrierPoint
from gateway.domain.network import DeliveryService, Zone
from gateway.domain.promise.points import Points
from gateway.domain.promise.token import verified
from schema.ids import global_id
from tests.domain.retailer import BANDS, BIKE, LYON, PLACES, POST, WEB
from tests.graph.conftest import NETWORK, NOW, OPERATOR, SHIRT, SHOPPER, Asked, Retail, caller
from tests.graph.order_book import HOLD, PROMISE, held, placed

BASKET = """
query($input: DeliveryPromisesInput!) {
  deliveryPromises(input: $input) {
    options {
      token tokenExpiresAt service { code method } earliest latest precision timeZone orderBefore fee { amount currency }
      cost { amount } pickupLocation { code } shipments { from { code } lines { sku quantity } } asOf freshness confidence
    }
    unavailable { method serviceCode reason message skus }
  }
}
"""
LYON_HOME = {"countryCode": "FR", "postalCode": "69003"}


async def basket(ask: Asked, who: Any = SHOPPER, units: int = 1, sku: str = SHIRT, **more: Any) -> Any:
    asked = {"lines": [{"sku": sku, "quantity": units}], "destination": LYON_HOME, **more}
    return (await ask(BASKET, who, input=asked))["deliveryPromises"]


async def test_a_basket_is_quoted_with_tokens_of_the_plans_they_name(ask: Asked) -> None:
    quoted = await basket(ask)
    methods = [option["service"]["method"] for option in quoted["options"]]
    assert sorted(set(methods)) == ["COURIER", "PICKUP", "RESERVE_IN_STORE", "SHIP", "SHIP_TO_STORE"]
    ship = next(option for option in quoted["options"] if option["service"]["method"] == "SHIP")
    assert ship["fee"] == {"amount": "4.90", "currency": "EUR"}
    assert (ship["precision"], ship["timeZone"], ship["freshness"], ship["cost"], ship["confidence"]) == (
        "DAY",
        "Europe/Paris",
        "FRESH",
        None,
        None,
    )
    token = verified(ship["token"], (b"t" * 32,), "web", NOW)  # type: ignore[arg-type]
    assert (token.service, token.postal_code, [line.sku for line in token.lines]) == ("standard", "69003", [SHIRT])
    assert [shipment.location for shipment in token.shipments] == [shipment["from"]["code"] for shipment in ship["shipments"]]


@pytest.mark.parametrize(
    ("country", "postal_code", "time_zone"),
    [
        ("GB", "SW1A 1AA", "Europe/London"),
        ("US", "96813", "Pacific/Honolulu"),
        ("US", "90210", "Europe/Paris"),
        ("RE", "97400", "Indian/Reunion"),
    ],
)
async def test_whole_days_are_those_of_the_destination(ask: Asked, retail: Retail, country: str, postal_code: str, time_zone: str) -> None:
    """By the carrier's word for a zone, else by the country's only time, else by the channel's."""
    zones = [Zone(code, transit_days=(3, 3), bands=BANDS) for code in ("GB", "US", "RE")]
    islands = Zone("US", ("967", "968"), (5, 5), bands=BANDS, time_zone="Pacific/Honolulu")
    parcel, *others = POST.services
    post = replace(POST, services=(replace(parcel, zones=(*parcel.zones, *zones, islands)), *others))
    retail.network = replace(NETWORK, carriers=(post, BIKE))
    (option,) = (await basket(ask, destination={"countryCode": country, "postalCode": postal_code}, methods=["SHIP"]))["options"]
    first, last = (datetime.fromisoformat(option[end]).astimezone(ZoneInfo(time_zone)) for end in ("earliest", "latest"))
    assert (option["timeZone"], f"{first:%X}", f"{last:%X}") == (time_zone, "00:00:00", "23:59:59")


async def test_costs_need_insights_read(ask: Asked) -> None:
    quoted = await basket(ask, OPERATOR, channelCode="web", methods=["SHIP"])
    assert quoted["options"][0]["cost"] is not None


async def test_more_than_there_is_cannot_be_promised(ask: Asked) -> None:
    quoted = await basket(ask, units=13, methods=["SHIP"])
    assert quoted["options"] == []
    assert [(absent["method"], absent["reason"], absent["skus"]) for absent in quoted["unavailable"]] == [("SHIP", "NO_STOCK", [SHIRT])]


async def test_an_unknown_sku_is_named_as_not_sold(ask: Asked) -> None:
    quoted = await basket(ask, sku="NOPE", methods=["SHIP"])
    assert quoted == {
        "options": [],
        "unavailable": [
            {
                "method": "SHIP",
                "serviceCode": "standard",
                "reason": "NOT_IN_CHANNEL",
                "message": "Web does not sell NOPE; take it out of the basket.",
                "skus": ["NOPE"],
            }
        ],
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lines": []}, "lines has 0 entries; send 1 to 200."),
        ({"lines": [{"sku": "SHIRT-1", "quantity": 1}] * 201}, "lines has 201 entries; send 1 to 200."),
        ({"lines": [{"sku": "SHIRT-1", "quantity": 0}]}, "lines.0.quantity is 0; send 1 to 1000000."),
        ({"lines": [{"sku": "SHIRT-1", "quantity": 2_000_000}]}, "lines.0.quantity is 2000000; send 1 to 1000000."),
        ({"channelCode": "x"}, "There is no channel 'x'; there are: web, counter."),
        ({"pickupLocationCode": "x"}, "pickupLocationCode: there is no location 'x'."),
        (
            {"serviceCodes": ["x"]},
            "serviceCodes: web offers no service 'x'; it offers: collect, standard, take, to-store, tonight, try-on.",
        ),
        ({"maxPickupLocations": 0}, "maxPickupLocations is 0; ask for 1 to 50."),
        ({"pickupWithinMeters": 0}, "pickupWithinMeters is 0; ask for 1 to 1000000."),
        (
            {"pickupWithinMeters": 9, "destination": None},
            "pickupWithinMeters needs destination: the point that it is measured from.",
        ),
        ({"reservationId": "x"}, "reservationId names no hold of yours; leave it out, or take the id that reserveStock answered."),
        (
            {"destination": {"countryCode": "FR", "position": {"latitude": 91, "longitude": 0}}},
            "position takes a latitude from -90 to 90 and a longitude from -180 to 180 degrees.",
        ),
        (
            {"destination": {"countryCode": "FR", "postalCode": "7" * 21}},
            "destination.postalCode has 21 characters; send at most 20.",
        ),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_name(ask: Asked, change: dict[str, Any], message: str) -> None:
    asked = {"lines": [{"sku": SHIRT, "quantity": 1}], "destination": LYON_HOME, **change}
    (error,) = await ask(BASKET, errors=True, input=asked)
    assert (error.message, error.original_error.code) == (message, "BAD_USER_INPUT")


async def test_a_naive_date_is_refused(ask: Asked) -> None:
    asked = {"lines": [{"sku": SHIRT, "quantity": 1}], "desiredBy": "2025-06-27T10:00:00"}
    (error,) = await ask(BASKET, errors=True, input=asked)
    assert "RFC 3339 with an offset" in error.message


async def test_the_callers_own_hold_counts_as_available(ask: Asked, retail: Retail) -> None:
    hold = held()
    retail.put(hold)
    for claim in hold.claims:
        retail.shelf(SHIRT, sku_and_location(claim.key)[1], claim.units, held=claim.units)
    assert (await basket(ask, methods=["SHIP"]))["options"] == []
    quoted = await basket(ask, methods=["SHIP"], reservationId=global_id("Reservation", HOLD))
    assert len(quoted["options"]) == 1


async def test_first_dates_come_one_a_sku_with_holes(ask: Asked) -> None:
    data = await ask(
        "query($input: EarliestDeliveriesInput!) { earliestDeliveries(input: $input) { sku service { code } earliest orderBefore } }",
        input={"skus": ["SHIRT-1", "SHOE-1", "NOPE"], "destination": LYON_HOME},
    )
    first, *rest = data["earliestDeliveries"]
    assert (first["sku"], first["service"]["code"], rest) == ("SHIRT-1", "tonight", [None, None])


async def test_a_listing_is_told_to_ask_for_first_dates(ask: Asked) -> None:
    document = "query($skus: [String!]!) { productsBySku(skus: $skus) { deliveryPromises { options { earliest } } } }"
    (error,) = await ask(document, errors=True, skus=[SHIRT] * 11)
    assert error.path == ["productsBySku", 10, "deliveryPromises"]
    assert error.message == "deliveryPromises was asked of more than 10 products; ask earliestDeliveries for a listing."


async def test_a_product_page_shows_promises_of_one_unit(ask: Asked) -> None:
    data = await ask(
        'query($d: DestinationInput) { product(by: { sku: "SHIRT-1" }) { deliveryPromises(destination: $d, methods: [PICKUP])'
        " { options { pickupLocation { code } } } } }",
        caller("STOREFRONT", channel="web"),
        d=LYON_HOME,
    )
    assert data["product"]["deliveryPromises"]["options"] == [{"pickupLocation": {"code": LYON}}]


async def test_a_product_page_names_its_own_argument(ask: Asked) -> None:
    (error,) = await ask('{ product(by: { sku: "SHIRT-1" }) { deliveryPromises(quantity: 0) { options { token } } } }', errors=True)
    assert error.message.startswith("quantity is 0; send 1 to ")


async def test_confidence_is_the_kept_share_of_past_promises_alike(ask: Asked, retail: Retail) -> None:
    for n in range(100):
        doc = placed(rid=Rid(f"PAST{n:022}"))
        assert doc.order is not None
        kept = n < 97
        promised = replace(PROMISE, latest=NOW - timedelta(days=3), state="KEPT" if kept else "LATE")
        promised = replace(promised, fulfilled_at=NOW - timedelta(days=5 if kept else 1))
        parcel = replace(doc.order.groups[1], service="standard", promise=promised)
        retail.put(replace(doc, order=replace(doc.order, groups=(parcel,))))
    quoted = await basket(ask, methods=["SHIP", "COURIER"])
    told = {(option["service"]["method"], option["shipments"][0]["from"]["code"]): option["confidence"] for option in quoted["options"]}
    assert told == {("SHIP", "WH"): 0.97, ("COURIER", "LYO"): None}


async def test_a_parcel_shop_is_shown_with_where_it_is_and_when_it_is_open(ask: Asked, retail: Retail) -> None:
    service = DeliveryService("shop", "Parcel shop", "PICKUP_POINT", ("post/parcel",))
    retail.network = replace(retail.network, channels=(replace(WEB, services=(service,)),))
    place = Address("FR", line1="6 place Bellecour", postal_code="69002", city="Lyon")
    exceptions = ("2025-06-25 closed", "2025-06-30 closed", "2025-07-05 09:00-10:00")
    point = CarrierPoint("P1", "Kiosque", place, PLACES[LYON].position, ("Mo-Tu 08:00-12:00",), exceptions)
    retail.points = Points({"post": (point,)})
    document = """query($input: DeliveryPromisesInput!) { deliveryPromises(input: $input) { options {
      pickupPoint { carrierCode code name address { line1 city } position { latitude } openingHours { weekday date opens closes } } } } }"""
    asked = {"lines": [{"sku": SHIRT, "quantity": 1}], "destination": LYON_HOME, "methods": ["PICKUP_POINT"]}
    (option,) = (await ask(document, input=asked))["deliveryPromises"]["options"]
    assert option["pickupPoint"] == {
        "carrierCode": "post",
        "code": "P1",
        "name": "Kiosque",
        "address": {"line1": "6 place Bellecour", "city": "Lyon"},
        "position": {"latitude": PLACES[LYON].position.latitude if PLACES[LYON].position else None},
        "openingHours": [
            *({"weekday": day, "date": None, "opens": "08:00", "closes": "12:00"} for day in (1, 2)),
            {"weekday": None, "date": "2025-06-30", "opens": None, "closes": None},
            {"weekday": None, "date": "2025-07-05", "opens": "09:00", "closes": "10:00"},
        ],
    }
