"""The callers' own operations, one by one: what GraphiQL opens on, and what the tests send."""

from pathlib import Path

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, Visitor, parse, print_ast, visit
from graphql.language import FragmentSpreadNode

FOLDER = Path(__file__).parent / "operations"
TITLES = {"storefront": "Storefront", "store": "Clienteling", "partner_and_operator": "Partner and operator"}


class Spreads(Visitor):
    """Collects the fragments that a piece of a document names."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.names.add(node.name.value)


def examples() -> list[tuple[str, str, str]]:
    """Return (group, name, text) of every operation, its fragments with it."""
    return [(title, *one) for group, title in TITLES.items() for one in operations(FOLDER / f"{group}.graphql")]


def operations(path: Path) -> list[tuple[str, str]]:
    document = parse(path.read_text(encoding="utf-8"))
    named = [node for node in document.definitions if isinstance(node, OperationDefinitionNode) and node.name]
    return [(node.name.value if node.name else "", text_of(node, document)) for node in named]


def text_of(operation: OperationDefinitionNode, document: DocumentNode) -> str:
    spreads = Spreads()
    visit(operation, spreads)
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode) and node.name.value in spreads.names]
    return "\n\n".join(print_ast(node) for node in (operation, *fragments))
