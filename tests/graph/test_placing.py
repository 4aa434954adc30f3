"""Placing orders over the graph: by a promise, from a hold, and what is refused."""

from typing import Any

import pytest

from gateway.domain.ids import stock_key
from tests.domain.retailer import LYON, WAREHOUSE
from tests.graph.conftest import MARKETPLACE, SHIRT, SHOE, SHOPPER, Asked, Retail
from tests.graph.ledger import key, stocked

PLACE = """
mutation($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    order {
      id number status customer { name } amounts { total { amount currency } }
      deliveryGroups { service { code } address { line1 } promise { latest } }
      lines { sku units { quantity state } }
    }
    accessSecret
    userErrors {
      __typename code message field
      ... on PromiseChanged { reason option { token service { code } fee { amount } } }
      ... on InsufficientStock { sku requested available }
    }
  }
}
"""
PROMISE = """
query($input: DeliveryPromisesInput!) { deliveryPromises(input: $input) { options { token latest service { code } } } }
"""
ADDRESS = {"name": "Ada", "line1": "1 rue X", "postalCode": "69003", "city": "Lyon", "countryCode": "FR"}
HOME = {"countryCode": "FR", "postalCode": "69003"}
SECRET_LENGTH = 22


@pytest.fixture(autouse=True)
def _stocked(retail: Retail) -> None:
    stocked(retail, {(SHIRT, WAREHOUSE): 3, (SHIRT, LYON): 1, (SHOE, WAREHOUSE): 1})


async def promised(ask: Asked, sku: str = SHIRT, units: int = 1, method: str = "SHIP") -> Any:
    wish = {"lines": [{"sku": sku, "quantity": units}], "destination": HOME, "methods": [method]}
    return (await ask(PROMISE, input=wish))["deliveryPromises"]["options"][0]


async def place(ask: Asked, who: Any = SHOPPER, **wish: Any) -> Any:
    return (await ask(PLACE, who, input=key(**wish)))["placeOrder"]


def group(token: str | None, sku: str = SHIRT, units: int = 1, **more: Any) -> dict[str, Any]:
    return {"promiseToken": token, "address": ADDRESS, "lines": [{"sku": sku, "quantity": units, **more}]}


async def test_a_promise_is_redeemed_by_the_plan_it_names(ask: Asked, retail: Retail) -> None:
    option = await promised(ask)
    told = await place(ask, deliveryGroups=[group(option["token"])], customer={"name": "Ada", "email": "ada@example.com"})
    assert told["userErrors"] == []
    order = told["order"]
    assert len(told["accessSecret"]) == SECRET_LENGTH
    assert (order["customer"], order["amounts"]["total"]) == ({"name": "Ada"}, {"amount": "24.90", "currency": "EUR"})
    assert order["deliveryGroups"] == [
        {"service": {"code": "standard"}, "address": {"line1": "1 rue X"}, "promise": {"latest": option["latest"]}}
    ]
    assert sum(doc.free for doc in retail.database.stock.values()) == 4
    track = "query($by: OrderKey!) { order(by: $by) { number } }"
    own = {"own": {"number": order["number"], "secret": told["accessSecret"]}}
    assert (await ask(track, by=own))["order"] == {"number": order["number"]}
    assert (await ask(track, by={"number": order["number"]}))["order"] is None


async def test_a_repeated_call_is_answered_by_the_same_order_and_secret(ask: Asked, retail: Retail) -> None:
    wish = key(deliveryGroups=[group((await promised(ask))["token"])])
    first, again = [(await ask(PLACE, input=wish))["placeOrder"] for _ in range(2)]
    assert (first["order"]["number"], first["accessSecret"]) == (again["order"]["number"], again["accessSecret"])
    assert sum(doc.free for doc in retail.database.stock.values()) == 4


async def test_a_hold_becomes_the_order(ask: Asked, retail: Retail) -> None:
    reserve = "mutation($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } } }"
    hold = (await ask(reserve, input=key(lines=[{"sku": SHOE, "quantity": 1}])))["reserveStock"]["reservation"]
    wish = {"deliveryGroups": [{"method": "SHIP", "address": ADDRESS, "lines": [{"sku": SHOE, "quantity": 1}]}]}
    told = await place(ask, reservationId=hold["id"], **wish)
    assert told["userErrors"] == []
    state = (await ask("query($id: ID!) { reservation(id: $id) { state } }", id=hold["id"]))["reservation"]
    assert state == {"state": "COMMITTED"}
    assert retail.database.stock[stock_key(SHOE, WAREHOUSE)].free == 0


