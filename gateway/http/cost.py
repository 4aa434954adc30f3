"""What an operation costs, reckoned before it runs: the objects that it may answer, lists multiplied, dear questions weighted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_input_object_type,
    is_list_type,
    value_from_ast_untyped,
)

from gateway.http.errors import RequestRefused

TOO_DEAR = "MAX_COST_EXCEEDED"
Variables: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CostRules:
    """What counts how much: an object counts one, a scalar nothing."""

    weights: Mapping[str, int] = field(default_factory=dict)
    """Of fields that count more, by `Type.field`."""
    mutation: int = 10
    """Of each root field of a mutation."""
    assumed: int = 3
    """So many entries a list is taken to have of which nothing is said."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many entries are asked for: what the arguments say, once the variables are known, or else `otherwise`."""

    values: tuple[ValueNode, ...]
    otherwise: int

    @property
    def is_open(self) -> bool:
        """Whether variables decide."""
        return any(map(_has_variable, self.values))

    def number(self, variables: Variables) -> int:
        told = [count for value in self.values if (count := entries(value_from_ast_untyped(value, dict(variables)))) is not None]
        return max(told, default=self.otherwise)


def entries(value: object) -> int | None:
    """Return how many entries a value asks for: a number, the length of a list, the longest list of an input; None: it does not say."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return max(1, value)
    if isinstance(value, list):
        return len(value)
    if isinstance(value, dict):
        return max((len(one) for one in value.values() if isinstance(one, list)), default=None)
    return None


@dataclass(frozen=True, slots=True)
class Cost:
    """An operation's: weights by the sizes that multiply them, so that only these are looked up for each request."""

    terms: tuple[tuple[tuple[Size, ...], int], ...]
    defaults: Variables

    def of(self, variables: Variables | None) -> int:
        known = {**self.defaults, **{name: value for name, value in (variables or {}).items() if value is not None}}
        return sum(weight * prod(size.number(known) for size in sizes) for sizes, weight in self.terms)


@dataclass(frozen=True, slots=True)
class Told:
    """What an operation costs, and what its caller may spend on one."""

    requested: int
    limit: int

    @property
    def shown(self) -> dict[str, int]:
        return {"requested": self.requested, "limit": self.limit}

    def check(self) -> None:
        if self.requested > self.limit:
            remedy = "Ask for fewer entries (first, lists in the input), for fewer nested lists, or in several requests."
            message = f"The operation may cost {self.requested}; yours may cost {self.limit}. {remedy}"
            raise RequestRefused([GraphQLError(message, extensions={"code": TOO_DEAR, "cost": self.shown})])


@dataclass(frozen=True, slots=True)
class Scope:
    """Where in an operation a selection stands: what multiplies it, and the page that it is of, if so."""

    type: str
    sizes: tuple[Size, ...] = ()
    times: int = 1
    each: int = 0
    """What each field counts more."""
    page: Size | None = None

    def multiplied(self, size: Size) -> "Scope":
        """Return the same so many times; numbers that no variable decides are multiplied at once."""
        if size.is_open:
            return replace(self, sizes=(*self.sizes, size))
        return replace(self, times=self.times * size.number({}))


class Pricing:
    """Prices the operations of one document, its fragments spread."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, rules: CostRules) -> None:
        self._schema, self._rules = schema, rules
        self._fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        self._terms = Counter[tuple[Size, ...]]()

    def cost(self, operation: OperationDefinitionNode) -> Cost:
        self._terms = Counter()
        root = self._schema.get_root_type(operation.operation)
        each = self._rules.mutation if operation.operation is OperationType.MUTATION else 0
        self._selection(operation.selection_set, Scope(root.name if root else "", each=each))
        defaults = {
            one.variable.name.value: value_from_ast_untyped(one.default_value)
            for one in operation.variable_definitions or ()
            if one.default_value is not None
        }
        return Cost(tuple(self._terms.items()), defaults)

    def _selection(self, selections: SelectionSetNode, here: Scope) -> None:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                self._field(node, here)
            elif isinstance(node, InlineFragmentNode):
                self._selection(node.selection_set, replace(here, type=node.type_condition.name.value) if node.type_condition else here)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                self._selection(fragment.selection_set, replace(here, type=fragment.type_condition.name.value))

    def _field(self, node: FieldNode, here: Scope) -> None:
        known: GraphQLField | None = getattr(self._schema.type_map[here.type], "fields", {}).get(node.name.value)
        if known is None:  # of introspection, which the bounds of the gate hold
            return
        named = get_named_type(known.type)
        weight = self._rules.weights.get(f"{here.type}.{node.name.value}", int(is_composite_type(named))) + here.each
        there = self._below(node, known, Scope(named.name, here.sizes, here.times), here.page)
        if weight:
            self._terms[there.sizes] += weight * there.times
        if node.selection_set:
            self._selection(node.selection_set, there)

    def _below(self, node: FieldNode, known: GraphQLField, there: Scope, page: Size | None) -> Scope:
        """Return what a field leads to: one object, so many entries of a list, or a page, whose own lists are its entries."""
        given, lists = (
            {argument.name.value: argument.value for argument in node.arguments or ()},
            is_list_type(get_nullable_type(known.type)),
        )
        if "first" in known.args:
            first = Size((given["first"],) if "first" in given else (), entries(known.args["first"].default_value) or self._rules.assumed)
            return there.multiplied(first) if lists else replace(there, page=first)
        if not lists:
            return there
        told = tuple(given[name] for name, argument in known.args.items() if name in given and _holds_a_list(argument.type))
        return there.multiplied(page if page and not told else Size(told, self._rules.assumed))


def _holds_a_list(type_: Any) -> bool:
    bare = get_nullable_type(type_)
    return is_list_type(bare) or is_input_object_type(bare)


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, VariableNode):
        return True
    inner = [*getattr(value, "values", ()), *(one.value for one in getattr(value, "fields", ()))]
    return any(map(_has_variable, inner))
