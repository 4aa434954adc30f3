"""Ids, cursors and pages: opaque, bound to what made them, and clear about what they refuse."""

import base64

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from gateway.domain.errors import BadInput
from schema.connections import Connection, CountedConnection, connection, cursor, keyset_after, page_size
from schema.ids import GlobalId, global_id, key_of, parsed_id
from schema.scalars import SCALARS


@strawberry.type
class Shoe:
    sku: str


@strawberry.type
class Box:
    number: int


@strawberry.type
class BoxConnection(CountedConnection[Box]):
    unknown: list[str]


@strawberry.type
class Query:
    @strawberry.field
    def shoes(self) -> Connection[Shoe]:
        return connection(
            Connection[Shoe],
            ["a", "b"],
            node=lambda sku: Shoe(sku=sku),
            keyset=lambda sku: (sku,),
            listing="shoes",
            has_next=True,
            after=None,
        )

    @strawberry.field
    def boxes(self) -> BoxConnection:
        return connection(
            BoxConnection,
            list[int](),
            node=lambda number: Box(number=number),
            keyset=lambda number: (number,),
            listing="boxes",
            has_next=False,
            after=(4,),
            total_count=4,
            unknown=["x"],
        )


SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


async def test_a_page_has_nodes_edges_and_the_cursors_of_its_ends() -> None:
    page = "edges { cursor node { __typename } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    result = await SCHEMA.execute(f"{{ shoes {{ __typename nodes {{ sku }} {page} }} boxes {{ __typename totalCount unknown {page} }} }}")
    first, second = cursor("shoes", ("a",)), cursor("shoes", ("b",))
    assert result.errors is None
    assert result.data == {
        "shoes": {
            "__typename": "ShoeConnection",
            "nodes": [{"sku": "a"}, {"sku": "b"}],
            "edges": [{"cursor": first, "node": {"__typename": "Shoe"}}, {"cursor": second, "node": {"__typename": "Shoe"}}],
            "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "startCursor": first, "endCursor": second},
        },
        "boxes": {
            "__typename": "BoxConnection",
            "totalCount": 4,
            "unknown": ["x"],
            "edges": [],
            "pageInfo": {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None},
        },
    }


def test_the_printed_types_are_those_of_the_contract() -> None:
    assert "type BoxEdge {\n  cursor: String!\n  node: Box!\n}" in str(SCHEMA)
    assert "type ShoeConnection {\n  nodes: [Shoe!]!\n  pageInfo: PageInfo!\n  edges: [ShoeEdge!]!\n}" in str(SCHEMA)


def test_a_cursor_gives_its_keyset_back_to_its_own_list() -> None:
    assert keyset_after(cursor("orders", ("2026", 5, None)), "orders", (str, int, str | None)) == ("2026", 5, None)
    assert keyset_after(None, "orders", (str,)) is None


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "é",
        "====",
        "Incorrect padding",
        "A" * 5_000,
        cursor("products", ("a",)),
        cursor("orders", (1,)),
        cursor("orders", ("a", "b")),
        cursor("orders", ()),
        base64.urlsafe_b64encode(b'["orders",{"$ne":null}]').decode(),
        base64.urlsafe_b64encode(b'["orders",true]').decode(),
        base64.urlsafe_b64encode(b"[" * 600).decode(),
        base64.urlsafe_b64encode(b"5").decode(),
    ],
)
def test_a_cursor_of_another_list_or_hand_is_refused(after: str) -> None:
    with pytest.raises(BadInput, match=r"^after is no cursor of this list in this order; take endCursor"):
        keyset_after(after, "orders", (str,))


def test_a_page_has_from_1_to_100_rows() -> None:
    assert [page_size(None), page_size(1), page_size(100), page_size(250, most=250)] == [24, 1, 100, 250]
    for first in (0, -5, 101, 2**31 - 1):
        with pytest.raises(BadInput, match=f"^first is {first}; ask for 1 to 100 and page on with after.$"):
            page_size(first)


@pytest.mark.parametrize("key", ["SKU-1", "a|b:c", "é", " "])
def test_an_id_names_its_type_and_key(key: str) -> None:
    assert parsed_id(global_id("Product", key)) == GlobalId("Product", key)
    assert key_of("Product", global_id("Product", key)) == key
    assert key_of("Order", global_id("Product", key)) is None


@pytest.mark.parametrize(
    "text", ["", "x", "é", "====", "UHJvZHVjdDo", "UHJvZHVjdA", "OmE", "UHJvZHVjdDph=", "UHJvZHVjdDpi\n", "//8", "A" * 5_000]
)
def test_a_malformed_id_is_unknown(text: str) -> None:
    assert parsed_id(text) is None
