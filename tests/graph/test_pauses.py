"""Pausing and resuming a place over the graph, and what others see of it."""

from typing import Any

from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.graph.conftest import CLERK, OPERATOR, SHIRT, SHOPPER, Asked, Retail
from tests.graph.ledger import key, stocked

PAUSE = """
mutation($input: PauseLocationInput!) {
  pauseLocation(input: $input) { location { code status pausedUntil pausedServices } userErrors { __typename code message field } }
}
"""
RESUME = """
mutation($input: ResumeLocationInput!) {
  resumeLocation(input: $input) { location { code status } userErrors { code field } }
}
"""
SEEN = """
query($sku: String!) {
  locations(filter: {statuses: [ACTIVE]}) { nodes { code } }
  product(by: {sku: $sku}) {
    availability { quantity locationCount }
    stock { nodes { available location { code status } } }
    deliveryPromises(destination: {countryCode: "FR", postalCode: "69003"}, methods: [COURIER]) { unavailable { reason message } }
  }
}
"""


async def seen(ask: Asked) -> Any:
    return await ask(SEEN, SHOPPER, sku=SHIRT)


async def test_nothing_is_sold_from_a_place_that_pauses_and_its_figures_stay_to_be_seen(ask: Asked, retail: Retail) -> None:
    stocked(retail, {(SHIRT, WAREHOUSE): 10, (SHIRT, LYON): 2})
    before = await seen(ask)
    assert before["product"]["availability"] == {"quantity": 12, "locationCount": 2}
    told = (await ask(PAUSE, CLERK, input=key(locationCode=LYON, until="2025-06-27T06:00:00Z", note="flooded")))["pauseLocation"]
    assert told["userErrors"] == []
    assert told["location"] == {"code": LYON, "status": "PAUSED", "pausedUntil": "2025-06-27T06:00:00Z", "pausedServices": []}
    now = await seen(ask)
    assert [place["code"] for place in now["locations"]["nodes"]] == [NANTES, WAREHOUSE]
    assert now["product"]["availability"] == {"quantity": 10, "locationCount": 1}
    figures = {node["location"]["code"]: (node["available"], node["location"]["status"]) for node in now["product"]["stock"]["nodes"]}
    assert figures == {WAREHOUSE: (10, "ACTIVE"), LYON: (2, "PAUSED")}
    assert (await ask(RESUME, CLERK, input=key(locationCode=LYON)))["resumeLocation"] == {
        "location": {"code": LYON, "status": "ACTIVE"},
        "userErrors": [],
    }
    assert await seen(ask) == before


async def test_some_services_pause(ask: Asked, retail: Retail) -> None:
    stocked(retail, {})
    told = (await ask(PAUSE, OPERATOR, input=key(locationCode=LYON, services=["COURIER", "SHIP"])))["pauseLocation"]
    assert told["location"] == {"code": LYON, "status": "ACTIVE", "pausedUntil": None, "pausedServices": ["COURIER", "SHIP"]}


async def test_refusals_name_the_field(ask: Asked, retail: Retail) -> None:
    stocked(retail, {})
    told = (await ask(PAUSE, CLERK, input=key(locationCode=NANTES)))["pauseLocation"]
    assert told["location"] is None
    assert [(error["__typename"], error["code"], error["field"]) for error in told["userErrors"]] == [
        ("Refusal", "NOT_ALLOWED_HERE", ["locationCode"])
    ]
    told = (await ask(RESUME, OPERATOR, input=key(locationCode="MOON")))["resumeLocation"]
    assert told == {"location": None, "userErrors": [{"code": "NOT_FOUND", "field": ["locationCode"]}]}
    errors = await ask(PAUSE, SHOPPER, errors=True, input=key(locationCode=LYON))
    assert "scope fulfillments:write" in errors[0].message
