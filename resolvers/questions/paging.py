"""Pages of parts of orders: where a row stands is where the order before its own stands, and its own name in its order."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from gateway.ports.order_book import Page, Record

T = TypeVar("T")
Key = tuple[str, ...]


def order_before(after: Key | None) -> Key | None:
    """Return behind which order the page goes on, so that the rest of the order that the last page broke off in comes too."""
    return after[:-1] or None if after else None


def placed_records(page: Page, before: Key | None) -> Iterator[tuple[Key, Record]]:
    """Yield each order with where the one before it stands."""
    return zip((before or (), *page.keys), page.records, strict=False)


def parts(found: Sequence[tuple[Key, str, T]], first: int, after: Key | None) -> tuple[tuple[tuple[Key, T], ...], bool]:
    """Return the rows behind `after`, cut to a page, each with where it stands, and whether there are more of them here.

    `found` is of one order more than the page has rows, since all rows of the first may be behind us.
    """
    rows = [((*key, name), part) for key, name, part in found]
    places = [key for key, _ in rows]
    begin = places.index(after) + 1 if after in places else 0
    return tuple(rows[begin : begin + first]), len(rows) > begin + first
