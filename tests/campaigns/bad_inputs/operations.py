"""Random operations over our own schema: fields, arguments and values that may fit, and often do not."""

import json
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_non_null_type,
)

DEEPEST, MOST_FIELDS, MOST_IN_LIST = 5, 4, 3
ODD_TEXTS: tuple[str, ...] = (
    "",
    " ",
    "\x00",
    "\n",
    "\u202e",
    "\U0001d518\U0001f600",
    "é" * 50,
    "'; DROP TABLE orders; --",
    '{"$ne": null}',
    "$where",
    "$$NOW",
    "a.b.c",
    "_id",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "%s%s%n",
    "{{7*7}}",
    "|",
    "A|WH",
    "-1",
    "NaN",
    "2026-02-30T25:61:61Z",
    "0000-00-00",
    "9999-12-31T23:59:59+14:00",
    "1e400",
    "x" * 5_000,
    "http://169.254.169.254/latest",
    "T3JkZXI6eA",
    "====",
    "null",
)
ODD_NUMBERS: tuple[Any, ...] = (0, -1, -5, 1, 2, 10_000, 2**31 - 1, -(2**31), 2**31, 2**53, 0.1, 1e308, -0.0)
ODD_VALUES: tuple[Any, ...] = (None, True, [], {}, [[[[]]]], {"$ne": None}, {"__proto__": 1}, [None], "x", 1)


class Name(str):
    """A bare word of GraphQL, as an enum's value."""

    __slots__ = ()


@dataclass
class Maker:
    """Makes operations. `oddness` is how often a value is not what its type wants."""

    schema: GraphQLSchema
    dice: random.Random
    names: Sequence[str]
    own: Sequence[str] = ()
    oddness: float = 0.08
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)

    def operation(self) -> bytes:
        """Return the body of one request."""
        self.variables, self.declared = {}, []
        kind = self.dice.choices(("query", "mutation"), (2, 1))[0]
        root = self.schema.query_type if kind == "query" else self.schema.mutation_type
        assert root
        selection = self.selection(root, 0)
        heads = f"({', '.join(self.declared)})" if self.declared else ""
        text = f"{kind} Q{heads} {selection}"
        if self.dice.random() < self.oddness / 3:
            text = mangled(text, self.dice)
        body: dict[str, Any] = {"query": text, "variables": self.variables}
        if self.dice.random() < self.oddness / 3:
            body[self.dice.choice(("variables", "operationName", "extensions"))] = self.dice.choice(ODD_VALUES)
        return json.dumps(body).encode()

    def selection(self, kind: Any, depth: int) -> str:
        if is_abstract_type(kind):
            possible = self.dice.choice(list(self.schema.get_possible_types(kind)))
            return "{ __typename ... on " + possible.name + " " + self.selection(possible, depth) + " }"
        assert isinstance(kind, GraphQLObjectType)
        fields = list(kind.fields.items())
        chosen = self.dice.sample(fields, min(len(fields), self.dice.randint(1, 2 if depth == 0 else MOST_FIELDS)))
        parts = [self.field(name, one, depth, number) for number, (name, one) in enumerate(chosen)]
        return "{ " + " ".join(part for part in parts if part) + " __typename }"

    def field(self, name: str, told: GraphQLField, depth: int, number: int) -> str:
        inner = get_named_type(told.type)
        if is_composite_type(inner) and depth >= DEEPEST:
            return ""
        alias = f"a{depth}{number}: " if self.dice.random() < 0.05 else ""
        arguments = [
            f"{argument}: {self.given(one.type)}"
            for argument, one in told.args.items()
            if is_non_null_type(one.type) or self.dice.random() < 0.35
        ]
        if self.dice.random() < self.oddness / 10:
            arguments.append("nonsense: 1")
        called = f"({', '.join(arguments)})" if arguments else ""
        return f"{alias}{name}{called}{' ' + self.selection(inner, depth + 1) if is_composite_type(inner) else ''}"

    def given(self, kind: Any) -> str:
        """Return an argument's value: written out, or a variable that holds it."""
        value = self.value(kind, 0)
        if self.dice.random() < 0.5:
            name = f"v{len(self.declared)}"
            self.declared.append(f"${name}: {kind}")
            self.variables[name] = value
            return f"${name}"
        return literal(value)

    def value(self, kind: Any, depth: int) -> Any:
        if self.dice.random() < self.oddness:
            return self.dice.choice((self.dice.choice(ODD_VALUES), self.dice.choice(ODD_TEXTS), self.dice.choice(ODD_NUMBERS)))
        if isinstance(kind, GraphQLNonNull):
            return self.value(kind.of_type, depth)
        if isinstance(kind, GraphQLList):
            many = 300 if self.dice.random() < 0.01 else self.dice.randint(0, MOST_IN_LIST)
            return [self.value(kind.of_type, depth + 1) for _ in range(many)]
        if isinstance(kind, GraphQLEnumType):
            return Name(self.dice.choice(list(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            return self.members(kind, depth)
        return self.leaf(kind.name)

    def members(self, kind: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        if depth > DEEPEST:
            return {}
        if kind.is_one_of and self.dice.random() > self.oddness:
            name = self.dice.choice(list(kind.fields))
            return {name: self.value(kind.fields[name].type, depth + 1)}
        told = {
            name: self.value(one.type, depth + 1)
            for name, one in kind.fields.items()
            if is_non_null_type(one.type) or self.dice.random() < 0.4
        }
        if self.dice.random() < self.oddness / 4:
            told[self.dice.choice(("$where", "extra", "__typename", "price"))] = 1
        return told

    def leaf(self, name: str) -> Any:
        make = LEAVES.get(name)
        return make(self.dice) if make and self.dice.random() > self.oddness else self.text()

    def text(self) -> str:
        if self.own and self.dice.random() < 0.1:
            return self.dice.choice(self.own)
        return self.dice.choice(self.names) if self.dice.random() < 0.7 else self.dice.choice(ODD_TEXTS)


def day(dice: random.Random) -> str:
    return f"20{dice.randint(10, 40)}-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}"


LEAVES: dict[str, Callable[[random.Random], Any]] = {
    "Int": lambda dice: dice.choice(ODD_NUMBERS) if dice.random() < 0.2 else dice.randint(1, 5),
    "Float": lambda dice: dice.uniform(-90, 90),
    "Boolean": lambda dice: dice.random() < 0.5,
    "IdempotencyKey": lambda dice: str(uuid.UUID(int=dice.getrandbits(128), version=4)),
    "DateTime": lambda dice: f"{day(dice)}T10:00:00Z",
    "Date": day,
    "Decimal": lambda dice: dice.choice(("20.00", "0", "-1", "19.999", "1000000000000")),
    "CountryCode": lambda dice: dice.choice(("FR", "DE", "ZZ")),
    "CurrencyCode": lambda dice: dice.choice(("EUR", "USD")),
}


def literal(value: Any) -> str:
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(one) for one in value) + "]"
    return json.dumps(value)


def mangled(text: str, dice: random.Random) -> str:
    """Return a text with a piece taken out, doubled, or put elsewhere."""
    start, end = sorted(dice.randrange(len(text)) for _ in range(2))
    piece = text[start:end]
    return dice.choice((text[:start] + text[end:], text[:end] + piece + text[end:], text[:start] + piece[::-1] + text[end:], piece))
