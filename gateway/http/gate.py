"""The gate: how large a request may be, each bound a named setting, judged before anything is validated or run."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, GraphQLError, SelectionSetNode
from graphql.language import ExecutableDefinitionNode, InlineFragmentNode, OperationDefinitionNode, SelectionNode

MOST_SHOWN = 1_000_000
"""Larger counts are not written out: fragments that double each other make numbers of hundreds of digits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the endpoint; what an operation may cost is its caller's (`cost`)."""

    read_budget_s: float = 2.0
    mutation_budget_s: float = 5.0
    budget_grace_s: float = 4.0
    """What an operation may take beyond its budget, whatever hangs."""
    body_timeout_s: float = 10.0
    """How long a body may take to arrive."""
    body_bytes: int = 256 * 1024
    json_depth: int = 32
    json_values: int = 3_000
    """Values in the variables, at all levels: a basket of 200 lines has some 2,000."""
    tokens: int = 1_000
    depth: int = 16
    """Levels of fields, the leaf counted; the introspection of common tools needs 15."""
    aliases: int = 50
    directives: int = 50
    fields: int = 2_000
    """Fields after every fragment is spread: fragments that double each other grow fast."""
    comparisons: int = 1_000
    """Pairs of fields with one response name at one place, fragments spread: validation compares each with each."""
    spreads: int = 80
    """Spreads of fragments, named and inline: validation compares what each brings along."""
    errors: int = 10
    """Most errors that are told of one document."""
    documents: int = 1_000
    document_tokens: int = 200_000
    """Bounds of the document cache: entries, and tokens of all of them (a token costs about 400 bytes of syntax tree)."""
    init_timeout_s: float = 10.0
    """How long a socket may wait with its connection_init."""
    subscriptions: int = 50
    """Most running operations of one socket."""
    send_timeout_s: float = 10.0
    """How long one message may wait for a slow reader before its connection is ended."""
    keep_alive_s: float = 12.0
    """Pause after which an idle event stream sends a comment, so that no proxy takes it for dead."""


@dataclass(slots=True)
class Size:
    """What a part of a document holds once its fragments are spread; `names` counts the response names at its own level."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    comparisons: int = 0
    names: Counter[str] = dataclass_field(default_factory=Counter)

    def add(self, part: "Size") -> None:
        self.depth = max(self.depth, part.depth)
        self.fields += part.fields
        self.aliases += part.aliases
        self.directives += part.directives
        self.comparisons += part.comparisons
        self.names.update(part.names)

    def enclosed(self) -> "Size":
        """Return the size seen from outside a selection, whose names meet no others any more."""
        pairs = sum(count * (count - 1) // 2 for count in self.names.values())
        return Size(self.depth, self.fields, self.aliases, self.directives, self.comparisons + pairs)


class Measure:
    """Measures the definitions of one document, each fragment once, so that the work stays small whatever they spread."""

    def __init__(self, document: DocumentNode) -> None:
        self.fragments: Mapping[str, FragmentDefinitionNode] = {
            definition.name.value: definition for definition in document.definitions if isinstance(definition, FragmentDefinitionNode)
        }
        self.sizes: dict[str, Size] = {}

    def operation(self, node: OperationDefinitionNode) -> Size:
        size = self.selection(node.selection_set).enclosed()
        size.directives += len(node.directives or ()) + sum(len(variable.directives or ()) for variable in node.variable_definitions or ())
        return size

    def selection(self, selections: SelectionSetNode | None) -> Size:
        size = Size()
        for node in selections.selections if selections else ():
            size.directives += len(node.directives or ())
            size.add(self.part(node))
        return size

    def part(self, node: SelectionNode) -> Size:
        if isinstance(node, FieldNode):
            size = self.selection(node.selection_set).enclosed()
            size.depth += 1
            size.fields += 1
            size.aliases += node.alias is not None
            size.names[(node.alias or node.name).value] = 1
            return size
        if isinstance(node, InlineFragmentNode):
            return self.selection(node.selection_set)
        return self.fragment(node.name.value) if isinstance(node, FragmentSpreadNode) else Size()

    def fragment(self, name: str) -> Size:
        """Return a fragment's size; a circle adds nothing here, validation names it."""
        if name not in self.sizes:
            self.sizes[name] = Size()
            if name in self.fragments:
                size = self.selection(self.fragments[name].selection_set)
                size.directives += len(self.fragments[name].directives or ())
                self.sizes[name] = size
        return self.sizes[name]


def excesses(document: DocumentNode, limits: Limits) -> Iterator[GraphQLError]:
    """Yield an error for each bound that an operation of the document exceeds."""
    measure = Measure(document)
    spreads = sum(1 for _ in spread_nodes(document))
    if spreads > limits.spreads:
        yield excess("spreads of fragments", spreads, limits.spreads)
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            yield from operation_excesses(measure.operation(operation), limits)


def operation_excesses(size: Size, limits: Limits) -> Iterator[GraphQLError]:
    for what, found, most in (
        ("levels of fields", size.depth, limits.depth),
        ("fields", size.fields, limits.fields),
        ("aliases", size.aliases, limits.aliases),
        ("directives", size.directives, limits.directives),
        ("comparisons of fields that share a name", size.comparisons, limits.comparisons),
    ):
        if found > most:
            yield excess(what, found, most)


def excess(what: str, found: int, most: int) -> GraphQLError:
    shown = str(found) if found < MOST_SHOWN else f"over {MOST_SHOWN}"
    return GraphQLError(f"The operation has {shown} {what}; at most {most} are taken. Ask for less, or in several requests.")


def spread_nodes(document: DocumentNode) -> Iterator[SelectionNode]:
    stack: list[Iterable[SelectionNode]] = [
        definition.selection_set.selections for definition in document.definitions if isinstance(definition, ExecutableDefinitionNode)
    ]
    while stack:
        for node in stack.pop():
            if not isinstance(node, FieldNode):
                yield node
            if isinstance(node, (FieldNode, InlineFragmentNode)) and node.selection_set:
                stack.append(node.selection_set.selections)
