"""The callers' own operations: each that is in reach of the schema is valid, and the reading ones run."""

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
BEYOND = {
    "SinceLastTime",
    "SupplierStock",
    "SupplierInbound",
    "Listen",
    "WhyFromThere",
    "WhatIf",
    "Route",
    "ResolveMessage",
    "PauseStore",
    "LastQuarter",
    "Arrived",
    "Claim",
    "PickWave",
    "TillReceipt",
    "TakeBack",
    "Receive",
    "Inspect",
    "Queue",
    "CollectElsewhere",
}
"""What the schema does not answer yet."""
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
    "StuckMessages": (OPERATOR, {}),
}


def test_every_operation_is_valid_that_the_schema_is_to_answer(schema: Schema) -> None:
    refused = {name for name, text in TEXTS.items() if validate(schema._schema, parse(text))}
    assert refused == BEYOND


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