async def test_a_promise_that_cannot_be_kept_is_answered_by_the_best_that_can(ask: Asked, retail: Retail) -> None:
    token = (await promised(ask, method="PICKUP"))["token"]
    doc = retail.database.stock.pop(stock_key(SHIRT, LYON))
    assert doc.free == 1
    told = await place(ask, deliveryGroups=[{**group(token), "address": None}])
    (refused,) = told["userErrors"]
    assert (told["order"], told["accessSecret"]) == (None, None)
    assert (refused["code"], refused["field"], refused["option"]) == ("PROMISE_CHANGED", ["deliveryGroups", "0", "promiseToken"], None)


async def test_more_than_there_is_is_refused_and_nothing_is_taken(ask: Asked, retail: Retail) -> None:
    told = await place(ask, deliveryGroups=[{"method": "SHIP", "address": ADDRESS, "lines": [{"sku": SHOE, "quantity": 9}]}])
    assert told["order"] is None
    assert [(error["__typename"], error["code"]) for error in told["userErrors"]] == [("InsufficientStock", "INSUFFICIENT_STOCK")]
    assert retail.database.stock[stock_key(SHOE, WAREHOUSE)].free == 1


async def test_a_forged_token_is_refused_by_its_place(ask: Asked) -> None:
    told = await place(ask, deliveryGroups=[group("forged")])
    assert [(error["code"], error["field"]) for error in told["userErrors"]] == [
        ("TOKEN_INVALID", ["deliveryGroups", "0", "promiseToken"]),
    ]


async def test_a_price_that_the_customer_did_not_see_is_refused(ask: Asked) -> None:
    price = {"amount": "1.00", "currency": "EUR"}
    told = await place(ask, deliveryGroups=[group((await promised(ask))["token"], unitPrice=price)])
    assert [(error["code"], error["field"]) for error in told["userErrors"]] == [
        ("PRICE_CHANGED", ["deliveryGroups", "0", "lines", "0", "unitPrice"]),
    ]


async def test_a_marketplace_places_at_its_own_price_and_sees_no_personal_data(ask: Asked) -> None:
    line = {"unitPrice": {"amount": "18.00", "currency": "EUR"}}
    wish = {"method": "SHIP", "address": ADDRESS, "lines": [{"sku": SHIRT, "quantity": 1, **line}]}
    told = await place(ask, MARKETPLACE, deliveryGroups=[wish], customer={"name": "Ada"}, reference="M-1")
    assert told["userErrors"] == []
    own = await ask(
        "query($n: String!) { order(by: { number: $n }) { reference customer { name } } }", MARKETPLACE, n=told["order"]["number"]
    )
    assert own["order"] == {"reference": "M-1", "customer": None}


async def test_empty_and_huge_orders_are_refused(ask: Asked) -> None:
    assert [error["code"] for error in (await place(ask, deliveryGroups=[]))["userErrors"]] == ["REQUIRED"]
    many = [{"method": "SHIP", "address": ADDRESS, "lines": [{"sku": SHIRT, "quantity": 1}]}] * 21
    assert "TOO_MANY" in {error["code"] for error in (await place(ask, deliveryGroups=many))["userErrors"]}


CHANGE = """
mutation($input: ChangeDeliveryInput!) {
  changeDelivery(input: $input) {
    order {
      deliveryGroups { service { code } pickupLocation { code } promise { earlier { cause } } fee { amount } }
      lines { units { state location { code } } }
    }
    userErrors { code field }
  }
}
"""


async def test_a_shopper_collects_what_was_to_be_sent(ask: Asked) -> None:
    told = await place(ask, deliveryGroups=[group((await promised(ask))["token"])])
    by = {"own": {"number": told["order"]["number"], "secret": told["accessSecret"]}}
    name = (await ask("query($by: OrderKey!) { order(by: $by) { deliveryGroups { id } } }", by=by))["order"]["deliveryGroups"][0]["id"]
    token = (await promised(ask, method="PICKUP"))["token"]
    changed = (await ask(CHANGE, input=key(order=by, deliveryGroupId=name, to={"promiseToken": token})))["changeDelivery"]
    assert changed["userErrors"] == []
    assert changed["order"]["deliveryGroups"] == [
        {
            "service": {"code": "collect"},
            "pickupLocation": {"code": LYON},
            "promise": {"earlier": [{"cause": "CUSTOMER_CHANGE"}]},
            "fee": {"amount": "4.90"},
        }
    ]
    assert changed["order"]["lines"] == [{"units": [{"state": "OFFERED", "location": {"code": LYON}}]}]
