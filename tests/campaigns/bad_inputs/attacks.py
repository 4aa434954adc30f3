"""Documents and values made to cost much: every family in sizes drawn by lot, each to be refused for little."""

import json
import random
from collections.abc import Callable

Attack = Callable[[random.Random], bytes]
MOST_CALLS = 300_000
"""Of functions, to refuse one attack: some tens of milliseconds."""


def document(text: str, variables: object = None) -> bytes:
    return json.dumps({"query": text, "variables": variables}).encode()


def size(dice: random.Random, least: int, most: int) -> int:
    return dice.randint(least, most)


def nested(dice: random.Random) -> bytes:
    depth = size(dice, 20, 400)
    return document("{ channels { services " + "{ services " * depth + "{ code }" + " }" * depth + " } }")


def aliased(dice: random.Random) -> bytes:
    many = size(dice, 61, 400)
    return document("{ " + " ".join(f"a{n}: channels {{ code }}" for n in range(many)) + " }")


def aliased_by_fragments(dice: random.Random) -> bytes:
    many = size(dice, 20, 60)
    parts = " ".join(f"b{n}: code" for n in range(many))
    spread = " ".join(f"{letter}: channels {{ ...F }}" for letter in "abcd")
    return document(f"{{ {spread} }} fragment F on Channel {{ {parts} }}")


def directives(dice: random.Random) -> bytes:
    many = size(dice, 60, 300)
    return document("{ channels " + "@include(if: true) " * many + "{ code } }")


def unknown_directives(dice: random.Random) -> bytes:
    return document("{ channels " + "".join(f"@x{n} " for n in range(size(dice, 60, 400))) + "{ code } }")


def repeated_fields(dice: random.Random) -> bytes:
    return document("{ " + "channels { code } " * size(dice, 50, 240) + "}")


def overlapping(dice: random.Random) -> bytes:
    return document("{ " + " ".join(f"x: channels(n: {n}) {{ code }}" for n in range(size(dice, 50, 120))) + " }")


def breadth(dice: random.Random) -> bytes:
    return document("{ channels { " + "code " * size(dice, 500, 900) + "} }")


def circular(dice: random.Random) -> bytes:
    many = size(dice, 1, 40)
    parts = " ".join(f"fragment F{n} on Channel {{ code ...F{(n + 1) % many} }}" for n in range(many))
    return document(f"{{ channels {{ ...F0 }} }} {parts}")


def doubling(dice: random.Random) -> bytes:
    many = size(dice, 10, 60)
    parts = " ".join(f"fragment F{n} on Channel {{ ...F{n + 1} ...F{n + 1} }}" for n in range(many))
    return document(f"{{ channels {{ ...F0 }} }} {parts} fragment F{many} on Channel {{ code }}")


def chained(dice: random.Random) -> bytes:
    many = size(dice, 81, 150)
    parts = " ".join(f"fragment F{n} on Channel {{ ...F{n + 1} }}" for n in range(many))
    return document(f"{{ channels {{ ...F0 }} }} {parts} fragment F{many} on Channel {{ code }}")


def batches(dice: random.Random) -> bytes:
    return b"[" + b",".join([document("{ channels { code } }")] * size(dice, 2, 500)) + b"]"


def deep_variables(dice: random.Random) -> bytes:
    depth = size(dice, 33, 20_000)
    return b'{"query": "query($a: String) { channels { code } }", "variables": {"a": ' + b"[" * depth + b"]" * depth + b"}}"


def huge_variables(dice: random.Random) -> bytes:
    skus = ["x" * 50] * size(dice, 251, 4_000)
    return document("query($skus: [String!]!) { availability(skus: $skus) { sku } }", {"skus": skus})


def huge_basket(dice: random.Random) -> bytes:
    lines = [{"sku": "A", "quantity": dice.choice((0, -5, 2**31 - 1, 1))}] * size(dice, 201, 2_500)
    wanted = {"idempotencyKey": "k" * 40, "lines": lines}
    return document("mutation($i: ReserveStockInput!) { reserveStock(input: $i) { userErrors { code } } }", {"i": wanted})


def long_token(dice: random.Random) -> bytes:
    return document("{ order(by: {number: " + json.dumps("9" * size(dice, 10_000, 200_000)) + "}) { number } }")


def many_operations(dice: random.Random) -> bytes:
    return document(" ".join(f"query Q{n} {{ channels {{ code }} }}" for n in range(size(dice, 50, 160))))


def introspection_bomb(dice: random.Random) -> bytes:
    deep = size(dice, 4, 12)
    return document("{ __schema { types { " + "fields { type { " * deep + "name" + " } }" * deep + " } } }")


def operators(dice: random.Random) -> bytes:
    value = dice.choice(({"$ne": None}, {"$gt": ""}, {"$where": "1"}, ["$ne"], {"$regex": ".*"}))
    return document("query($n: String!) { order(by: {number: $n}) { number } }", {"n": value})


ATTACKS: dict[str, Attack] = {
    attack.__name__.replace("_", " "): attack
    for attack in (
        nested,
        aliased,
        aliased_by_fragments,
        directives,
        unknown_directives,
        repeated_fields,
        overlapping,
        breadth,
        circular,
        doubling,
        chained,
        batches,
        deep_variables,
        huge_variables,
        huge_basket,
        long_token,
        many_operations,
        introspection_bomb,
        operators,
    )
}
