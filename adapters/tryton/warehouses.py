"""The warehouses that are ours to sell from, and what of the tree of locations belongs to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from adapters.tryton.client import Reader, Record
from gateway.domain.errors import SourceRejected

MODEL = "stock.location"
FIELDS = (
    "name",
    "code",
    "type",
    "parent",
    "address.street",
    "address.postal_code",
    "address.city",
    "address.country.code",
)
WITHIN = ["type", "in", ["warehouse", "storage", "view"]]


@dataclass(frozen=True)
class Warehouses:
    """`rows`: the warehouses' records; `of`: the warehouse's id by that of every location inside it; `server_at`: when they were told."""

    rows: Sequence[Record]
    of: Mapping[int, int]
    asked_at: datetime
    server_at: datetime
    code_by_id: Mapping[int, str] = field(default_factory=dict)

    def id_of(self, code: str) -> int | None:
        return next((number for number, one in self.code_by_id.items() if one == code), None)


async def warehouses(reader: Reader, operation: str, wanted: Sequence[str]) -> Warehouses:
    """Return our warehouses. Raises SourceRejected where there is none: asked for no place, Tryton answers that everything is 0."""
    told = await reader.all(operation, MODEL, [WITHIN], FIELDS)
    ours = [row for row in told.rows if row.get("type") == "warehouse" and (not wanted or row.get("code") in wanted)]
    if absent := [code for code in wanted if code not in {row.get("code") for row in ours}]:
        raise SourceRejected(reader.source, f"has no active warehouse {', '.join(absent)}; name its codes in options.warehouses")
    if not ours:
        raise SourceRejected(reader.source, "has no active warehouse; its figures would all be 0")
    codes = {row["id"]: str(row.get("code") or row["id"]) for row in ours}
    parents = {row["id"]: row.get("parent") for row in told.rows}
    inside = {number: top for number in parents if (top := _top(number, parents, codes))}
    return Warehouses(ours, inside, told.asked_at, told.server_at, codes)


def _top(number: int, parents: Mapping[int, int | None], tops: Mapping[int, str]) -> int | None:
    """Return the warehouse that a location lies in, if it is one of ours."""
    at: int | None = number
    for _ in range(len(parents)):
        if at is None or at in tops:
            return at
        at = parents.get(at)
    return None
