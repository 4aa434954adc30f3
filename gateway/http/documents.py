"""The store of documents: text to a parsed, gated and validated document, each worked out once and kept by its SHA-256."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    Source,
    parse,
    specified_rules,
    validate,
)

from gateway.http.cost import Cost, CostRules, Pricing
from gateway.http.errors import PARSE_FAILED, RESOLUTION_FAILURE, VALIDATION_FAILED, RequestRefused, refused
from gateway.http.gate import Limits, excesses

NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Document:
    """What is known of a text: its tree and operations, each with the root fields it names, or why it is refused.

    `costs`: of each operation, where costs are told.
    """

    ast: DocumentNode | None
    operations: tuple[OperationDefinitionNode, ...] = ()
    roots: tuple[frozenset[str], ...] = ()
    costs: tuple[Cost, ...] = ()
    errors: tuple[GraphQLError, ...] = ()
    tokens: int = 0

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation to run. Which one is settled first: no other fault of the document matters without it."""
        if self.ast is None:
            raise RequestRefused(self.errors)
        found = [operation for operation in self.operations if name is None or (operation.name and operation.name.value == name)]
        if len(found) != 1:
            raise refused(RESOLUTION_FAILURE, unresolved(name, len(self.operations), len(found)))
        if self.errors:
            raise RequestRefused(self.errors)
        return found[0]

    def cost_of(self, operation: OperationDefinitionNode) -> Cost | None:
        return next((cost for one, cost in zip(self.operations, self.costs, strict=False) if one is operation), None)

    def roots_of(self, operation: OperationDefinitionNode) -> frozenset[str]:
        return next((roots for one, roots in zip(self.operations, self.roots, strict=True) if one is operation), frozenset())


def unresolved(name: str | None, operations: int, found: int) -> str:
    if operations == 0:
        return "The document has no operation."
    if name is None:
        return f"The document has {operations} operations; say which by operationName."
    return f"{'No' if not found else 'More than one'} operation of the document is called {name[:NAME_LENGTH]!r}."


def kind(operation: OperationDefinitionNode) -> OperationType:
    return operation.operation


class Documents:
    """Least recently used documents of one schema. `hits` and `misses` count lookups since the start.

    Persisted operations will look a digest up in here, or in a list of trusted ones, before they ask for the text.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        *,
        hide_suggestions: bool,
        introspection: bool = True,
        costs: CostRules | None = None,
    ) -> None:
        self.schema, self.limits, self.hide_suggestions, self.cost_rules = schema, limits, hide_suggestions, costs
        self.rules: Sequence[type[ASTValidationRule]] = (
            specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
        )
        self.hits = self.misses = self.tokens = 0
        self.by_digest: OrderedDict[bytes, Document] = OrderedDict()

    def document(self, text: str) -> Document:
        digest = sha256(text.encode()).digest()
        known = self.by_digest.get(digest)
        if known is not None:
            self.hits += 1
            self.by_digest.move_to_end(digest)
            return known
        self.misses += 1
        document = self.worked_out(text)
        self.keep(digest, document)
        return document

    def keep(self, digest: bytes, document: Document) -> None:
        self.by_digest[digest] = document
        self.tokens += document.tokens
        while len(self.by_digest) > self.limits.documents or self.tokens > self.limits.document_tokens:
            _, dropped = self.by_digest.popitem(last=False)
            self.tokens -= dropped.tokens

    def worked_out(self, text: str) -> Document:
        try:
            ast = parse(Source(text, "request"), max_lexical_tokens=self.limits.tokens)
        except GraphQLError as error:
            return Document(None, errors=(coded(error, PARSE_FAILED),))
        operations = tuple(definition for definition in ast.definitions if isinstance(definition, OperationDefinitionNode))
        errors = tuple(coded(error, VALIDATION_FAILED) for error in self.faults(ast))
        roots = tuple(root_fields(ast, operation) for operation in operations)
        return Document(ast, operations, roots, () if errors else self.costs(ast, operations), errors, ast.token_count or 0)

    def costs(self, ast: DocumentNode, operations: tuple[OperationDefinitionNode, ...]) -> tuple[Cost, ...]:
        if self.cost_rules is None:
            return ()
        pricing = Pricing(self.schema, ast, self.cost_rules)
        return tuple(map(pricing.cost, operations))

    def faults(self, ast: DocumentNode) -> list[GraphQLError]:
        """Return what the gate refuses, or else what validation does: comparing and checking comes after the bounds hold."""
        over = list(excesses(ast, self.limits))
        if over:
            return over[: self.limits.errors]
        found = validate(self.schema, ast, self.rules, max_errors=self.limits.errors, hide_suggestions=self.hide_suggestions)
        return found[: self.limits.errors]


def root_fields(ast: DocumentNode, operation: OperationDefinitionNode) -> frozenset[str]:
    """Return the names of an operation's root fields, those of its fragments among them."""
    fragments = {one.name.value: one for one in ast.definitions if isinstance(one, FragmentDefinitionNode)}
    names, spread, open_sets = set[str](), set[str](), [operation.selection_set]
    while open_sets:
        for node in open_sets.pop().selections:
            if isinstance(node, FieldNode):
                names.add(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                open_sets.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread and node.name.value in fragments:
                spread.add(node.name.value)
                open_sets.append(fragments[node.name.value].selection_set)
    return frozenset(names)


def coded(error: GraphQLError, code: str) -> GraphQLError:
    """Return the error with a code: its own if it has one (a scalar's), else `code`."""
    if error.extensions and "code" in error.extensions:
        return error
    return GraphQLError(error.message, error.nodes, error.source, error.positions, extensions={**(error.extensions or {}), "code": code})
