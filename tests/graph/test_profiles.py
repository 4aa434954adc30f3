"""Sourcing profiles over the graph: published, drafted, simulated; what was published stands over the file."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.ids import ChannelCode
from gateway.domain.sourcing_terms import SourcingProfile
from tests.domain.retailer import LYON, WAREHOUSE
from tests.graph.conftest import NETWORK, OPERATOR, SHIRT, SHOE, Asked, Retail
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
    ("definition", "line", "message"),
    [
        ('[[strategies]]\nname = "far"\nlocations = ["MOON"]\n', 3, "strategies.far.locations: there is no location 'MOON'"),
        ("draft = true\n", 1, "draft: is told beside the definition"),
    ],
)
async def test_a_definition_names_places_that_there_are_and_nothing_that_is_told_beside_it(
    ask: Asked, definition: str, line: int, message: str
) -> None:
    published, simulated = await publish(ask, definition), await what_if(ask, profileDefinition=definition, **BASKET)
    assert published["profile"] is None
    for told in (published, simulated):
        (problem,) = told["problems"]
        assert (problem["line"], problem["message"].startswith(message)) == (line, True)
