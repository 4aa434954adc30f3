"""Drop shipment by an ERP: a sale that its supplier sends, bought from it by the ERP's own purchase."""

from collections.abc import Mapping, Sequence

from adapters.tryton.client import Reader, Record
from adapters.tryton.session import Session
from adapters.tryton.wizards import Wizards
from gateway.domain.errors import SourceRejected
from gateway.domain.feeds import Message

MODEL = "stock.shipment.drop"
REQUEST, PURCHASE = "purchase.request", "purchase.purchase"
CANCELLED = "cancelled"
GONE = frozenset({"shipped", "done"})
ORDERED = frozenset({"processing", "done"})


class DropShipping:
    """`parties`: the code of the supplier's party by the location whose work it does."""

    def __init__(self, reader: Reader, session: Session, parties: Mapping[str, str]) -> None:
        self._reader, self._session, self._parties, self._wizards = reader, session, parties, Wizards(session)

    def is_for(self, message: Message) -> bool:
        return self._party(message) is not None

    async def check(self, operation: str, message: Message, products: Mapping[int, str]) -> None:
        """Raise SourceRejected for articles (by product) that Tryton would not have this supplier send by itself."""
        party = self._party(message)
        sells = [["party.code", "=", party], ["drop_shipment", "=", True]]
        of = ["OR", ["product", "in", sorted(products)], ["template.products", "in", sorted(products)]]
        told = await self._reader.all(operation, "purchase.product_supplier", [*sells, of], ("product", "template.products"))
        able = {number for row in told.rows for number in ([row["product"]] if row.get("product") else row["template"]["products"])}
        wanted = [["id", "in", sorted(products)], ["template.supply_on_sale", "=", "always"]]
        supplied = {row["id"] for row in (await self._reader.all(operation, "product.product", wanted, ("code",))).rows}
        if missing := [name for number, name in products.items() if number not in able & supplied]:
            remedy = "give it this supplier with drop shipment, and supply on sale: always"
            raise SourceRejected(self._reader.source, f"does not have {party} send {', '.join(missing[:5])}: {remedy}")

    async def order(self, operation: str, sale: Record, message: Message) -> None:
        """Buy what a processed sale asks of its supplier, as far as it is not bought yet."""
        for number, state in (await self._purchases(operation, sale, message)).items():
            if state == "draft":
                await self._session.press(operation, PURCHASE, "quote", [number])
            if state in {"draft", "quotation"}:
                await self._session.press(operation, PURCHASE, "confirm", [number])

    async def is_ordered(self, operation: str, sale: Record) -> bool:
        requests = await self._requests(operation, sale)
        return bool(requests) and all((row.get("purchase") or {}).get("state") in ORDERED for row in requests)

    async def read(self, operation: str, sale: Record) -> list[Record]:
        """Return the drop shipments of a sale."""
        told = await self._reader.all(operation, MODEL, [["id", "in", list(sale["drop_shipments"])]], ("state", "number"))
        return told.rows

    async def send(self, operation: str, sale: Record) -> None:
        """Note that the supplier has sent it."""
        waiting = [row["id"] for row in await self.read(operation, sale) if row["state"] == "waiting"]
        if waiting:
            await self._session.press(operation, MODEL, "ship", waiting)

    async def has_left(self, operation: str, sale: Record) -> bool:
        rows = [row for row in await self.read(operation, sale) if row["state"] != CANCELLED]
        return bool(rows) and all(row["state"] in GONE for row in rows)

    async def cancel(self, operation: str, sale: Record) -> None:
        """Take a confirmed purchase back; raises SourceRejected, and cancels nothing, where the supplier has sent."""
        rows = await self.read(operation, sale)
        if gone := [str(row["number"]) for row in rows if row["state"] in GONE]:
            raise SourceRejected(self._reader.source, f"has {', '.join(gone)} sent by the supplier already")
        waiting = [row["id"] for row in rows if row["state"] != CANCELLED]
        if waiting:
            await self._session.press(operation, MODEL, "cancel", waiting)
        for row in await self._requests(operation, sale):
            if row.get("purchase"):
                await self._wizards.ignore_canceled(operation, "purchase", row["purchase"]["id"])

    async def _purchases(self, operation: str, sale: Record, message: Message) -> dict[int, str]:
        """Return the purchases that a sale led to and their states; those that nobody has made of its requests are made."""
        requests = await self._requests(operation, sale)
        self._check_supplier(requests, message)
        open_ones = [row["id"] for row in requests if not row.get("purchase") and row["state"] == "draft"]
        if open_ones:
            await self._wizards.run(operation, "purchase.request.create_purchase", REQUEST, open_ones)
            requests = await self._requests(operation, sale)
        return {row["purchase"]["id"]: row["purchase"]["state"] for row in requests if row.get("purchase")}

    def _check_supplier(self, requests: Sequence[Record], message: Message) -> None:
        party = self._party(message)
        if not requests or any((row.get("party") or {}).get("code") != party or not row.get("customer") for row in requests):
            raise SourceRejected(self._reader.source, f"does not buy {message.reference} from {party} to be sent; see the sale's requests")

    async def _requests(self, operation: str, sale: Record) -> list[Record]:
        fields = ("state", "customer", "party.code", "purchase.id", "purchase.state")
        told = await self._reader.all(operation, REQUEST, [["origin", "=", f"sale.sale,{sale['id']}"]], fields)
        return told.rows

    def _party(self, message: Message) -> str | None:
        work = message.body.get("fulfillment")
        return self._parties.get(str(work.get("location"))) if isinstance(work, dict) else None
