"""Steps of orders and of the work on them, over the graph."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.order_secret import order_secret, pickup_code
from schema.ids import global_id
from tests.domain.retailer import LYON
from tests.graph.conftest import CLERK, MAKER, NOW, OPERATOR, SHOPPER, Asked, Retail, caller
from tests.graph.ledger import key, stocked
from tests.graph.order_book import NUMBER, PARCEL, PICKUP, RID, placed

STEP = """
mutation($input: %sInput!) {
  %s(input: $input) {
    fulfillment { number state order { number status } lines { picked } }
    userErrors { __typename code message field ... on IllegalTransition { from attempted allowed } }
  }
}
"""
SECRET = order_secret(b"o" * 32, RID, 1)


@pytest.fixture(autouse=True)
def _placed(retail: Retail) -> None:
    stocked(retail, {})
    retail.put(placed())


async def step(ask: Asked, name: str, who: Any = CLERK, **wish: Any) -> Any:
    document = STEP % (name[0].upper() + name[1:], name)
    return (await ask(document, who, input=key(fulfillmentId=global_id("Fulfillment", PICKUP), **wish)))[name]


async def test_a_store_takes_an_order_from_the_offer_to_the_counter(ask: Asked) -> None:
    states = []
    for name in ("acceptFulfillment", "pickFulfillment", "markReadyForPickup"):
        told = await step(ask, name)
        assert told["userErrors"] == []
        states.append(told["fulfillment"]["state"])
    told = await step(ask, "collectFulfillment", pickupCode=pickup_code(b"o" * 32, RID, PICKUP))
    assert (told["userErrors"], told["fulfillment"]["state"]) == ([], "COLLECTED")
    assert states == ["ACCEPTED", "PICKED", "READY_FOR_PICKUP"]
    assert told["fulfillment"]["order"] == {"number": NUMBER, "status": "PARTIALLY_FULFILLED"}


async def test_a_step_that_the_state_does_not_allow_is_told_with_those_that_it_does(ask: Asked) -> None:
    told = await step(ask, "markReadyForPickup")
    (refused,) = told["userErrors"]
    assert told["fulfillment"] is None
    assert (refused["__typename"], refused["from"], refused["attempted"]) == ("IllegalTransition", "OFFERED", "READY_FOR_PICKUP")
    assert "ACCEPTED" in refused["allowed"]


@pytest.mark.parametrize("who", [MAKER, caller("STAFF", channel="web")])
async def test_work_at_anothers_place_is_not_for_the_caller(ask: Asked, who: Any) -> None:
    told = await step(ask, "acceptFulfillment", who)
    assert told["fulfillment"] is None
    assert [error["code"] for error in told["userErrors"]] in (["NOT_FOUND"], ["NOT_ALLOWED_HERE"])


async def test_a_malformed_id_is_not_found(ask: Asked) -> None:
    document = STEP % ("AcceptFulfillment", "acceptFulfillment")
    told = (await ask(document, CLERK, input=key(fulfillmentId="rubbish")))["acceptFulfillment"]
    assert [(error["code"], error["field"]) for error in told["userErrors"]] == [("NOT_FOUND", ["fulfillmentId"])]


async def test_an_offer_is_claimed_and_its_request_to_cancel_answered(ask: Asked) -> None:
    told = await step(ask, "claimFulfillment", locationCode=LYON)
    assert (told["userErrors"], told["fulfillment"]["state"]) == ([], "ACCEPTED")
    (refused,) = (await step(ask, "claimFulfillment", locationCode=LYON))["userErrors"]
    assert (refused["code"], refused["field"]) == ("ALREADY_CLAIMED", ["fulfillmentId"])
    (refused,) = (await step(ask, "answerCancellation", granted=True))["userErrors"]
    assert (refused["__typename"], refused["from"], refused["attempted"]) == ("IllegalTransition", "ACCEPTED", "CANCELED")
    told = (await ask(CANCEL, OPERATOR, input=key(order={"number": NUMBER}, reason="CUSTOMER")))["cancelOrder"]
    assert told["userErrors"] == []
    told = await step(ask, "answerCancellation", granted=False, note="It is wrapped.")
    assert (told["userErrors"], told["fulfillment"]["state"]) == ([], "ACCEPTED")


async def test_work_that_is_handed_over_where_it_lies_is_not_given_to_others(ask: Asked) -> None:
    (refused,) = (await step(ask, "reassignFulfillment", OPERATOR))["userErrors"]
    assert (refused["code"], refused["field"]) == ("NOT_DELIVERABLE", ["fulfillmentId"])


CANCEL = """
mutation($input: CancelOrderInput!) {
  cancelOrder(input: $input) {
    order { number status }
    canceled { sku quantity line { id } }
    requested { sku quantity }
    refund { amount { amount currency } state }
    userErrors { code field }
  }
}
"""


async def test_a_shopper_cancels_by_the_orders_own_secret(ask: Asked) -> None:
    by = {"own": {"number": NUMBER, "secret": SECRET}}
    told = (await ask(CANCEL, SHOPPER, input=key(order=by, reason="CUSTOMER")))["cancelOrder"]
    assert told["userErrors"] == []
    assert told["order"]["number"] == NUMBER
    assert sum(line["quantity"] for line in told["canceled"] + told["requested"]) == 3


CHANGE = """
mutation($input: ChangeDeliveryInput!) {
  changeDelivery(input: $input) { order { number deliveryGroups { address { line1 } } } userErrors { code field } }
}
"""


async def test_a_shopper_changes_the_delivery_by_the_orders_own_secret(ask: Asked) -> None:
    by, group = {"own": {"number": NUMBER, "secret": SECRET}}, global_id("DeliveryGroup", f"{RID}/2")
    both = {"pickupLocationCode": LYON, "promiseToken": "x"}
    (error,) = await ask(CHANGE, SHOPPER, errors=True, input=key(order=by, deliveryGroupId=group, to=both))
    assert "exactly one" in str(error)
    told = (await ask(CHANGE, SHOPPER, input=key(order=by, deliveryGroupId="rubbish", to={"pickupLocationCode": LYON})))["changeDelivery"]
    assert told["userErrors"] == [{"code": "NOT_FOUND", "field": ["deliveryGroupId"]}]
    told = (await ask(CHANGE, SHOPPER, input=key(order=by, deliveryGroupId=group, to={"promiseToken": "x"})))["changeDelivery"]
    assert (told["order"], told["userErrors"]) == (None, [{"code": "TOKEN_INVALID", "field": ["to", "promiseToken"]}])
    told = (await ask(CHANGE, SHOPPER, input=key(order={"number": NUMBER}, deliveryGroupId=group, to={"promiseToken": "x"})))[
        "changeDelivery"
    ]
    assert told["userErrors"] == [{"code": "NOT_FOUND", "field": ["order"]}]


@pytest.mark.parametrize("by", [{"number": NUMBER}, {"own": {"number": NUMBER, "secret": "x" * 22}}, {"id": "rubbish"}])
async def test_without_the_secret_there_is_no_such_order(ask: Asked, by: dict[str, Any]) -> None:
    told = (await ask(CANCEL, SHOPPER, input=key(order=by, reason="CUSTOMER")))["cancelOrder"]
    assert (told["order"], told["userErrors"]) == (None, [{"code": "NOT_FOUND", "field": ["order"]}])


async def test_an_order_is_held_and_released_by_those_who_look_after_it(ask: Asked) -> None:
    document = """mutation($input: %sInput!) { %s(input: $input) { order { status hold { reason } } userErrors { code field } } }"""
    hold = {"reason": "FRAUD", "note": "odd"}
    told = (await ask(document % ("HoldOrder", "holdOrder"), CLERK, input=key(order={"number": NUMBER}, hold=hold)))["holdOrder"]
    assert (told["userErrors"], told["order"]["hold"]) == ([], {"reason": "FRAUD"})
    told = (await ask(document % ("ReleaseOrder", "releaseOrder"), OPERATOR, input=key(order={"number": NUMBER})))["releaseOrder"]
    assert (told["userErrors"], told["order"]["hold"]) == ([], None)


OFFERS = (
    """query($number: String!) { fulfillment(by: {number: $number}) { state offers { state expiresAt answeredAt location { code } } } }"""
)


async def test_an_offer_shows_until_when_it_stands_and_what_came_of_it(ask: Asked, retail: Retail) -> None:
    doc = placed()
    assert doc.order
    ends_at = NOW + timedelta(hours=2)
    works = tuple(replace(work, lapses_at=ends_at) if work.number == PICKUP else work for work in doc.order.fulfillments)
    retail.put(replace(doc, order=replace(doc.order, fulfillments=works)))
    offer = {"state": "OPEN", "expiresAt": "2025-06-26T08:00:00Z", "answeredAt": None, "location": {"code": LYON}}
    assert (await ask(OFFERS, CLERK, number=PICKUP))["fulfillment"] == {"state": "OFFERED", "offers": [offer]}
    await step(ask, "acceptFulfillment")
    claimed = offer | {"state": "CLAIMED", "answeredAt": "2025-06-26T06:00:00Z"}
    assert (await ask(OFFERS, CLERK, number=PICKUP))["fulfillment"] == {"state": "ACCEPTED", "offers": [claimed]}
    assert (await ask(OFFERS, OPERATOR, number=PARCEL))["fulfillment"]["offers"] == []
