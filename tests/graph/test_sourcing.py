"""Decisions in the graph: kept with their order, told to those who may see costs."""

from decimal import Decimal
from typing import Any

import pytest

from schema.types.sourcing import rounded_together
from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.graph.conftest import OPERATOR, SHIRT, SHOE, SHOPPER, Asked, Retail
from tests.graph.ledger import key, stocked
from tests.graph.test_placing import ADDRESS, HOME, PROMISE

PLACE = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id number } userErrors { code message } } }"
WHY = """
query($by: OrderKey!) {
  order(by: $by) {
    sourcing {
      id trigger proven summary profile { name version } bound { amount }
      cost { total { amount currency } components { kind amount { amount } } }
      shipments { from { code } service { code } carrierService weightGrams lines { sku quantity } cost { total { amount } } }
      candidates { location { code } chosen excludedBy detail canSupply { sku quantity } cost { total { amount } } }
      runnerUp { wouldWinIf cost { total { amount } } difference { total { amount } } shipments { from { code } } }
    }
  }
}
"""
ROUTE = """
mutation($input: RouteOrderInput!) {
  routeOrder(input: $input) { decision { trigger shipments { from { code } } } userErrors { code message } }
}
"""


@pytest.fixture(autouse=True)
def _stocked(retail: Retail) -> None:
    stocked(retail, {(SHIRT, WAREHOUSE): 3, (SHIRT, LYON): 1, (SHOE, WAREHOUSE): 1})


async def placed(ask: Asked, **group: Any) -> Any:
    wish = {"address": ADDRESS, "lines": [{"sku": SHIRT, "quantity": 1}], **group}
    told = (await ask(PLACE, SHOPPER, input=key(deliveryGroups=[wish])))["placeOrder"]
    assert told["userErrors"] == []
    return told["order"]


async def why(ask: Asked, order: Any, who: Any = OPERATOR) -> Any:
    return (await ask(WHY, who, by={"number": order["number"]}))["order"]["sourcing"]


async def test_an_order_tells_where_its_units_come_from_and_why(ask: Asked) -> None:
    (told,) = await why(ask, await placed(ask, method="SHIP"))
    assert (told["trigger"], told["proven"], told["profile"]) == ("PLACED", True, {"name": "default", "version": 0})
    assert [each["from"]["code"] for each in told["shipments"]] == [WAREHOUSE]
    assert (told["shipments"][0]["service"]["code"], told["shipments"][0]["lines"]) == ("standard", [{"sku": SHIRT, "quantity": 1}])
    parts = sum(Decimal(each["amount"]["amount"]) for each in told["cost"]["components"])
    assert Decimal(told["cost"]["total"]["amount"]) == parts == Decimal(told["bound"]["amount"])
    assert told["candidates"][0]["chosen"]
    assert {each["location"]["code"]: each["excludedBy"] for each in told["candidates"]} == {
        WAREHOUSE: None,
        LYON: None,
        NANTES: "NO_STOCK",
    }
    assert told["runnerUp"]["shipments"][0]["from"]["code"] == LYON
    assert told["summary"].startswith("From Gonesse (1 unit) for ")


async def test_a_decision_is_found_by_its_id_by_those_who_may_see_costs(ask: Asked) -> None:
    (told,) = await why(ask, await placed(ask, method="SHIP"))
    asked = "query($id: ID!) { node(id: $id) { __typename ... on SourcingDecision { summary } } }"
    found = (await ask(asked, OPERATOR, id=told["id"]))["node"]
    assert found == {"__typename": "SourcingDecision", "summary": told["summary"]}
    assert (await ask(asked, SHOPPER, id=told["id"]))["node"] is None


