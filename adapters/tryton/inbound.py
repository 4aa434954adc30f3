"""Supply that suppliers still owe: moves out of supplier locations that have not come."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from adapters.mapping.figures import inbound
from adapters.tryton import payloads
from adapters.tryton.articles import Articles, chunks
from adapters.tryton.client import Reader, Record
from adapters.tryton.warehouses import Warehouses, warehouses
from gateway.domain.feeds import Batch, InboundRow

OWED = [["from_location.type", "=", "supplier"], ["state", "in", ["draft", "assigned"]]]
FIELDS = ("product", "internal_quantity", "planned_date", "to_location", "origin")
PURCHASE_LINE = "purchase.line,"


class TrytonInbound:
    """An InboundSource. One row for each line of a purchase: parts of it are told as one, as of when the last is planned."""

    def __init__(self, reader: Reader, articles: Articles, wanted: Sequence[str], moment: Callable[[Any], datetime]) -> None:
        self._reader, self._articles, self._wanted, self._moment = reader, articles, wanted, moment

    async def inbound(self) -> AsyncIterator[Batch[InboundRow]]:
        places = await warehouses(self._reader, "inbound", self._wanted)
        told = await self._reader.all("inbound", "stock.move", OWED, FIELDS)
        moves = [row for row in told.rows if row.get("to_location") in places.of]
        numbers = await self._purchases(moves)
        names = await self._articles.named("inbound", [row["product"] for row in moves])
        lines = combined(moves, places, numbers)
        rows, rejected = payloads.made(lines, lambda row: self._words(row, names), inbound)
        yield Batch(rows, rejected, told.asked_at)

    def _words(self, row: Record, names: Mapping[int, Any]) -> payloads.Words:
        return {
            **payloads.named(names[row["product"]]),
            "location": row["location"],
            "quantity": row["units"],
            "expected_at": payloads.noon(row["planned_date"], self._moment),
            "reference": row["reference"],
        }

    async def _purchases(self, moves: Sequence[Record]) -> dict[int, str]:
        """Return the numbers of the purchases that moves came of, by their lines."""
        lines = sorted({line for row in moves if (line := line_of(row))})
        numbers: dict[int, str] = {}
        for chunk in chunks(lines):
            told = await self._reader.all("inbound", "purchase.line", [["id", "in", chunk]], ("purchase.number",))
            numbers |= {row["id"]: str((row.get("purchase") or {}).get("number") or "") for row in told.rows}
        return numbers


def line_of(row: Record) -> int | None:
    origin = str(row.get("origin") or "")
    number = origin.removeprefix(PURCHASE_LINE)
    return int(number) if origin.startswith(PURCHASE_LINE) and number.isdigit() else None


def combined(moves: Sequence[Record], places: Warehouses, numbers: Mapping[int, str]) -> list[Record]:
    """Return one record for each line of a purchase and place: its units that are to come, and the latest of their dates."""
    found: dict[tuple[str, int, str], Record] = {}
    for row in moves:
        line = line_of(row)
        reference = f"{numbers.get(line) or 'P'}/{line}" if line else f"move/{row['id']}"
        key = (places.code_by_id[places.of[row["to_location"]]], row["product"], reference)
        one = found.setdefault(
            key, {"id": row["id"], "product": key[1], "location": key[0], "reference": reference, "units": 0, "planned_date": None}
        )
        one["units"] += row["internal_quantity"]
        one["planned_date"] = later(one["planned_date"], row.get("planned_date"))
    return list(found.values())


def later(one: date | None, other: date | None) -> date | None:
    return max(day for day in (one, other) if day) if one or other else None
