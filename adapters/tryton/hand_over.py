"""Work given to Tryton: sales that are quoted, confirmed and so processed; their shipments, steps and cancellations."""

from adapters.tryton.articles import Articles
from adapters.tryton.client import Reader, Record
from adapters.tryton.orders import Making, lines_of
from adapters.tryton.returns import MODEL, TAKEN, Returns
from adapters.tryton.session import Session
from adapters.tryton.shipments import CANCELLED, GIVEN_UP, Shipments, has_reached, state_for
from adapters.tryton.wizards import Wizards
from gateway.domain.errors import SourceRejected
from gateway.domain.feeds import Item, Message, MessageKind, Receipt
from gateway.domain.network import Source
from gateway.domain.ordering.owed import WORK_MESSAGE

FIELDS = ("number", "state", "shipments", "shipment_state")
NOT_PROCESSED = frozenset({"draft", "quotation", "confirmed"})
EXCEPTION = "exception"
"""What a sale's shipping has come to when moves were canceled and nobody has said that they are not to be made again."""


class TrytonHandOver:
    """A HandOverTarget of class B: a sale is known by our reference. One that was begun is finished, never made a second time."""

    def __init__(self, source: Source, reader: Reader, session: Session, making: Making, articles: Articles) -> None:
        self._source, self._reader, self._session, self._making, self._articles = source, reader, session, making, articles
        self._shipments, self._returns, self._wizards = Shipments(reader, session), Returns(reader, session), Wizards(session)
        self._dropping = making.dropping

    def takes(self, message: Message) -> bool:
        """An ERP takes orders and work, the others their kind's work. What is left of an order is not taken: a processed sale stands."""
        if message.kind == "STEP":
            step = str(message.body.get("step"))
            known = step == "SHIPPED" if self._dropping.is_for(message) else state_for(step) is not None
            return known or step in GIVEN_UP
        giving: set[MessageKind] = {WORK_MESSAGE[self._source.kind]} | ({"ORDER"} if self._source.kind == "ERP" else set())
        return message.kind in giving or message.kind == "CANCEL"

    async def send(self, message: Message) -> Receipt:
        operation = operation_of(message)
        sale = await self._sale(operation, message)
        if message.kind == "CANCEL" or message.body.get("step") in GIVEN_UP:
            await self._cancel(operation, message, sale)
        elif message.kind == "STEP":
            await self._step(operation, message, self._known(sale, message))
        else:
            sale = await self._given(operation, message, sale)
        return self._receipt(sale)

    async def find(self, message: Message) -> Receipt | None:
        """Return the receipt of a message whose work is done there; one that was only begun is not: to send it again finishes it."""
        operation = f"{operation_of(message)}.find"
        sale = await self._sale(operation, message)
        if message.kind == "CANCEL" or message.body.get("step") in GIVEN_UP:
            over = sale is None or await self._is_over(operation, message, sale)
            return self._receipt(sale) if over else None
        if sale is None:
            return None
        done = self._has_stepped if message.kind == "STEP" else self._is_given
        return self._receipt(sale) if await done(operation, message, sale) else None

    async def _given(self, operation: str, message: Message, sale: Record | None) -> Record:
        """Bring the sale of a message into being as far as it is not there yet: draft, quotation, confirmed, processing, shipments."""
        number = sale["id"] if sale else await self._making.sale(operation, message)
        state = sale["state"] if sale else "draft"
        if state == CANCELLED:
            raise SourceRejected(self._source.code, f"has canceled the sale of {message.reference}")
        if state == "draft":
            await self._session.press(operation, MODEL, "quote", [number])
        if state in {"draft", "quotation"}:
            await self._session.press(operation, MODEL, "confirm", [number])
        made = await self._again(operation, message, number)
        if self._dropping.is_for(message):
            await self._dropping.order(operation, made, message)
        elif message.kind != "ORDER":
            made = await self._with_shipment(operation, message, made)
        return made

    async def _with_shipment(self, operation: str, message: Message, sale: Record) -> Record:
        """Have the shipment made, once: what is not picked of it is not ours to ship any more, so Tryton makes no other by itself."""
        if not sale["shipments"]:
            await self._session.press(operation, MODEL, "manual_shipment", [sale["id"]])
            sale = await self._again(operation, message, sale["id"])
        if self._source.states == "AVAILABLE":
            await self._assign(operation, sale)
        return sale

    async def _assign(self, operation: str, sale: Record) -> None:
        """Have the units of a sale assigned at once, so that the figure falls with its acceptance; what is not there stays owed."""
        waiting = [row["id"] for row in await self._shipments.read(operation, sale["shipments"]) if row["state"] == "waiting"]
        if waiting:
            await self._session.press(operation, "stock.shipment.out", "assign_try", waiting)

    async def _is_given(self, operation: str, message: Message, sale: Record) -> bool:
        if sale["state"] not in TAKEN:
            return False
        if self._dropping.is_for(message):
            return await self._dropping.is_ordered(operation, sale)
        if message.kind == "ORDER":
            return True
        rows = await self._shipments.read(operation, sale["shipments"])
        return bool(rows) and (self._source.states != "AVAILABLE" or all(row["state"] != "draft" for row in rows))

    async def _step(self, operation: str, message: Message, sale: Record) -> None:
        to = state_for(str(message.body.get("step")))
        if self._dropping.is_for(message):
            await self._dropping.send(operation, sale)
        elif to:
            await self._shipments.advance(operation, sale["shipments"], to, await self._units(operation, message))

    async def _has_stepped(self, operation: str, message: Message, sale: Record) -> bool:
        if self._dropping.is_for(message):
            return await self._dropping.has_left(operation, sale)
        rows, to = await self._shipments.read(operation, sale["shipments"]), state_for(str(message.body.get("step")))
        return to is not None and has_reached(rows, to)

    async def _units(self, operation: str, message: Message) -> dict[int, int]:
        """Return by product with how many units a step was taken."""
        units: dict[int, int] = {}
        by_item = [(Item(line.get("sku"), line.get("gtin"), None), int(line["quantity"])) for line in lines_of(message)]
        ids = await self._articles.ids_of(operation, [item for item, _ in by_item])
        for item, quantity in by_item:
            if item in ids:
                units[ids[item]] = units.get(ids[item], 0) + quantity
        return units

    async def _cancel(self, operation: str, message: Message, sale: Record | None) -> None:
        """Cancel a sale, what is still to be sent of a processed one, or by a return. Raises SourceRejected when goods have left."""
        if sale is None or await self._is_over(operation, message, sale):
            return
        if sale["state"] in NOT_PROCESSED:
            if sale["state"] == "confirmed":
                await self._session.press(operation, MODEL, "draft", [sale["id"]])
            await self._session.press(operation, MODEL, "cancel", [sale["id"]])
        elif self._dropping.is_for(message):
            await self._dropping.order(operation, sale, message)
            sale = await self._again(operation, message, sale["id"])
            await self._dropping.cancel(operation, sale)
            await self._wizards.ignore_canceled(operation, "sale", sale["id"])
        elif sale["shipments"]:
            await self._shipments.cancel(operation, sale["shipments"])
            await self._wizards.ignore_canceled(operation, "sale", sale["id"])
        else:
            await self._returns.make(operation, sale)

    async def _is_over(self, operation: str, message: Message, sale: Record) -> bool:
        if sale["state"] == CANCELLED:
            return True
        if self._dropping.is_for(message):
            rows = await self._dropping.read(operation, sale)
        elif sale["shipments"]:
            rows = await self._shipments.read(operation, sale["shipments"])
        else:
            return await self._returns.stands(operation, sale)
        return bool(rows) and all(row["state"] == CANCELLED for row in rows) and sale["shipment_state"] != EXCEPTION

    async def _sale(self, operation: str, message: Message) -> Record | None:
        """Return what Tryton has under our reference; of several, which only people can have made, the one that was made first."""
        told = await self._reader.all(operation, MODEL, [["reference", "=", message.reference]], self._fields(message))
        return told.rows[0] if told.rows else None

    async def _again(self, operation: str, message: Message, number: int) -> Record:
        told = await self._reader.all(operation, MODEL, [["id", "=", number]], self._fields(message))
        return self._known(told.rows[0] if told.rows else None, message)

    def _fields(self, message: Message) -> tuple[str, ...]:
        return (*FIELDS, "drop_shipments") if self._dropping.is_for(message) else FIELDS

    def _known(self, sale: Record | None, message: Message) -> Record:
        if sale is None:
            raise SourceRejected(self._source.code, f"has no sale of {message.reference}")
        return sale

    def _receipt(self, sale: Record | None) -> Receipt:
        return Receipt(str(sale["number"] or sale["id"]) if sale else None, self._reader.clock.now())


def operation_of(message: Message) -> str:
    return f"hand_over.{message.kind.lower()}"
