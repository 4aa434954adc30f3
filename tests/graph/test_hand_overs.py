"""Messages that wait for a person, listed page by page and decided over the graph."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.ids import Rid, order_number
from gateway.domain.outbox import HandOverState
from schema.ids import global_id
from tests.graph.conftest import CLERK, OPERATOR, WMS, Asked, Retail
from tests.graph.ledger import key, stocked
from tests.graph.order_book import NUMBER, PARCEL, RID, placed

RESOLVE = """
mutation($input: ResolveHandOverInput!) {
  resolveHandOver(input: $input) {
    handOver { id what orderNumber state attempts reference lastError source { code } }
    userErrors { __typename code message field ... on IllegalTransition { from attempted allowed } }
  }
}
"""
LISTED = """
query($filter: HandOverFilter, $first: Int, $after: String) {
  handOvers(filter: $filter, first: $first, after: $after) {
    totalCount edges { cursor node { id what orderNumber state } } pageInfo { hasNextPage endCursor }
  }
}
"""
MESSAGE = global_id("HandOver", f"{RID}/1")


@pytest.fixture(autouse=True)
def _placed(retail: Retail) -> None:
    stocked(retail, {})
    retail.put(placed())


async def resolve(ask: Asked, **wish: Any) -> Any:
    return (await ask(RESOLVE, OPERATOR, input=key(handOverId=MESSAGE) | wish))["resolveHandOver"]


async def test_an_operator_confirms_a_message_with_the_source_s_number(ask: Asked) -> None:
    told = await resolve(ask, resolution="CONFIRM", reference="W-9")
    assert told["userErrors"] == []
    assert told["handOver"] == {
        "id": MESSAGE,
        "what": f"SHIPMENT {PARCEL}",
        "orderNumber": NUMBER,
        "state": "ACKNOWLEDGED",
        "attempts": 3,
        "reference": "W-9",
        "lastError": "no",
        "source": {"code": "wms"},
    }
    assert (await ask("query($id: ID!) { node(id: $id) { ... on HandOver { state } } }", OPERATOR, id=MESSAGE))["node"] == {
        "state": "ACKNOWLEDGED"
    }


async def test_the_same_call_again_is_answered_again(ask: Asked) -> None:
    wish = key(resolution="DROP")
    first, second = [await resolve(ask, **wish) for _ in range(2)]
    assert (first, first["handOver"]["state"], first["userErrors"]) == (second, "DROPPED", [])


async def test_what_is_through_is_told_as_such(ask: Asked) -> None:
    await resolve(ask, resolution="RETRY")
    told = await resolve(ask, resolution="DROP")
    assert told["handOver"] is None
    (refused,) = told["userErrors"]
    assert (refused["__typename"], refused["from"], refused["attempted"], refused["allowed"], refused["field"]) == (
        "IllegalTransition",
        "WAITING",
        "DROPPED",
        [],
        ["handOverId"],
    )


@pytest.mark.parametrize("wrong", ["rubbish", global_id("Order", RID), global_id("HandOver", f"{RID}/9"), global_id("HandOver", "x")])
async def test_an_id_of_no_message_is_not_found(ask: Asked, wrong: str) -> None:
    told = await resolve(ask, handOverId=wrong, resolution="DROP")
    assert [(error["code"], error["field"]) for error in told["userErrors"]] == [("NOT_FOUND", ["handOverId"])]


async def test_it_is_for_operators_alone(ask: Asked, retail: Retail) -> None:
    (error,) = await ask(RESOLVE, CLERK, errors=True, input=key(handOverId=MESSAGE, resolution="DROP"))
    assert (error.original_error.code, error.message) == ("FORBIDDEN", "This needs the scope sources:write.")
    assert retail.database.orders[RID].outbox[0].state == "DEAD"


def owing(retail: Retail, rid: str, *states: HandOverState) -> None:
    doc = placed(rid=Rid(rid * 26))
    first = doc.outbox[0]
    messages = tuple(replace(first, n=n, key=f"{rid}:{n}", state=state) for n, state in enumerate(states, 1))
    retail.put(replace(doc, outbox=messages))


async def test_pages_break_off_inside_an_order_and_go_on_there_and_the_total_counts_messages(ask: Asked, retail: Retail) -> None:
    owing(retail, "A", *["DEAD"] * 12)
    owing(retail, "B", "PARKED", "ACKNOWLEDGED", "DEAD")
    seen: list[str] = []
    after, more, pages = None, True, 0
    while more:
        page = (await ask(LISTED, OPERATOR, filter={"states": ["PARKED", "DEAD"]}, first=4, after=after))["handOvers"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        assert page["totalCount"] == 15
        after, more, pages = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"], pages + 1
    assert (len(seen), len(set(seen)), pages) == (15, 15, 4)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"orderNumber": NUMBER}, 1),
        ({"orderNumber": order_number(Rid("A" * 26))}, 2),
        ({"orderNumber": "NOPE"}, 0),
        ({"sourceCodes": [WMS], "states": ["WAITING"]}, 1),
        ({"sourceCodes": ["pos"]}, 0),
        ({}, 3),
    ],
)
async def test_all_conditions_of_the_filter_hold(ask: Asked, retail: Retail, wanted: dict[str, Any], count: int) -> None:
    owing(retail, "A", "WAITING", "ACKNOWLEDGED")
    page = (await ask(LISTED, OPERATOR, filter=wanted))["handOvers"]
    assert (page["totalCount"], len(page["edges"])) == (count, count)
