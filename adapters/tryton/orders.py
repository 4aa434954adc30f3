"""Sales made of messages: every field that Tryton's own screen would fill in is filled in here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.tryton import payloads
from adapters.tryton.articles import Articles, chunks
from adapters.tryton.client import Reader, Record
from adapters.tryton.company import Books
from adapters.tryton.drop_shipping import DropShipping
from adapters.tryton.session import Session
from adapters.tryton.warehouses import warehouses
from gateway.domain.errors import SourceRejected
from gateway.domain.feeds import Item, Message

MARK = "commerce-gateway"
"""Begins the description of every sale of ours, before the task that it is about."""
PRICED = ("list_price_used", "gross_price_used", "sale_uom", "template.account_category.customer_taxes_used")


@dataclass(frozen=True)
class Making:
    """What makes sales: reads by key, writes in a session."""

    reader: Reader
    session: Session
    articles: Articles
    books: Books
    wanted: Sequence[str]
    invoice_method: str
    with_tax: bool
    dropping: DropShipping

    async def sale(self, operation: str, message: Message) -> int:
        """Create the sale of a message as a draft; return its id."""
        lines = await self._lines(operation, message)
        party, address = await self._party(operation, message)
        warehouse = await self._warehouse(operation, message)
        company = await self.books.company(operation)
        values = {
            "reference": message.reference,
            "description": f"{MARK} {task_of(message)}",
            "company": company.id,
            "currency": company.currency,
            "party": party,
            "invoice_party": party,
            "invoice_address": address,
            "shipment_party": party,
            "shipment_address": address,
            "warehouse": warehouse,
            "payment_term": None,
            "invoice_method": self.invoice_method,
            "shipment_method": "order" if self.dropping.is_for(message) else "manual",
            "shipment_cost_method": None,
            "lines": [["create", lines]],
        }
        made: list[int] = await self.session.call(operation, "model.sale.sale.create", [values])
        return made[0]

    async def _warehouse(self, operation: str, message: Message) -> int:
        """Return the warehouse that the work is for; an order of the whole and what a supplier sends have the first."""
        places, work = await warehouses(self.reader, operation, self.wanted), part(message, "fulfillment")
        code = work.get("location") if work and not self.dropping.is_for(message) else None
        found = places.id_of(str(code)) if code else next(iter(places.code_by_id))
        if found is None:
            raise SourceRejected(self.reader.source, f"has no warehouse {code} of ours")
        return found

    async def _lines(self, operation: str, message: Message) -> list[Record]:
        told = [line for line in lines_of(message) if line["quantity"]]
        items = [Item(line.get("sku"), line.get("gtin"), None) for line in told]
        ids = await self.articles.ids_of(operation, items)
        unknown = [str(item) for item in items if item not in ids]
        if unknown:
            raise SourceRejected(self.reader.source, f"has no product {', '.join(unknown[:5])}")
        products = await self._products(operation, sorted(set(ids.values())))
        if self.dropping.is_for(message):
            await self.dropping.check(operation, message, {ids[item]: str(item) for item in items})
        return [self._line(line, products[ids[item]]) for line, item in zip(told, items, strict=True)]

    async def _products(self, operation: str, ids: Sequence[int]) -> Mapping[int, Record]:
        found: dict[int, Record] = {}
        context = await self.books.context(operation)
        for chunk in chunks(ids):
            told = await self.reader.all(operation, "product.product", [["id", "in", chunk]], PRICED, context)
            found |= {row["id"]: row for row in told.rows}
        return found

    def _line(self, line: Mapping[str, Any], product: Record) -> Record:
        quantity = int(line["quantity"])
        paid = Decimal(str(line.get("unit_price") or 0)) - Decimal(str(line.get("discount") or 0)) / quantity
        category = (product.get("template") or {}).get("account_category") or {}
        return {
            "type": "line",
            "product": product["id"],
            "unit": product["sale_uom"],
            "quantity": float(quantity),
            "unit_price": payloads.net_price(max(paid, Decimal(0)), product, with_tax=self.with_tax),
            "taxes": [["add", [tax["id"] if isinstance(tax, dict) else tax for tax in category.get("customer_taxes_used") or []]]],
        }

    async def _party(self, operation: str, message: Message) -> tuple[int, int]:
        """Return who the sale is for and the address: looked for by our reference first, so that a repeat makes no second one."""
        told = await self.reader.all(operation, "party.party", [["code", "=", message.reference]], ("addresses",))
        if not told.rows:
            values = await self._customer(operation, message)
            made: list[int] = await self.session.call(operation, "model.party.party.create", [values])
            told = await self.reader.all(operation, "party.party", [["id", "in", made]], ("addresses",))
        addresses = told.rows[0].get("addresses") if told.rows else None
        if not addresses:
            raise SourceRejected(self.reader.source, f"has the party {message.reference} without an address")
        return told.rows[0]["id"], addresses[0]

    async def _customer(self, operation: str, message: Message) -> Record:
        goes_to, customer = part(message, "ship_to"), part(message, "customer")
        name = goes_to.get("name") or customer.get("name")
        country = await self._country(operation, goes_to.get("country_code"))
        lines = [word for word in (goes_to.get("line1"), goes_to.get("line2")) if word]
        address = {
            "party_name": goes_to.get("name"),
            "street_unstructured": "\n".join(lines) or None,
            "postal_code": goes_to.get("postal_code"),
            "city": goes_to.get("city"),
            "country": country,
        }
        return {"code": message.reference, "name": name, "addresses": [["create", [address]]]}

    async def _country(self, operation: str, code: Any) -> int | None:
        if not code:
            return None
        told = await self.reader.all(operation, "country.country", [["code", "=", str(code)]], ("code",))
        return told.rows[0]["id"] if told.rows else None


def task_of(message: Message) -> str:
    return str(part(message, "fulfillment").get("task") or "ORDER")


def part(message: Message, name: str) -> Mapping[str, Any]:
    found = message.body.get(name)
    return found if isinstance(found, dict) else {}


def lines_of(message: Message) -> list[dict[str, Any]]:
    lines = message.body.get("lines")
    return [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []
