"""How shipments of ours go on in Tryton: one piece of news for each state that they have come to."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from adapters.mapping.work import news
from adapters.tryton import payloads
from adapters.tryton.articles import Articles, chunks
from adapters.tryton.client import Reader, Record
from adapters.tryton.orders import MARK
from adapters.tryton.shipments import MODEL
from adapters.tryton.trail import Trail, written_at
from gateway.domain.feeds import Batch, WorkNews

FIELDS = ("state", "number", "create_date", "write_date")
STEP = {
    "assigned": "ACCEPTED",
    "picked": "PICKED",
    "packed": "PACKED",
    "shipped": "PACKED",
    "done": "SHIPPED",
    "cancelled": "CANCELED",
}
"""Goods count as gone when their moves are done, one button after `shipped`: until then Tryton counts them as lying there."""
STEP_AT_COUNTER = {**STEP, "packed": "READY_FOR_PICKUP", "shipped": "READY_FOR_PICKUP", "done": "COLLECTED"}
WITH_UNITS = frozenset({"PICKED", "PACKED", "READY_FOR_PICKUP", "SHIPPED", "COLLECTED"})
ALWAYS = "1970-01-01T00:00:00+00:00"


class TrytonNews:
    """A WorkNewsSource. States that were passed between two looks are not told: news may skip steps."""

    def __init__(self, reader: Reader, articles: Articles, trail: Trail) -> None:
        self._reader, self._articles, self._trail = reader, articles, trail

    async def news(self, cursor: str | None) -> AsyncIterator[Batch[WorkNews]]:
        told = await self._reader.all("news", MODEL, [self._trail.since(cursor or ALWAYS)], FIELDS)
        fresh = {row["id"]: row for row in told.rows if row["state"] in STEP}
        sales = await self._sales(sorted(fresh))
        units = await self._units(sorted(sales))
        rows = [{**fresh[number], "sale": sales[number], "units": units.get(number, {})} for number in sorted(sales)]
        names = await self._articles.named("news", [product for row in rows for product in row["units"]])
        good, rejected = payloads.made(rows, lambda row: words(row, names), news)
        yield Batch(tuple(sorted(good, key=lambda one: one.at)), rejected, told.asked_at, self._trail.cursor(told.server_at))

    async def _sales(self, shipments: Sequence[int]) -> dict[int, Record]:
        """Return the sale of ours that each shipment is for; those of others are left out."""
        found: dict[int, Record] = {}
        for chunk in chunks(shipments):
            domain = [["shipments", "in", chunk], ["description", "like", f"{MARK} %"]]
            told = await self._reader.all("news", "sale.sale", domain, ("reference", "description", "number", "shipments"))
            found |= {number: row for row in told.rows for number in row["shipments"] if number in set(chunk)}
        return found

    async def _units(self, shipments: Sequence[int]) -> dict[int, dict[int, float]]:
        """Return the units of each product that leave with each shipment."""
        found: dict[int, dict[int, float]] = {}
        for chunk in chunks(shipments):
            leaving = [["to_location.type", "=", "customer"], ["state", "!=", "cancelled"]]
            domain = [["shipment", "in", [f"{MODEL},{number}" for number in chunk]], *leaving]
            told = await self._reader.all("news", "stock.move", domain, ("product", "internal_quantity", "shipment"))
            for row in told.rows:
                units = found.setdefault(int(str(row["shipment"]).partition(",")[2]), {})
                units[row["product"]] = units.get(row["product"], 0) + row["internal_quantity"]
        return found


def words(row: Record, names: Mapping[int, Any]) -> payloads.Words:
    sale = row["sale"]
    at_counter = str(sale["description"]).endswith(" HAND_OVER")
    step = (STEP_AT_COUNTER if at_counter else STEP)[row["state"]]
    lines = [{**payloads.named(names[product]), "quantity": quantity} for product, quantity in row["units"].items()]
    return {
        "event": f"{row['id']}-{step}",
        "reference": sale["reference"],
        "source_reference": str(sale["number"] or sale["id"]),
        "step": step,
        "at": written_at(row),
        "lines": lines if step in WITH_UNITS else None,
    }
