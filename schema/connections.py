"""Relay connections over keysets: bounds of a page, opaque cursors, and the types that carry them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from types import UnionType
from typing import Any, Generic, TypeVar

import orjson
import strawberry
from strawberry import Private

from gateway.domain.errors import BadInput

CursorValue = str | int | None
Keyset = tuple[CursorValue, ...]
"""The values that a list is sorted by, of one row; the last of them unique, so that pages neither skip nor repeat rows."""

MOST_ROWS = 100
LONGEST_CURSOR = 1_024

Node = TypeVar("Node")
Row = TypeVar("Row")


def page_size(first: int | None, *, default: int = 24, most: int = MOST_ROWS) -> int:
    """Return how many rows a page holds; raises BadInput outside 1 to `most`."""
    size = default if first is None else first
    if not 1 <= size <= most:
        raise BadInput(f"first is {size}; ask for 1 to {most} and page on with after.")
    return size


def cursor(listing: str, keyset: Keyset) -> str:
    """Return the opaque cursor of a row. `listing` names the list and its order: a cursor fits only where it was given."""
    return urlsafe_b64encode(orjson.dumps([listing, *keyset])).decode().rstrip("=")


def keyset_after(after: str | None, listing: str, shape: Sequence[type | UnionType]) -> Keyset | None:
    """Return the keyset to go on after, None for the first page.

    `shape` gives the type of each value (`str`, `int`, `str | None`). Raises BadInput for what `cursor`
    did not make for this listing: such a value must never reach a database's query.
    """
    if after is None:
        return None
    keyset = unpacked(after, listing)
    fits = keyset is not None and len(keyset) == len(shape) and all(map(matches, keyset, shape))
    if not fits:
        raise BadInput("after is no cursor of this list in this order; take endCursor or an edge's cursor of the page before.")
    return keyset


def matches(value: CursorValue, kind: type | UnionType) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def unpacked(after: str, listing: str) -> Keyset | None:
    if len(after) > LONGEST_CURSOR or not after.isascii():
        return None
    try:
        values = orjson.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except ValueError:
        return None
    return tuple(values[1:]) if isinstance(values, list) and values and values[0] == listing else None


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Edge(Generic[Node]):
    cursor: str
    node: Node


@strawberry.type(name="Connection")
class Connection(Generic[Node]):
    """A page of a list; printed as `<Node>Connection`. Made by `connection`."""

    @strawberry.field
    def edges(self) -> list[Edge[Node]]:
        return [Edge(cursor=cursor(self.listing, keyset), node=node) for keyset, node in zip(self.keysets, self.nodes, strict=True)]

    nodes: list[Node]
    page_info: PageInfo
    listing: Private[str]
    keysets: Private[Sequence[Keyset]]


@strawberry.type(name="Connection")
class CountedConnection(Connection[Node], Generic[Node]):
    """A page of a list that also says how long the list is."""

    total_count: int | None = strawberry.field(description="Exact to 10,000, null above.", default=None)


ConnectionT = TypeVar("ConnectionT", bound=Connection[Any])


def connection(
    kind: type[ConnectionT],
    rows: Sequence[Row],
    *,
    node: Callable[[Row], object],
    keyset: Callable[[Row], Keyset],
    listing: str,
    has_next: bool,
    after: Keyset | None,
    **more: Any,
) -> ConnectionT:
    """Return a page of type `kind` from rows that were already cut to it; `more` are the fields that the type has of its own."""
    keysets = [keyset(row) for row in rows]
    page_info = PageInfo(
        has_next_page=has_next,
        has_previous_page=after is not None,
        start_cursor=cursor(listing, keysets[0]) if keysets else None,
        end_cursor=cursor(listing, keysets[-1]) if keysets else None,
    )
    return kind(nodes=[node(row) for row in rows], page_info=page_info, listing=listing, keysets=keysets, **more)
