"""The callers' own operations: each is valid, and the reading ones run."""

from typing import Any

import pytest
from graphql import parse, validate
from strawberry import Schema

from gateway.domain.order_secret import order_secret
from schema.examples import examples
from tests.domain.retailer import LYON
from tests.graph.conftest import CLERK, OPERATOR, SHOPPER, Asked, Retail
from tests.graph.order_book import NUMBER, RID, person, placed

TEXTS = {name: text for _, name, text in examples()}
AT_LYON = {"postalCode": {"countryCode": "FR", "postalCode": "69002"}}
DESTINATION = {"countryCode": "FR", "postalCode": "69003"}
READING: dict[str, tuple[Any, dict[str, Any]]] = {
    "ListingPage": (SHOPPER, {"skus": ["SHIRT-1", "NOPE"]}),
    "ListingDates": (SHOPPER, {"input": {"skus": ["SHIRT-1"], "destination": DESTINATION}}),
    "Search": (SHOPPER, {"words": "shirt"}),
    "ProductPage": (SHOPPER, {"sku": "SHIRT-1", **DESTINATION}),
    "BasketPromises": (SHOPPER, {"input": {"lines": [{"sku": "SHIRT-1", "quantity": 2}], "destination": DESTINATION}}),
    "TrackOrder": (SHOPPER, {"number": NUMBER, "secret": order_secret(b"o" * 32, RID, 1)}),
    "Who": (CLERK, {}),
    "SaveTheSale": (CLERK, {"sku": "SHIRT-1", "near": AT_LYON, "destination": DESTINATION}),
    "WorkList": (CLERK, {"locationCode": LYON}),
    "FindOrder": (CLERK, {"words": "Ada"}),
    "PartnerOrders": (OPERATOR, {"updatedFrom": "2025-06-01T00:00:00Z"}),
    "Sources": (OPERATOR, {}),
    "WhyFromThere": (OPERATOR, {"number": NUMBER}),
    "WhatIf": (OPERATOR, {"input": {"lines": [{"sku": "SHIRT-1", "quantity": 2}], "destination": DESTINATION}}),
    "StuckMessages": (OPERATOR, {}),
}


@pytest.mark.parametrize("name", TEXTS)
def test_every_operation_on_offer_is_valid(schema: Schema, name: str) -> None:
    assert validate(schema._schema, parse(TEXTS[name])) == []


def test_every_reading_operation_on_offer_is_run_here() -> None:
    assert {name for name, text in TEXTS.items() if text.startswith("query")} == set(READING)


@pytest.mark.parametrize("name", READING)
async def test_a_reading_operation_runs(ask: Asked, retail: Retail, name: str) -> None:
    retail.put(placed())
    retail.database.personal[RID] = person()
    who, variables = READING[name]
    data = await ask(TEXTS[name], who, **variables)
    assert all(data.values())


async def test_a_product_page_costs_one_call_of_each_kind(ask: Asked, retail: Retail) -> None:
    who, variables = READING["ProductPage"]
    data = await ask(TEXTS["ProductPage"], who, **variables)
    assert data["product"]["stock"]["nodes"][0]["location"]["distanceMeters"] == 0
    assert [option["service"]["method"] for option in data["product"]["deliveryPromises"]["options"]]
    assert retail.catalogue.calls == {"products": 1, "groups": 1}
    assert retail.locations.calls == {"locations": 1}
