"""Filters by names that nothing has, and distances that none is: refused by field, for an empty list would look like an answer."""

from typing import Any

import pytest
from strawberry import Schema

from resolvers.context import Context
from tests.graph.conftest import NOW, OPERATOR, SHOPPER, Asked, Retail

SKU = "there is no product with the sku 'SHIRT-2'; look for it by products(filter: {search})."


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{ locations(filter: {stocking: ["SHIRT-1", "SHIRT-2"]}) { totalCount } }', f"stocking: {SKU}"),
        (
            '{ locations(filter: {withinMeters: -1}, near: {locationCode: "LYO"}) { totalCount } }',
            "withinMeters is -1; use 0 or more.",
        ),
        (
            '{ products(filter: {availableAt: ["LYO", "LYOM"]}) { totalCount } }',
            "availableAt: there is no location 'LYOM'; did you mean 'LYO'?",
        ),
        (
            '{ product(by: {sku: "SHIRT-1"}) { stock(filter: {locationCodes: ["XX"]}) { totalCount } } }',
            "locationCodes: there is no location 'XX'; possible: LYO, NTE, WH",
        ),
        (
            '{ product(by: {sku: "SHIRT-1"}) { stock(filter: {withinMeters: -5}, near: {locationCode: "LYO"}) { totalCount } } }',
            "withinMeters is -5; use 0 or more.",
        ),
        (
            '{ product(by: {sku: "SHIRT-1"}) { stock(filter: {withinMeters: 5}) { totalCount } } }',
            "withinMeters needs near: the point that it is measured from.",
        ),
        ('{ orders(filter: {locationCode: "wh"}) { totalCount } }', "locationCode: there is no location 'wh'; possible: LYO, NTE, WH"),
        ('{ orders(filter: {sku: "SHIRT-2"}) { totalCount } }', f"sku: {SKU}"),
        ('{ orders(filter: {channelCode: "wep"}) { totalCount } }', "There is no channel 'wep'; there are: web, counter."),
        (
            '{ fulfillments(filter: {locationCodes: ["NTF"]}) { totalCount } }',
            "locationCodes: there is no location 'NTF'; did you mean 'NTE'?",
        ),
        ('{ handOvers(filter: {sourceCodes: ["wmz"]}) { totalCount } }', "sourceCodes: there is no source 'wmz'; did you mean 'wms'?"),
    ],
)
async def test_a_filter_by_what_is_not_there_is_refused(ask: Asked, document: str, message: str) -> None:
    (error,) = await ask(document, OPERATOR, errors=True)
    assert (error.message, error.original_error.code) == (message, "BAD_USER_INPUT")


@pytest.mark.parametrize("field", ["stockChanged", "availabilityChanged"])
async def test_an_unknown_sku_cannot_be_watched(schema: Schema, retail: Retail, field: str) -> None:
    document = f'subscription {{ {field}(skus: ["SHIRT-1", "SHIRT-2"]) {{ sku }} }}'
    opened: Any = await schema.subscribe(document, context_value=Context(retail.world(), SHOPPER, NOW, "trace"))
    result = await anext(opened) if hasattr(opened, "__anext__") else opened
    (error,) = result.errors or ()
    assert (error.message, error.original_error.code) == (f"skus: {SKU}", "BAD_USER_INPUT")
