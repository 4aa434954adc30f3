"""Locations, channels, sources and the caller itself."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.domain.circuits import Circuit, CircuitState
from gateway.ports.stores import FeedState
from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.graph.conftest import CLERK, NOW, OPERATOR, POS, SHOPPER, WMS, Asked, Retail
from tests.graph.order_book import PARCEL, placed

PLACES = """
query($filter: LocationFilter, $near: NearInput, $first: Int, $after: String) {
  locations(filter: $filter, near: $near, first: $first, after: $after) {
    nodes { code } totalCount pageInfo { hasNextPage endCursor }
  }
}
"""
AT_LYON = {"locationCode": "LYO"}


async def codes(ask: Asked, **variables: Any) -> list[str]:
    return [node["code"] for node in (await ask(PLACES, **variables))["locations"]["nodes"]]


async def test_places_are_listed_by_code_or_nearest_first(ask: Asked) -> None:
    assert await codes(ask) == [LYON, NANTES, WAREHOUSE]
    assert await codes(ask, near=AT_LYON) == [LYON, WAREHOUSE, NANTES]
    assert await codes(ask, near=AT_LYON, filter={"withinMeters": 450_000}) == [LYON, WAREHOUSE]


async def test_places_can_be_narrowed_by_what_they_have_and_do(ask: Asked) -> None:
    assert await codes(ask, filter={"kinds": ["STORE"]}) == [LYON, NANTES]
    assert await codes(ask, filter={"services": ["SHIP", "PICKUP"]}) == [LYON, NANTES]
    assert await codes(ask, filter={"stocking": ["SHIRT-1"]}) == [LYON, WAREHOUSE]
    assert await codes(ask, filter={"stocking": ["SHIRT-1", "SHOE-1"]}) == []
    assert await codes(ask, filter={"organizationCodes": ["x"]}) == []


async def test_pages_of_places_have_no_gaps(ask: Asked) -> None:
    found, after = [], None
    for _ in range(3):
        page = (await ask(PLACES, near=AT_LYON, first=1, after=after))["locations"]
        found += [node["code"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert (found, page["pageInfo"]["hasNextPage"], page["totalCount"]) == ([LYON, WAREHOUSE, NANTES], False, 3)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"first": 0}, "first is 0; ask for 1 to 100 and page on with after."),
        ({"first": 101}, "first is 101; ask for 1 to 100 and page on with after."),
        ({"filter": {"withinMeters": 5}}, "withinMeters needs near: the point that it is measured from."),
        ({"near": {"locationCode": "nope"}}, "near: there is no location 'nope'."),
        ({"near": {"locationCode": ""}}, "near: there is no location ''."),
        ({"filter": {"stocking": ["x"] * 21}}, "stocking has 21 skus; ask for at most 20."),
        ({"after": "zzz"}, "after is no cursor of this list in this order; take endCursor or an edge's cursor of the page before."),
    ],
)
async def test_bad_questions_about_places_are_refused(ask: Asked, variables: dict[str, Any], message: str) -> None:
    (error,) = await ask(PLACES, errors=True, **variables)
    assert error.message == message


async def test_a_place_shows_its_hours_and_some_stock(ask: Asked) -> None:
    data = await ask(
        '{ location(by: { code: "LYO" }) { kind timeZone openingHours { weekday date opens closes }'
        ' stock(skus: ["SHIRT-1", "SHOE-1"]) { available } none: stock(skus: ["SHIRT-1"], channelCode: "x") { available } }'
        ' gone: location(by: { code: "x" }) { code } }'
    )
    place = data["location"]
    assert place["openingHours"][0] == {"weekday": 1, "date": None, "opens": "10:00", "closes": "19:00"}
    assert (len(place["openingHours"]), place["stock"], place["none"]) == (6, [{"available": 2}, None], None)
    assert data["gone"] is None


async def test_figures_of_one_request_are_bounded(ask: Asked) -> None:
    skus = [f"S{number}" for number in range(2_501)]
    document = 'query($skus: [String!]!) { location(by: { code: "LYO" }) { stock(skus: $skus) { sku } } }'
    (error,) = await ask(document, errors=True, skus=skus)
    assert error.message == "This asks for more than 2500 figures (locations x skus); ask for fewer."


async def test_a_postcode_that_no_file_knows_lies_where_its_neighbors_do(ask: Asked) -> None:
    assert await codes(ask, near=postcode("44200")) == [NANTES, WAREHOUSE, LYON]
    assert await codes(ask, near=postcode("95 100")) == [WAREHOUSE, NANTES, LYON]
    distance = 'query($from: NearInput!) { location(by: { code: "NTE" }) { distanceMeters(from: $from) } }'
    assert (await ask(distance, **{"from": postcode("44999")}))["location"]["distanceMeters"] == 0


async def test_places_stand_by_code_when_nobody_knows_the_postcode(ask: Asked) -> None:
    assert await codes(ask, near=postcode("33000")) == [LYON, NANTES, WAREHOUSE]
    assert await codes(ask, near={"postalCode": {"countryCode": "BE", "postalCode": "4420"}}) == [LYON, NANTES, WAREHOUSE]


async def test_an_empty_key_names_nothing(ask: Asked) -> None:
    document = """{ byCode: location(by: { code: "" }) { code } byId: location(by: { id: "" }) { code } product(by: { sku: "" }) { sku }
        order(by: { number: "" }) { number } }"""
    assert await ask(document) == {"byCode": None, "byId": None, "product": None, "order": None}


def postcode(text: str) -> dict[str, Any]:
    return {"postalCode": {"countryCode": "FR", "postalCode": text}}


async def test_the_caller_is_told_who_it_is(ask: Asked) -> None:
    document = "{ viewer { name kind scopes channel { code } locations { code } } }"
    clerk = (await ask(document, CLERK))["viewer"]
    assert (clerk["kind"], clerk["channel"], clerk["locations"]) == ("STAFF", {"code": "web"}, [{"code": LYON}])
    assert (await ask(document, OPERATOR))["viewer"]["channel"] is None
    shopper = (await ask(document, SHOPPER))["viewer"]
    assert (shopper["kind"], shopper["scopes"]) == ("STOREFRONT", ["catalogue:read", "orders:place", "reservations:write"])


async def test_channels_tell_what_they_sell(ask: Asked) -> None:
    data = await ask("{ channels { code currency timeZone services { code method } } }")
    assert [(channel["code"], len(channel["services"])) for channel in data["channels"]] == [("web", 6), ("counter", 6)]


SOURCES = (
    "{ sources { code kind health since feeds { name lastSyncAt lagSeconds rows rejectedRows quarantined freshness lastError }"
    " circuits { operation } handOver waitingHandOvers parkedHandOvers deadHandOvers } }"
)


async def test_sources_tell_their_health_to_all_and_the_rest_to_operators(ask: Asked, retail: Retail) -> None:
    stands = await retail.feed_store.feed(POS, "stock")
    failing = replace(stands, failures=1, failing_since=NOW - timedelta(seconds=5), last_error="pos: refused the connection")
    await retail.feed_store.save(failing)
    retail.put(placed())
    wms, pos = (await ask(SOURCES, OPERATOR))["sources"]
    assert wms == {
        "code": "wms",
        "kind": "WMS",
        "health": "UP",
        "since": None,
        "feeds": [
            {
                "name": "stock",
                "lastSyncAt": "2025-06-26T05:59:00Z",
                "lagSeconds": 60,
                "rows": 2,
                "rejectedRows": 0,
                "quarantined": False,
                "freshness": "FRESH",
                "lastError": None,
            }
        ],
        "circuits": [],
        "handOver": "A",
        "waitingHandOvers": 0,
        "parkedHandOvers": 0,
        "deadHandOvers": 1,
    }
    assert (pos["health"], pos["since"], pos["waitingHandOvers"]) == ("DEGRADED", "2025-06-26T05:59:55Z", 0)
    assert pos["feeds"][0]["lastError"] == "pos: refused the connection"
    told = (await ask(SOURCES))["sources"][0]
    assert (told["health"], told["feeds"], told["handOver"], told["deadHandOvers"]) == ("UP", None, None, None)


CIRCUITS = "{ sources { code health since circuits { operation state failureRate } } }"
OPENED_AT = NOW - timedelta(seconds=7)


def circuit(operation: str, state: CircuitState, rate: float = 0.0, since: datetime | None = None) -> Circuit:
    return Circuit(WMS, operation, state, rate, since)


async def test_a_circuit_is_told_as_the_process_sees_it_that_has_the_most_trouble(ask: Asked, retail: Retail) -> None:
    lookup, snapshot = "stock.lookup", "stock.snapshot"
    await retail.sightings.tell("one", [circuit(lookup, CircuitState.CLOSED, 0.4), circuit(snapshot, CircuitState.CLOSED)])
    await retail.sightings.tell("two", [circuit(lookup, CircuitState.OPEN, 0.75, OPENED_AT)])
    await retail.sightings.tell("three", [circuit(lookup, CircuitState.HALF_OPEN, 1.0, OPENED_AT - timedelta(seconds=1))])
    wms, pos = (await ask(CIRCUITS, OPERATOR))["sources"]
    assert wms["circuits"] == [
        {"operation": lookup, "state": "OPEN", "failureRate": 1.0},
        {"operation": snapshot, "state": "CLOSED", "failureRate": 0.0},
    ]
    assert (wms["health"], wms["since"]) == ("DEGRADED", "2025-06-26T05:59:52Z")
    assert (pos["health"], pos["circuits"]) == ("UP", [])
    assert (await ask(CIRCUITS))["sources"][0]["circuits"] is None


@pytest.mark.parametrize(
    ("operation", "state", "health"),
    [
        ("stock.snapshot", CircuitState.OPEN, "DOWN"),
        ("stock.changes", CircuitState.OPEN, "DOWN"),
        ("stock.changes", CircuitState.HALF_OPEN, "DEGRADED"),
        ("hand_over.shipment", CircuitState.OPEN, "DEGRADED"),
        ("stock.lookup", CircuitState.CLOSED, "UP"),
    ],
)
async def test_a_source_is_down_while_the_circuit_of_its_stock_is_open(
    ask: Asked, retail: Retail, operation: str, state: CircuitState, health: str
) -> None:
    since = None if state is CircuitState.CLOSED else OPENED_AT
    await retail.sightings.tell("one", [circuit(operation, state, 0.5, since)])
    wms, _ = (await ask(CIRCUITS, OPERATOR))["sources"]
    assert (wms["health"], wms["since"]) == (health, since and "2025-06-26T05:59:53Z")


async def test_a_feed_that_stopped_coming_degrades_its_source(ask: Asked, retail: Retail) -> None:
    await retail.feed_store.save(FeedState(WMS, "stock", last_sync_at=NOW - timedelta(minutes=6)))
    wms, _ = (await ask(SOURCES, OPERATOR))["sources"]
    assert (wms["health"], wms["since"], wms["feeds"][0]["freshness"]) == ("DEGRADED", "2025-06-26T05:59:00Z", "STALE")


async def test_what_was_refused_as_a_whole_is_told_with_its_reason_though_changes_come_in(ask: Asked, retail: Retail) -> None:
    stands, since = await retail.feed_store.feed(WMS, "stock"), NOW - timedelta(hours=1)
    await retail.feed_store.save(replace(stands, failing_since=since, whole_error="wms: none of the 2 rows of stock can be used"))
    wms, _ = (await ask(SOURCES, OPERATOR))["sources"]
    assert (wms["health"], wms["since"], wms["feeds"][0]["freshness"]) == ("DEGRADED", "2025-06-26T05:00:00Z", "FRESH")
    assert wms["feeds"][0]["lastError"] == "wms: none of the 2 rows of stock can be used"


async def test_messages_to_sources_are_listed_for_operators(ask: Asked, retail: Retail) -> None:
    retail.put(placed())
    document = "{ handOvers(filter: { states: [DEAD] }) { nodes { what orderNumber state attempts lastError source { code } } } }"
    (message,) = (await ask(document, OPERATOR))["handOvers"]["nodes"]
    assert (message["what"], message["state"], message["attempts"], message["source"]) == (f"SHIPMENT {PARCEL}", "DEAD", 3, {"code": "wms"})
    assert (await ask("{ handOvers(filter: { states: [PARKED] }) { nodes { what } } }", OPERATOR))["handOvers"]["nodes"] == []


async def test_supply_that_was_never_heard_of_is_an_error_beside_the_figure(ask: Asked, retail: Retail) -> None:
    await retail.feed_store.save(FeedState(WMS, "inbound", failures=2, failing_since=NOW - timedelta(minutes=1)))
    document = '{ product(by: { sku: "SHIRT-1" }) { stock { nodes { available inbound { quantity } } } } }'
    error, _ = await ask(document, errors=True)
    assert (error.path, error.original_error.code, error.original_error.source) == (
        ["product", "stock", "nodes", 0, "inbound"],
        "SOURCE_UNAVAILABLE",
        "wms",
    )


async def test_a_key_takes_exactly_one_member(ask: Asked) -> None:
    (error,) = await ask('{ product(by: { sku: "a", gtin: "b" }) { sku } }', errors=True)
    assert "exactly one" in error.message.lower()
