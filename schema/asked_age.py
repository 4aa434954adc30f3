"""How young figures must be: every `maxAgeSeconds` of an operation, found before it runs, since the tightest counts for all of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import ArgumentNode, GraphQLResolveInfo, IntValueNode, Node, ObjectFieldNode, OperationDefinitionNode, VariableNode

from schema.types.info import Info

NAME = "maxAgeSeconds"
MOST_REMEMBERED = 1_000


class AskedAges:
    """Remembers of each document where it asks, so that a document that is sent again is not walked again."""

    def __init__(self) -> None:
        self._places: dict[int, tuple[OperationDefinitionNode, tuple[Node, ...], tuple[Node, ...]]] = {}

    def seconds(self, info: Info) -> list[int]:
        """Return all values asked for, those in variables too."""
        bounds, variables = self.places(info._raw_info)  # noqa: SLF001 - Strawberry shows the operation's document nowhere else
        values = info.variable_values
        found = [value for bound in bounds for value in bound_values(bound, values)]
        found += [value for node in variables if isinstance(node, VariableNode) for value in nested(values.get(node.name.value))]
        return found

    def places(self, info: GraphQLResolveInfo[Any]) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
        """Return the values given under that name, and the variables that may hold some deeper inside."""
        known = self._places.get(id(info.operation))
        if known is not None and known[0] is info.operation:
            return known[1:]
        bounds: list[Node] = []
        variables: list[Node] = []
        for root in (info.operation, *info.fragments.values()):
            collect(root, bounds, variables)
        if len(self._places) >= MOST_REMEMBERED:
            self._places.clear()
        self._places[id(info.operation)] = (info.operation, tuple(bounds), tuple(variables))
        return tuple(bounds), tuple(variables)


def collect(node: Node, bounds: list[Node], variables: list[Node]) -> None:
    if isinstance(node, (ArgumentNode, ObjectFieldNode)) and node.name.value == NAME:
        bounds.append(node.value)
        return
    if isinstance(node, (ArgumentNode, ObjectFieldNode)) and isinstance(node.value, VariableNode):
        variables.append(node.value)
        return
    for key in node.keys:
        child = getattr(node, key, None)
        for each in child if isinstance(child, (list, tuple)) else (child,):
            if isinstance(each, Node):
                collect(each, bounds, variables)


def bound_values(bound: Node, values: Mapping[str, Any]) -> Iterator[int]:
    if isinstance(bound, IntValueNode):
        yield int(bound.value)
    elif isinstance(bound, VariableNode) and isinstance(value := values.get(bound.name.value), int):
        yield value


def nested(value: Any) -> Iterator[int]:
    """Yield the bounds inside an input object that came as a variable."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name == NAME and isinstance(part, int):
                yield part
            else:
                yield from nested(part)
    elif isinstance(value, list):
        for part in value:
            yield from nested(part)
