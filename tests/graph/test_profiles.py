"""Sourcing profiles over the graph: published, drafted, simulated; what was published stands over the file."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.ids import ChannelCode
from gateway.domain.sourcing_terms import SourcingProfile
from tests.domain.retailer import LYON, NANTES, WAREHOUSE
from tests.graph.conftest import NETWORK, OPERATOR, SHIRT, SHOE, SHOPPER, Asked, Retail, product
from tests.graph.ledger import key, stocked
from tests.graph.test_placing import HOME
from tests.graph.test_sourcing import placed, why

PUBLISH = """
mutation($input: PublishSourcingProfileInput!) {
  publishSourcingProfile(input: $input) {
    profile { id name version state channelCodes definition comment createdBy { name } }
    problems { line message } userErrors { code field message }
  }
}
"""
LISTED = """
query($channel: String, $states: [ProfileState!], $first: Int, $after: String) {
  sourcingProfiles(channelCode: $channel, states: $states, first: $first, after: $after) {
    nodes { name version state definition } pageInfo { hasNextPage endCursor }
  }
}
"""
WHAT_IF = """
query($input: SimulateSourcingInput!) {
  simulateSourcing(input: $input) {
    decision {
      trigger summary proven profile { name version } cost { total { amount } }
      shipments { from { code } lines { sku quantity } } candidates { location { code } excludedBy detail }
    }
    unavailable { method reason message }
    problems { line message }
  }
}
"""
SHOPS = '[[strategies]]\nname = "shops"\nkinds = ["STORE"]\n'
BASKET = {"lines": [{"sku": SHIRT, "quantity": 1}], "destination": HOME}


@pytest.fixture(autouse=True)
def _stocked(retail: Retail) -> None:
    stocked(retail, {(SHIRT, WAREHOUSE): 3, (SHIRT, LYON): 2, (SHOE, WAREHOUSE): 1})


async def publish(ask: Asked, definition: str = SHOPS, name: str = "near", **more: Any) -> Any:
    wish = {"name": name, "definition": definition, "channelCodes": ["web"], **more}
    return (await ask(PUBLISH, OPERATOR, input=key(**wish)))["publishSourcingProfile"]


async def what_if(ask: Asked, **wish: Any) -> Any:
    return (await ask(WHAT_IF, OPERATOR, input=wish))["simulateSourcing"]


def sources(told: Any) -> list[str]:
    return [each["from"]["code"] for each in told["decision"]["shipments"]]


async def test_a_published_profile_decides_at_once_and_stands_over_the_file(ask: Asked, retail: Retail) -> None:
    retail.network = replace(NETWORK, profiles=(SourcingProfile("file", (ChannelCode("web"),)),))
    told = await publish(ask, comment="nearer")
    assert told["problems"] == told["userErrors"] == []
    assert (told["profile"]["version"], told["profile"]["state"], told["profile"]["comment"]) == (1, "PUBLISHED", "nearer")
    (why_there,) = await why(ask, await placed(ask, method="SHIP"))
    assert (why_there["profile"], [each["from"]["code"] for each in why_there["shipments"]]) == ({"name": "near", "version": 1}, [LYON])
    listed = (await ask(LISTED, OPERATOR))["sourcingProfiles"]["nodes"]
    assert [(each["name"], each["version"], each["state"]) for each in listed] == [("near", 1, "PUBLISHED"), ("file", 1, "RETIRED")]


async def test_a_profile_of_the_file_counts_from_when_that_was_first_loaded(ask: Asked, retail: Retail) -> None:
    of_file = SourcingProfile("file", (ChannelCode("web"),))
    retail.network, began_at = replace(NETWORK, profiles=(of_file,)), retail.clock.now()
    document = "{ sourcingProfiles { nodes { name createdAt createdBy { name } } } }"
    asked = [(await ask(document, OPERATOR))["sourcingProfiles"]["nodes"]]
    retail.clock.at += timedelta(days=1)
    asked.append((await ask(document, OPERATOR))["sourcingProfiles"]["nodes"])
    told = {"name": "file", "createdAt": began_at.isoformat().replace("+00:00", "Z"), "createdBy": {"name": "network file"}}
    assert asked == [[told], [told]]


async def test_a_draft_decides_nothing_until_it_is_published(ask: Asked) -> None:
    draft = await publish(ask, draft=True)
    assert draft["profile"]["state"] == "DRAFT"
    assert sources(await what_if(ask, **BASKET)) == [WAREHOUSE]
    later = await publish(ask)
    assert (later["profile"]["version"], later["profile"]["state"]) == (2, "PUBLISHED")
    assert sources(await what_if(ask, **BASKET)) == [LYON]


async def test_a_version_that_another_came_before_is_refused(ask: Asked) -> None:
    await publish(ask)
    second = await publish(ask, replacesVersion=1)
    assert second["profile"]["version"] == 2
    late = await publish(ask, replacesVersion=1)
    assert late["profile"] is None
    assert [(error["code"], error["field"]) for error in late["userErrors"]] == [("CHANGED_MEANWHILE", ["replacesVersion"])]


async def test_the_same_call_publishes_once(ask: Asked) -> None:
    wish = key(name="near", definition=SHOPS, channelCodes=["web"])
    first, again = [(await ask(PUBLISH, OPERATOR, input=wish))["publishSourcingProfile"]["profile"] for _ in range(2)]
    assert first == again
    other = (await ask(PUBLISH, OPERATOR, input={**wish, "comment": "other"}))["publishSourcingProfile"]
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_CONFLICT"]


@pytest.mark.parametrize(
    ("definition", "problem"),
    [
        ("tolerance_days = [0, 2\n", {"line": 2, "message": "It is no TOML"}),
        ("\n[costs]\nper_unitt = 1\n", {"line": 3, "message": "costs.per_unitt: unknown key; did you mean 'per_unit'?"}),
        ("tolerance_days = [2, 0]", {"line": 1, "message": "tolerance_days: need rising days of 0 or more, as [0, 2, 5]"}),
    ],
)
async def test_a_definition_that_is_no_profile_is_told_by_line(ask: Asked, definition: str, problem: dict[str, Any]) -> None:
    for told in (await publish(ask, definition), await what_if(ask, **BASKET, profileDefinition=definition)):
        (found,) = told["problems"]
        assert (found["line"], found["message"][: len(problem["message"])]) == (problem["line"], problem["message"])
    assert (await ask(LISTED, OPERATOR))["sourcingProfiles"]["nodes"] == []


async def test_unknown_channels_are_refused_by_name(ask: Asked) -> None:
    told = await publish(ask, channelCodes=["wep"])
    assert [(error["code"], error["field"]) for error in told["userErrors"]] == [("NOT_FOUND", ["channelCodes", "0"])]


async def test_a_basket_is_simulated_under_another_profile_and_nothing_is_written(ask: Asked, retail: Retail) -> None:
    before = (dict(retail.database.stock), dict(retail.database.orders))
    told = await what_if(ask, **BASKET, profileDefinition=SHOPS)
    assert (sources(told), told["decision"]["trigger"], told["decision"]["profile"]["name"]) == ([LYON], "SIMULATED", "simulated")
    fences = {each["location"]["code"]: each["excludedBy"] for each in told["decision"]["candidates"]}
    assert fences == {LYON: None, WAREHOUSE: "NOT_OFFERED", NANTES: "NO_STOCK"}
    assert sources(await what_if(ask, **BASKET, excludedLocationCodes=[WAREHOUSE])) == [LYON]
    assert (dict(retail.database.stock), dict(retail.database.orders)) == before
    assert await retail.decisions.of("any", 9) == []  # type: ignore[arg-type]


async def test_markdowns_are_judged_from_the_time_that_is_simulated(ask: Asked, retail: Retail) -> None:
    blue = product(SHIRT, "Shirt blue", "20.00", "4000000000006")
    slow = replace(blue, sales_per_day="LYO:0.01", clearance_net=Decimal("5.00"), markdown_on=date(2025, 7, 26))
    await retail.products.save([slow])
    long_before = datetime(2024, 6, 27, 10, tzinfo=UTC).isoformat()
    costs = [
        Decimal(told["decision"]["cost"]["total"]["amount"])
        for told in [await what_if(ask, **BASKET, profileDefinition=SHOPS, at=at) for at in (None, long_before)]
    ]
    assert costs[0] < costs[1]


async def test_an_orders_unstarted_units_are_simulated(ask: Asked) -> None:
    order = await placed(ask, method="SHIP")
    told = await what_if(ask, order={"number": order["number"]}, profileDefinition=SHOPS)
    assert sources(told) == [LYON]


async def test_what_cannot_be_had_is_told_by_its_reason(ask: Asked) -> None:
    told = await what_if(ask, lines=[{"sku": SHIRT, "quantity": 9}], destination=HOME)
    assert (told["decision"], told["unavailable"][0]["reason"]) == (None, "NO_STOCK")


@pytest.mark.parametrize(
    "wish", [{}, {"order": {"number": "X"}, "lines": []}, {"order": {"number": "NO-SUCH"}}, {**BASKET, "excludedLocationCodes": ["MOON"]}]
)
async def test_what_cannot_be_simulated_is_refused(ask: Asked, wish: dict[str, Any]) -> None:
    (error,) = await ask(WHAT_IF, OPERATOR, errors=True, input=wish)
    assert error.original_error.code == "BAD_USER_INPUT"


async def test_versions_come_in_pages_and_are_found_by_their_id(ask: Asked) -> None:
    made = [await publish(ask) for _ in range(3)]
    page = (await ask(LISTED, OPERATOR, first=2))["sourcingProfiles"]
    assert [each["version"] for each in page["nodes"]] == [3, 2]
    rest = (await ask(LISTED, OPERATOR, first=2, after=page["pageInfo"]["endCursor"]))["sourcingProfiles"]
    assert ([each["version"] for each in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == ([1], False)
    retired = (await ask(LISTED, OPERATOR, states=["RETIRED"]))["sourcingProfiles"]["nodes"]
    assert [each["version"] for each in retired] == [2, 1]
    node = "query($id: ID!) { node(id: $id) { ... on SourcingProfile { version } } }"
    assert (await ask(node, OPERATOR, id=made[1]["profile"]["id"]))["node"] == {"version": 2}
    assert (await ask(node, SHOPPER, id=made[1]["profile"]["id"]))["node"] is None


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (
            {**BASKET, "serviceCode": "fast"},
            "serviceCode: web offers no service 'fast'; it offers: collect, standard, take, to-store, tonight, try-on.",
        ),
        ({**BASKET, "lines": [{"sku": SHIRT, "quantity": 0}]}, "lines.0.quantity is 0; send 1 to 1000000."),
    ],
)
async def test_what_cannot_be_simulated_is_refused_by_the_callers_own_field(ask: Asked, wish: dict[str, Any], message: str) -> None:
    (error,) = await ask(WHAT_IF, OPERATOR, errors=True, input=wish)
    assert error.message == message
