"""Holding stock over the graph."""

from typing import Any

import pytest

from gateway.domain.ids import stock_key
from resolvers.context import World
from schema.ids import global_id
from tests.domain.retailer import LYON, WAREHOUSE
from tests.graph.conftest import MAKER, SHIRT, SHOE, Asked, Retail, caller
from tests.graph.ledger import key, stocked

RESERVE = """
mutation($input: ReserveStockInput!) {
  reserveStock(input: $input) {
    reservation { id state channelCode lines { sku requested reserved claims { quantity location { code } } } }
    userErrors {
      __typename code message field
      ... on InsufficientStock { sku requested available }
      ... on IdempotencyConflict { firstUsedAt }
    }
  }
}
"""


@pytest.fixture
def world(retail: Retail) -> World:
    return stocked(retail, {(SHIRT, WAREHOUSE): 3, (SHIRT, LYON): 1, (SHOE, WAREHOUSE): 1})


async def reserve(ask: Asked, **wish: Any) -> Any:
    return (await ask(RESERVE, input=key(**wish)))["reserveStock"]


@pytest.mark.usefixtures("world")
async def test_stock_is_held_shown_released_and_free_again(ask: Asked, retail: Retail) -> None:
    told = await reserve(ask, lines=[{"sku": SHIRT, "quantity": 2}])
    assert told["userErrors"] == []
    hold = told["reservation"]
    assert (hold["state"], hold["channelCode"], hold["lines"][0]["reserved"]) == ("HELD", "web", 2)
    availability = 'query { availability(skus: ["SHIRT-1"]) { quantity } }'
    assert (await ask(availability))["availability"] == [{"quantity": 2}]
    document = (
        "mutation($input: ReleaseReservationInput!) { releaseReservation(input: $input) { reservation { state } userErrors { code } } }"
    )
    released = (await ask(document, input=key(id=hold["id"])))["releaseReservation"]
    assert released == {"reservation": {"state": "RELEASED"}, "userErrors": []}
    assert (await ask(availability))["availability"] == [{"quantity": 4}]
    assert retail.database.stock[stock_key(SHIRT, WAREHOUSE)].free == 3


@pytest.mark.usefixtures("world")
async def test_the_same_call_again_is_answered_again_and_another_input_is_refused(ask: Asked, retail: Retail) -> None:
    wish = key(lines=[{"sku": SHIRT, "quantity": 1, "locationCode": LYON}])
    first, again = [(await ask(RESERVE, input=wish))["reserveStock"]["reservation"] for _ in range(2)]
    assert first == again
    assert retail.database.stock[stock_key(SHIRT, LYON)].free == 0
    (refused,) = (await ask(RESERVE, input={**wish, "lines": [{"sku": SHOE, "quantity": 1}]}))["reserveStock"]["userErrors"]
    assert (refused["__typename"], refused["code"], refused["field"]) == ("IdempotencyConflict", "IDEMPOTENCY_CONFLICT", ["idempotencyKey"])
    assert refused["firstUsedAt"]


@pytest.mark.usefixtures("world")
async def test_all_that_is_wrong_is_reported_and_nothing_is_held(ask: Asked, retail: Retail) -> None:
    told = await reserve(ask, lines=[{"sku": "NOPE", "quantity": 1}, {"sku": SHIRT, "quantity": 0}, {"sku": SHOE, "quantity": 1}])
    assert told["reservation"] is None
    assert [(error["code"], error["field"]) for error in told["userErrors"]] == [
        ("NOT_FOUND", ["lines", "0", "sku"]),
        ("OUT_OF_RANGE", ["lines", "1", "quantity"]),
    ]
    assert retail.database.orders == {}


@pytest.mark.usefixtures("world")
async def test_short_stock_is_told_with_what_there_is(ask: Asked) -> None:
    (refused,) = (await reserve(ask, lines=[{"sku": SHIRT, "quantity": 5}]))["userErrors"]
    assert (refused["__typename"], refused["sku"], refused["requested"], refused["available"]) == ("InsufficientStock", SHIRT, 5, 4)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("text", ["rubbish", global_id("Order", "A" * 26), global_id("Reservation", "A" * 26)])
async def test_a_hold_that_is_not_the_callers_is_not_found(ask: Asked, text: str) -> None:
    document = (
        "mutation($input: ExtendReservationInput!) { extendReservation(input: $input) { reservation { id } userErrors { code field } } }"
    )
    told = (await ask(document, input=key(id=text, holdSeconds=60)))["extendReservation"]
    assert told == {"reservation": None, "userErrors": [{"code": "NOT_FOUND", "field": ["id"]}]}


@pytest.mark.usefixtures("world")
async def test_a_changed_basket_keeps_what_is_in_both(ask: Asked) -> None:
    hold = (await reserve(ask, lines=[{"sku": SHIRT, "quantity": 1}]))["reservation"]
    document = (
        "mutation($input: ChangeReservationInput!) { changeReservation(input: $input)"
        " { reservation { id lines { sku reserved } } userErrors { code message } } }"
    )
    wish = key(id=hold["id"], lines=[{"sku": SHIRT, "quantity": 2}, {"sku": SHOE, "quantity": 1}])
    told = (await ask(document, input=wish))["changeReservation"]
    assert told["userErrors"] == []
    assert told["reservation"] == {"id": hold["id"], "lines": [{"sku": SHIRT, "reserved": 2}, {"sku": SHOE, "reserved": 1}]}


@pytest.mark.usefixtures("world")
async def test_holding_needs_a_session_and_the_scope(ask: Asked) -> None:
    wish = key(lines=[{"sku": SHIRT, "quantity": 1}])
    (error,) = await ask(RESERVE, caller("STOREFRONT", channel="web"), errors=True, input=wish)
    assert error.original_error.code == "UNAUTHENTICATED"
    (error,) = await ask(RESERVE, MAKER, errors=True, input=wish)
    assert error.original_error.code == "FORBIDDEN"
