"""Costs: reckoned before an operation runs, told with its answer, and bounded by what its caller may spend."""

from typing import Any

import httpx2
import pytest
from graphql import OperationDefinitionNode, build_schema, parse

from gateway.callers import Callers
from gateway.domain.network import Caller, Network
from gateway.domain.principal import Principal
from gateway.http.cost import Cost, CostRules, Pricing
from gateway.settings import Settings
from schema.build import build_schema as build_contract
from schema.costs import WEIGHT_BY_FIELD
from schema.examples import examples
from tests.http.conftest import caller, served
from tests.http.shop import PRINCIPAL, graph
from tests.http.test_sse import events
from tests.http.test_websocket import peer

SHOP = build_schema("""
type Query {
  shoe(sku: String): Shoe
  shoes(first: Int, after: String): ShoePage!
  bySku(skus: [String!]!): [Shoe]!
  search(input: Search!): [Shoe!]!
  promise(sku: String): Shoe
}
type ShoePage { nodes: [Shoe!]! total: Int }
type Shoe { sku: String! maker: Maker shelves: [Shelf!]! tags: [String!]! }
type Maker { name: String! }
type Shelf { place: Maker units: Int }
input Search { words: [String!] skus: [String!] }
type Mutation { buy(sku: String): Shoe }
""")
SHOP.type_map["Query"].fields["shoes"].args["first"].default_value = 20  # type: ignore[attr-defined] # as a schema of code has it
RULES = CostRules({"Query.promise": 50}, assumed=3)


def cost(text: str, rules: CostRules = RULES) -> Cost:
    document = parse(text)
    (operation,) = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    return Pricing(SHOP, document, rules).cost(operation)


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("{ shoe { sku tags } }", {}, 1),
        ("{ shoe { maker { name } } }", {}, 2),
        ("{ a: shoe { sku } b: shoe { sku } }", {}, 2),
        ("{ shoes { nodes { maker { name } } total } }", {}, 1 + 20 + 20),
        ("{ shoes(first: 2) { nodes { sku } total } }", {}, 3),
        ("query ($n: Int) { shoes(first: $n) { nodes { shelves { units } } } }", {"n": 7}, 1 + 7 + 7 * 3),
        ("query ($n: Int) { shoes(first: $n) { nodes { sku } } }", {"n": None}, 21),
        ("query ($n: Int = 4) { shoes(first: $n) { nodes { sku } } }", {}, 5),
        ('{ bySku(skus: ["a", "b"]) { sku } }', {}, 2),
        ("query ($skus: [String!]!) { bySku(skus: $skus) { shelves { place { name } } } }", {"skus": ["a"] * 9}, 9 + 9 * 3 + 9 * 3),
        ("query ($s: Search!) { search(input: $s) { sku } }", {"s": {"words": ["x"], "skus": ["a", "b", "c", "d"]}}, 4),
        ("query ($w: [String!]) { search(input: {words: $w}) { sku } }", {"w": ["x"] * 6}, 6),
        ("{ search(input: {}) { sku } }", {}, 3),
        ("{ promise { maker { name } } }", {}, 51),
        ("mutation { buy { sku } }", {}, 11),
        ("query { ...f } fragment f on Query { shoe { ... on Shoe { maker { name } } } }", {}, 2),
        ("{ __schema { types { name } } __typename }", {}, 0),
    ],
)
def test_objects_count_one_and_lists_multiply(text: str, variables: dict[str, Any], expected: int) -> None:
    assert cost(text).of(variables) == expected


def test_lists_of_which_nothing_is_said_are_taken_to_have_a_few_entries() -> None:
    assert [cost("{ shoe { shelves { units } } }", CostRules(assumed=assumed)).of(None) for assumed in (1, 5)] == [2, 6]


def costly(limit: int) -> Any:
    return graph(costs=CostRules({"Query.hello": 3}), most_cost=lambda _principal: limit)


async def test_an_answer_tells_what_it_cost_and_the_limit_and_what_is_dearer_is_not_run() -> None:
    async with caller(costly(6)) as client:
        answer = await client.post("/graphql", json={"query": "{ hello }"})
        assert answer.json() == {"data": {"hello": "world"}, "extensions": {"cost": {"requested": 3, "limit": 6}}}
        dear = await client.post("/graphql", json={"query": "{ a: hello b: hello c: hello }"})
    refused = told(dear)
    assert (refused["code"], refused["cost"]) == ("MAX_COST_EXCEEDED", {"requested": 9, "limit": 6})
    assert dear.json()["errors"][0]["message"].startswith("The operation may cost 9; yours may cost 6. Ask for fewer")
    assert "data" not in dear.json()


def told(answer: httpx2.Response) -> dict[str, Any]:
    extensions: dict[str, Any] = answer.json()["errors"][0]["extensions"]
    return extensions


async def test_streams_and_sockets_tell_it_too() -> None:
    async with served(costly(6)) as address:
        assert await events(address, "{ hello }") == [{"data": {"hello": "world"}, "extensions": {"cost": {"requested": 3, "limit": 6}}}]
        async with peer(address) as client:
            await client.subscribe("a", "{ a: hello b: hello c: hello }")
            assert (await client.next())["payload"][0]["extensions"]["cost"] == {"requested": 9, "limit": 6}


def test_a_caller_may_spend_what_the_network_file_says_or_what_all_may() -> None:
    callers = (Caller("shop", "STOREFRONT", "0" * 64, most_cost=400), Caller("till", "STAFF", "1" * 64))
    known = Callers(Network("Test", "EUR", "FR", "Europe/Paris", "erp", callers=callers))  # type: ignore[arg-type]
    till = Principal("till", "STAFF", "Till", frozenset())
    assert [known.most_cost(principal, 1_000) for principal in (PRINCIPAL, till)] == [400, 1_000]


def test_every_example_is_well_within_what_a_caller_may_spend() -> None:
    schema = build_contract()._schema
    limit = Settings.model_fields["max_cost"].default
    for example in examples():
        document = parse(example[2])
        pricing = Pricing(schema, document, CostRules(WEIGHT_BY_FIELD))
        for operation in document.definitions:
            if isinstance(operation, OperationDefinitionNode):
                assert pricing.cost(operation).of({}) < limit / 2, operation.name


def test_weights_are_of_fields_that_there_are() -> None:
    schema = build_contract()._schema
    for name in WEIGHT_BY_FIELD:
        parent, _, field = name.partition(".")
        assert field in schema.type_map[parent].fields  # type: ignore[attr-defined]