async def test_a_plan_of_a_token_is_told_as_the_engine_would_choose_it(ask: Asked) -> None:
    wish = {"lines": [{"sku": SHIRT, "quantity": 1}], "destination": HOME, "methods": ["SHIP"]}
    token = (await ask(PROMISE, input=wish))["deliveryPromises"]["options"][0]["token"]
    (told,) = await why(ask, await placed(ask, promiseToken=token))
    assert (told["proven"], told["shipments"][0]["from"]["code"]) == (True, WAREHOUSE)
    assert (
        told["runnerUp"]["difference"]["total"]["amount"]
        == f"{Decimal(told['runnerUp']['cost']['total']['amount']) - Decimal(told['cost']['total']['amount'])}"
    )


async def test_what_is_collected_off_the_shelf_has_a_decision_too(ask: Asked) -> None:
    (told,) = await why(ask, await placed(ask, method="PICKUP", pickupLocationCode=LYON, address=None))
    assert [each["from"]["code"] for each in told["shipments"]] == [LYON]
    assert (told["proven"], told["runnerUp"]) == (True, None)


async def test_routing_by_hand_is_a_decision_of_its_own(ask: Asked) -> None:
    order = await placed(ask, method="SHIP")
    wish = key(order={"number": order["number"]}, includedLocationCodes=[LYON])
    told = (await ask(ROUTE, OPERATOR, input=wish))["routeOrder"]
    assert told["userErrors"] == []
    assert told["decision"] == {"trigger": "ROUTED_BY_HAND", "shipments": [{"from": {"code": LYON}}]}
    again = await why(ask, order)
    assert {each["trigger"] for each in again} == {"ROUTED_BY_HAND", "PLACED"}
    by_hand = next(each for each in again if each["trigger"] == "ROUTED_BY_HAND")
    assert {each["location"]["code"]: each["excludedBy"] for each in by_hand["candidates"]}[WAREHOUSE] == "EXCLUDED_BY_CALLER"


async def test_a_refused_order_leaves_no_decision(ask: Asked, retail: Retail) -> None:
    wish = {"method": "SHIP", "address": ADDRESS, "lines": [{"sku": SHIRT, "quantity": 9}]}
    assert (await ask(PLACE, SHOPPER, input=key(deliveryGroups=[wish])))["placeOrder"]["order"] is None
    assert retail.database.stock
    assert (await ask("{ orders { totalCount } }", OPERATOR))["orders"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        (["0.0049", "0.0049", "0.0049"], ["0.01", "0.00", "0.00"]),
        (["1.2345", "-0.2345"], ["1.23", "-0.23"]),
        (["4.90", "3.50", "0.012", "0.003", "-42.65"], ["4.90", "3.50", "0.01", "0.00", "-42.65"]),
    ],
)
def test_components_are_rounded_so_that_they_add_up(amounts: list[str], expected: list[str]) -> None:
    exact = [Decimal(amount) for amount in amounts]
    told = rounded_together(exact, sum(exact, Decimal(0)), "EUR")
    assert sum(told) == round(sum(exact), 2)
    assert [abs(one - other) < Decimal("0.011") for one, other in zip(told, exact, strict=True)] == [True] * len(exact)
    assert sorted(map(str, told)) == sorted(expected)


def test_components_are_rounded_to_the_minor_units_of_their_currency() -> None:
    exact = [Decimal("1.2554"), Decimal("0.3334"), Decimal("-0.4445")]
    for currency, told in (("KWD", "1.144"), ("JPY", "1")):
        assert str(sum(rounded_together(exact, sum(exact, Decimal(0)), currency), Decimal(0))) == told


async def test_a_call_answers_its_own_decision_alone(ask: Asked) -> None:
    order = await placed(ask, method="SHIP")
    wish = key(order={"number": order["number"]}, includedLocationCodes=[LYON])
    first = (await ask(ROUTE, OPERATOR, input=wish))["routeOrder"]["decision"]
    assert first["shipments"] == [{"from": {"code": LYON}}]
    other = key(order={"number": order["number"]}, excludedLocationCodes=[LYON])
    second = (await ask(ROUTE, OPERATOR, input=other))["routeOrder"]
    assert second["userErrors"] or second["decision"]["shipments"] != first["shipments"]
    assert (await ask(ROUTE, OPERATOR, input=wish))["routeOrder"]["decision"] == first
