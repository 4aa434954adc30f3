"""The executable schema: all types, their scalars, and a guard before each root field."""

from functools import cache

from strawberry import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.utils.str_converters import to_camel_case

from schema.access import RULES
from schema.asked_age import AskedAges
from schema.guard import Guard
from schema.mutations import Mutation
from schema.queries import Query
from schema.scalars import SCALARS
from schema.subscriptions import Subscription
from schema.types.user_errors import IdempotencyConflict, IllegalTransition, InsufficientStock, PromiseChanged, Refusal

USER_ERRORS = (Refusal, InsufficientStock, PromiseChanged, IllegalTransition, IdempotencyConflict)


class RememberedNames(NameConverter):
    """Every argument's name is asked for at every call of its field: each is spelled once and remembered."""

    def apply_naming_config(self, name: str) -> str:
        return camel_case(name)


@cache
def camel_case(name: str) -> str:
    return to_camel_case(name)


def build_schema() -> Schema:
    """Return the schema; a root field without a rule of access is refused here."""
    ages = AskedAges()
    for root in (Query, Mutation, Subscription):
        guard(get_object_definition(root, strict=True), ages)
    config = StrawberryConfig(scalar_map=SCALARS, name_converter=RememberedNames())
    return Schema(query=Query, mutation=Mutation, subscription=Subscription, types=USER_ERRORS, config=config)


def guard(root: StrawberryObjectDefinition, ages: AskedAges) -> None:
    for field in root.fields:
        name = field.graphql_name or to_camel_case(field.python_name)
        rule = RULES[f"{root.name}.{name}"]
        field.extensions = [Guard(rule, ages)]
