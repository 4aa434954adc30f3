"""Orders, work and holds: who sees what of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.errors import BadInput
from gateway.domain.ids import Rid
from gateway.domain.order import Event
from gateway.domain.order_secret import order_secret, pickup_code
from gateway.domain.principal import Principal
from schema.ids import global_id
from tests.domain.retailer import LYON, WAREHOUSE
from tests.graph.conftest import CLERK, MAKER, MARKETPLACE, OPERATOR, SHOPPER, Asked, Retail, caller
from tests.graph.order_book import NUMBER, PARCEL, PICKUP, RID, held, person, placed

SECRET = order_secret(b"o" * 32, RID, 1)
ORDER = """
query($by: OrderKey!) {
  order(by: $by) {
    id number status reference
    placedBy { name }
    customer { name email }
    attention { code fulfillment { number } }
    amounts { lines { amount } fees { amount } discount { amount } total { amount } canceled { amount } refundDue { amount } handedOver { amount } }
    lines { sku quantity units { quantity state location { code } fulfillment { number } } deliveryGroup { id } }
    deliveryGroups { service { code name method } address { line1 } pickupLocation { name } fulfillments { number pickupCode } }
    promise { latest state }
    refunds { state lines { sku quantity } }
    history { nodes { type summary subject { id } } }
    handOvers { state what source { code } }
  }
}
"""  # noqa: E501 - a query as callers send it


@pytest.fixture(autouse=True)
def _placed(retail: Retail) -> None:
    retail.put(placed())
    retail.database.personal[RID] = person()


async def order(ask: Asked, who: Principal, **by: Any) -> Any:
    return (await ask(ORDER, who, by=by))["order"]


async def test_an_order_is_told_whole_to_those_who_look_after_its_channel(ask: Asked) -> None:
    told = await order(ask, CLERK, number=NUMBER)
    assert (told["number"], told["status"], told["reference"], told["placedBy"]) == (NUMBER, "ROUTED", "R-1", {"name": "Shop"})
    assert told["customer"] == {"name": "Ada", "email": "ada@example.com"}
    assert told["attention"] == [{"code": "SHORTFALL", "fulfillment": {"number": PARCEL}}]
    assert {name: money["amount"] for name, money in told["amounts"].items()} == {
        "lines": "125.00",
        "fees": "4.90",
        "discount": "5.00",
        "total": "124.90",
        "canceled": "33.33",
        "refundDue": "33.33",
        "handedOver": "0.00",
    }
    assert told["lines"][0]["units"] == [{"quantity": 1, "state": "OFFERED", "location": {"code": LYON}, "fulfillment": {"number": PICKUP}}]
    assert told["deliveryGroups"][0]["pickupLocation"] == {"name": "Lyon"}
    assert told["deliveryGroups"][1]["address"] == {"line1": "1 rue X"}
    assert told["deliveryGroups"][1]["service"] == {"code": "standard", "name": "Standard", "method": "SHIP"}
    assert told["refunds"] == [{"state": "DUE", "lines": [{"sku": "SHOE-1", "quantity": 1}]}]
    assert [event["type"] for event in told["history"]["nodes"]] == ["ORDER_PLACED", "FULFILLMENT_OFFERED", "ORDER_ROUTED"]
    assert told["handOvers"] == [{"state": "DEAD", "what": f"SHIPMENT {PARCEL}", "source": {"code": "wms"}}]
    assert told["deliveryGroups"][0]["fulfillments"] == [{"number": PICKUP, "pickupCode": None}]


async def test_the_orders_own_secret_opens_it_to_a_shopper(ask: Asked) -> None:
    told = await order(ask, SHOPPER, own={"number": NUMBER, "secret": SECRET})
    assert told["customer"]["name"] == "Ada"
    assert told["deliveryGroups"][0]["fulfillments"] == [{"number": PICKUP, "pickupCode": pickup_code(b"o" * 32, RID, PICKUP)}]
    assert told["deliveryGroups"][1]["fulfillments"] == [{"number": PARCEL, "pickupCode": None}]
    assert (told["attention"], told["handOvers"], told["placedBy"]) == ([], None, None)
    assert [event["type"] for event in told["history"]["nodes"]] == ["ORDER_PLACED", "ORDER_ROUTED"]


async def test_a_customer_reads_of_places_by_their_names(ask: Asked, retail: Retail) -> None:
    doc = placed()
    assert doc.order
    asked = Event("e4", doc.order.updated_at, "ORDER_CHANGED", f"{LYON} was asked to cancel 1 unit.", fulfillment=PICKUP)
    retail.put(replace(doc, order=replace(doc.order, history=(*doc.order.history, asked))))
    for who, by, name in ((SHOPPER, {"own": {"number": NUMBER, "secret": SECRET}}, "Lyon"), (CLERK, {"number": NUMBER}, LYON)):
        told = await order(ask, who, **by)
        assert told["history"]["nodes"][-1]["summary"] == f"{name} was asked to cancel 1 unit."


@pytest.mark.parametrize("by", [{"number": NUMBER}, {"id": global_id("Order", RID)}, {"own": {"number": NUMBER, "secret": "x" * 22}}])
async def test_without_the_secret_a_shopper_sees_nothing(ask: Asked, by: dict[str, Any]) -> None:
    assert await order(ask, SHOPPER, **by) is None


async def test_an_unknown_number_and_a_malformed_id_are_null(ask: Asked) -> None:
    assert await order(ask, OPERATOR, number="NOPE") is None
    assert await order(ask, OPERATOR, id="%%%") is None
    assert await order(ask, OPERATOR, id=global_id("Product", RID)) is None


async def test_staff_of_another_channel_see_nothing(ask: Asked) -> None:
    assert await order(ask, caller("STAFF", LYON, channel="counter"), number=NUMBER) is None


async def test_a_partner_sees_its_own_orders_without_personal_data(ask: Asked, retail: Retail) -> None:
    assert await order(ask, MARKETPLACE, number=NUMBER) is None
    retail.put(placed("partner"))
    told = await order(ask, MARKETPLACE, number=NUMBER)
    assert (told["number"], told["customer"], told["deliveryGroups"][1]["address"], told["handOvers"]) == (NUMBER, None, None, None)


async def test_lists_are_narrowed_to_what_the_caller_may_see(ask: Asked, retail: Retail) -> None:
    retail.put(placed("partner", Rid("B" * 26)))
    document = (
        "query($after: String) { orders(first: 1, after: $after) { nodes { number } totalCount pageInfo { hasNextPage endCursor } } }"
    )
    first = (await ask(document, CLERK))["orders"]
    assert ([node["number"] for node in first["nodes"]], first["totalCount"]) == (["BBBB-BBBB-BBBB"], 2)
    second = (await ask(document, CLERK, after=first["pageInfo"]["endCursor"]))["orders"]
    assert ([node["number"] for node in second["nodes"]], second["pageInfo"]["hasNextPage"]) == ([NUMBER], False)
    own = (await ask(document, MARKETPLACE))["orders"]
    assert ([node["number"] for node in own["nodes"]], own["totalCount"]) == (["BBBB-BBBB-BBBB"], 1)
    assert [(query.owner, query.channels) for query, *_ in retail.orders.asked] == [
        (None, frozenset({"web"})),
        (None, frozenset({"web"})),
        ("partner", None),
    ]


async def test_personal_data_of_many_orders_is_one_call(ask: Asked, retail: Retail) -> None:
    retail.put(placed("partner", Rid("B" * 26)))
    await ask("{ orders { nodes { customer { name } deliveryGroups { address { city } } lines { product { name } } } } }", OPERATOR)
    assert retail.orders.calls["personal"] == 1
    assert retail.catalogue.calls["products"] == 1


async def test_a_supplier_sees_its_work_and_not_the_order(ask: Asked) -> None:
    document = """
    query($number: String!) { fulfillment(by: { number: $number }) {
      number state orderNumber amount { amount } order { number } deliveryGroup { id } pickupCode
      shipTo { line1 } lines { sku quantity orderLine { sku } product { name } } handOvers { state } milestones { step late }
    } }"""
    work = (await ask(document, caller("SUPPLIER", WAREHOUSE), number=PARCEL))["fulfillment"]
    assert (work["number"], work["orderNumber"], work["state"]) == (PARCEL, NUMBER, "OFFERED")
    assert (work["order"], work["deliveryGroup"], work["amount"], work["pickupCode"]) == (None, None, None, None)
    assert work["lines"] == [{"sku": "SHOE-1", "quantity": 2, "orderLine": None, "product": {"name": "Shoe black"}}]
    assert (work["shipTo"], work["handOvers"]) == ({"line1": "1 rue X"}, [{"state": "DEAD"}])
    assert work["milestones"] == [{"step": "ACCEPT", "late": True}]
    assert (await ask(document, MAKER, number=PARCEL))["fulfillment"] is None
    staff = (await ask(document, CLERK, number=PARCEL))["fulfillment"]
    assert (staff["order"], staff["amount"]) == ({"number": NUMBER}, {"amount": "66.67"})


async def test_a_work_list_holds_the_callers_places_only(ask: Asked) -> None:
    document = "query($filter: FulfillmentFilter!) { fulfillments(filter: $filter) { nodes { number } totalCount } }"
    assert (await ask(document, CLERK, filter={}))["fulfillments"]["nodes"] == [{"number": PICKUP}]
    (error,) = await ask(document, CLERK, errors=True, filter={"locationCodes": ["WH"]})
    assert error.message == "locationCodes: WH is no place of yours; yours are: LYO."
    assert isinstance(error.original_error, BadInput)


async def test_work_pages_break_inside_an_order_without_gaps(ask: Asked, retail: Retail) -> None:
    retail.put(placed("partner", Rid("B" * 26)))
    document = (
        "query($after: String) { fulfillments(filter: {}, first: 1, after: $after)"
        " { nodes { number } pageInfo { hasNextPage endCursor } } }"
    )
    numbers, after = [], None
    for _ in range(4):
        page = (await ask(document, OPERATOR, after=after))["fulfillments"]
        numbers += [node["number"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert numbers == [PICKUP, PARCEL, "BBBB-BBBB-BBBB-1", "BBBB-BBBB-BBBB-2"]
    assert page["pageInfo"]["hasNextPage"] is False


async def test_a_pickup_code_finds_its_work(ask: Asked) -> None:
    document = "query($code: String!) { fulfillments(filter: { pickupCode: $code }) { nodes { number } } }"
    found = await ask(document, CLERK, code=pickup_code(b"o" * 32, RID, PICKUP))
    assert found["fulfillments"]["nodes"] == [{"number": PICKUP}]
    assert (await ask(document, CLERK, code="AAAAAAAA"))["fulfillments"]["nodes"] == []


HOLD = (
    "query($id: ID!) { reservation(id: $id) { state channelCode expiresAt"
    " lines { sku requested reserved claims { quantity location { code } } } } }"
)


async def test_a_hold_tells_its_owner_what_it_holds(ask: Asked, retail: Retail) -> None:
    hold = held()
    retail.put(hold)
    told = (await ask(HOLD, id=global_id("Reservation", hold.rid)))["reservation"]
    assert (told["state"], told["channelCode"], told["expiresAt"]) == ("HELD", "web", "2025-06-26T06:15:00Z")
    assert told["lines"] == [
        {"sku": "SHIRT-1", "requested": 1, "reserved": 1, "claims": [{"quantity": 1, "location": {"code": "WH"}}]},
        {
            "sku": "SHIRT-1",
            "requested": 3,
            "reserved": 2,
            "claims": [{"quantity": 1, "location": {"code": "WH"}}, {"quantity": 1, "location": {"code": LYON}}],
        },
    ]
    other = caller("STOREFRONT", channel="web", session="s2")
    assert (await ask(HOLD, other, id=global_id("Reservation", hold.rid)))["reservation"] is None


async def test_a_hold_past_its_end_has_lapsed(ask: Asked, retail: Retail) -> None:
    hold = held()
    retail.put(hold)
    retail.clock.at += timedelta(minutes=15)
    told = (await ask(HOLD, id=global_id("Reservation", hold.rid)))["reservation"]
    assert (told["state"], [line["reserved"] for line in told["lines"]]) == ("LAPSED", [0, 0])


async def test_every_object_is_found_by_its_id(ask: Asked) -> None:
    ids = [
        global_id("Order", RID),
        global_id("OrderLine", f"{RID}/2"),
        global_id("DeliveryGroup", f"{RID}/1"),
        global_id("Refund", f"{RID}/1"),
        global_id("Event", f"{RID}/e1"),
        global_id("Fulfillment", PARCEL),
        global_id("FulfillmentLine", f"{PARCEL}/1"),
        global_id("HandOver", f"{RID}/1"),
        global_id("ProductGroup", "spring"),
        global_id("StockLevel", "web|WH|SHIRT-1"),
        global_id("OrderLine", f"{RID}/9"),
        global_id("HandOver", f"{RID}/x"),
    ]
    data = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", OPERATOR, ids=ids)
    assert [node and node["id"] for node in data["nodes"]] == [*ids[:-2], None, None]
    data = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", SHOPPER, ids=ids)
    assert [node["id"] for node in data["nodes"] if node] == ids[8:10]
