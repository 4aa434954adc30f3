"""How shipments of ours go on in Tryton: one piece of news for each state that they have come to."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.mapping.work import news
from adapters.tryton import payloads
from adapters.tryton.articles import Articles, chunks
from adapters.tryton.client import Reader, Record, Records
from adapters.tryton.drop_shipping import MODEL as DROP_SHIPMENT
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
STEP_AT_SUPPLIER = {"waiting": "ACCEPTED", "shipped": "SHIPPED", "done": "DELIVERED", "cancelled": "CANCELED"}
"""Of a drop shipment: it waits once its purchase is confirmed, and is done when the customer has it."""
WITH_UNITS = frozenset({"PICKED", "PACKED", "READY_FOR_PICKUP", "SHIPPED", "COLLECTED"})
ALWAYS = "1970-01-01T00:00:00+00:00"


@dataclass(frozen=True)
class Kind:
    """A kind of shipment: its model, the field of sales that names those of a sale, what its states mean, and the mark of its events."""

    model: str
    of_sale: str
    step: Mapping[str, str]
    mark: str = ""


SENT_BY_US = Kind(MODEL, "shipments", STEP)
SENT_BY_SUPPLIER = Kind(DROP_SHIPMENT, "drop_shipments", STEP_AT_SUPPLIER, "drop-")


class TrytonNews:
    """A WorkNewsSource. States that were passed between two looks are not told: news may skip steps."""

    def __init__(self, reader: Reader, articles: Articles, trail: Trail, *, dropping: bool) -> None:
        self._reader, self._articles, self._trail = reader, articles, trail
        self._kinds = (SENT_BY_US, SENT_BY_SUPPLIER) if dropping else (SENT_BY_US,)

    async def news(self, cursor: str | None) -> AsyncIterator[Batch[WorkNews]]:
        parts = [await self._of(kind, cursor) for kind in self._kinds]
        rows = [row for _, found in parts for row in found]
        names = await self._articles.named("news", [product for row in rows for product in row["units"]])
        good, rejected = payloads.made(rows, lambda row: words(row, names), news)
        first = parts[0][0]
        yield Batch(tuple(sorted(good, key=lambda one: one.at)), rejected, first.asked_at, self._trail.cursor(first.server_at))

    async def _of(self, kind: Kind, cursor: str | None) -> tuple[Records, list[Record]]:
        """Return an answer, and of its shipments those that are for sales of ours, with their units."""
        told = await self._reader.all("news", kind.model, [self._trail.since(cursor or ALWAYS)], FIELDS)
        fresh = {row["id"]: row for row in told.rows if row["state"] in kind.step}
        sales = await self._sales(kind, sorted(fresh))
        units = await self._units(kind, sorted(sales))
        return told, [{**fresh[one], "sale": sales[one], "units": units.get(one, {}), "kind": kind} for one in sorted(sales)]

    async def _sales(self, kind: Kind, shipments: Sequence[int]) -> dict[int, Record]:
        """Return the sale of ours that each shipment is for; those of others are left out."""
        found: dict[int, Record] = {}
        for chunk in chunks(shipments):
            domain = [[kind.of_sale, "in", chunk], ["description", "like", f"{MARK} %"]]
            told = await self._reader.all("news", "sale.sale", domain, ("reference", "description", "number", kind.of_sale))
            found |= {number: row for row in told.rows for number in row[kind.of_sale] if number in set(chunk)}
        return found

    async def _units(self, kind: Kind, shipments: Sequence[int]) -> dict[int, dict[int, float]]:
        """Return the units of each product that leave with each shipment."""
        found: dict[int, dict[int, float]] = {}
        for chunk in chunks(shipments):
            leaving = [["to_location.type", "=", "customer"], ["state", "!=", "cancelled"]]
            domain = [["shipment", "in", [f"{kind.model},{number}" for number in chunk]], *leaving]
            told = await self._reader.all("news", "stock.move", domain, ("product", "internal_quantity", "shipment"))
            for row in told.rows:
                units = found.setdefault(int(str(row["shipment"]).partition(",")[2]), {})
                units[row["product"]] = units.get(row["product"], 0) + row["internal_quantity"]
        return found


def words(row: Record, names: Mapping[int, Any]) -> payloads.Words:
    sale = row["sale"]
    at_counter = str(sale["description"]).endswith(" HAND_OVER")
    kind: Kind = row["kind"]
    step = (STEP_AT_COUNTER if at_counter else kind.step)[row["state"]]
    lines = [{**payloads.named(names[product]), "quantity": quantity} for product, quantity in row["units"].items()]
    return {
        "event": f"{kind.mark}{row['id']}-{step}",
        "reference": sale["reference"],
        "source_reference": str(sale["number"] or sale["id"]),
        "step": step,
        "at": written_at(row),
        "lines": lines if step in WITH_UNITS else None,
    }
