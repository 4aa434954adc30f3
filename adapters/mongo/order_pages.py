"""Keyset pages of orders: behind a place, in one order, with a count that is exact as far as people look."""

from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import ExecutionTimeout

from adapters.mongo.order_documents import order_of
from adapters.mongo.order_queries import together
from adapters.mongo.writes import Bounds, Collection, Document, repeated
from gateway.domain.errors import BadInput
from gateway.ports.order_book import Page, record_of

MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Listing:
    """Which orders, by which field of text they stand, and which way; the number tells equals apart."""

    conditions: list[Document]
    field: str
    descending: bool = False

    def behind(self, after: tuple[str, ...] | None) -> list[Document]:
        if after is None:
            return []
        if len(after) != 2:  # noqa: PLR2004 - the field and the number
            raise BadInput("after: this cursor belongs to another list; begin without it.")
        beyond = "$lt" if self.descending else "$gt"
        return [{"$or": [{self.field: {beyond: after[0]}}, {self.field: {"$eq": after[0]}, "facts.number": {beyond: after[1]}}]}]

    @property
    def order(self) -> list[tuple[str, int]]:
        way = DESCENDING if self.descending else ASCENDING
        return [(self.field, way), ("facts.number", way)]


async def page_of(orders: Collection, listing: Listing, first: int, after: tuple[str, ...] | None, bounds: Bounds) -> Page:
    where = together([*listing.conditions, *listing.behind(after)])

    async def rows() -> list[Document]:
        cursor = orders.find(where).sort(listing.order).limit(first + 1).max_time_ms(bounds.command_ms)
        return await cursor.to_list(first + 1)

    async def count() -> int:
        try:
            return await orders.count_documents(together(listing.conditions), limit=MOST_COUNTED + 1, maxTimeMS=bounds.command_ms)
        except ExecutionTimeout:  # few of very many: a list without its total is worth more than none
            return MOST_COUNTED + 1

    found = await repeated(rows, bounds)
    total = await repeated(count, bounds)
    keys = tuple(place(document, listing.field) for document in found[:first])
    return Page(
        records=tuple(record_of(order_of(document)) for document in found[:first]),
        end=keys[-1] if keys else None,
        more=len(found) > first,
        total=total if total <= MOST_COUNTED else None,
        keys=keys,
    )


def place(document: Document, field: str) -> tuple[str, ...]:
    facts: dict[str, Any] = document["facts"]
    return (facts[field.partition(".")[2]], facts["number"])
