"""The printed contract and the rules beside its root fields."""

from pathlib import Path

from graphql import GraphQLObjectType, get_named_type, is_introspection_type, is_specified_scalar_type
from strawberry import Schema

from schema.access import RULES

SDL = Path(__file__).parents[2] / "schema" / "schema.graphql"


def test_the_committed_sdl_is_what_the_code_prints(schema: Schema) -> None:
    assert SDL.read_text(encoding="utf-8") == schema.as_str() + "\n", "run: python -m schema > schema/schema.graphql"


def test_every_root_field_has_a_rule_and_every_rule_a_field(schema: Schema) -> None:
    built = schema._schema
    roots = (built.query_type, built.mutation_type, built.subscription_type)
    fields = {f"{root.name}.{name}" for root in roots if isinstance(root, GraphQLObjectType) for name in root.fields}
    assert fields == set(RULES)


def test_every_type_has_a_description(schema: Schema) -> None:
    silent = [
        name
        for name, kind in schema._schema.type_map.items()
        if not (is_introspection_type(kind) or is_specified_scalar_type(kind))
        and not name.endswith(("Edge", "Connection", "PageInfo"))
        and not get_named_type(kind).description
    ]
    assert silent == []
