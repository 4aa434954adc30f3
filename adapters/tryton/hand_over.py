"""Work given to Tryton: sales that are quoted, confirmed and so processed; steps and cancellations of their shipments."""

from adapters.tryton.client import Reader, Record
from adapters.tryton.orders import Making
from adapters.tryton.session import Session
from adapters.tryton.shipments import CANCELLED, GIVEN_UP, Shipments, has_reached, state_for
from gateway.domain.errors import SourceRejected
from gateway.domain.feeds import Message, MessageKind, Receipt
from gateway.domain.network import Source
from gateway.domain.ordering.owed import WORK_MESSAGE

MODEL = "sale.sale"
FIELDS = ("number", "state", "shipments")
TAKEN = frozenset({"confirmed", "processing", "done"})
"""States of a sale that Tryton acts on."""


class TrytonHandOver:
    """A HandOverTarget of class B: a sale is known by our reference. One that was begun is finished, never made a second time."""

    def __init__(self, source: Source, reader: Reader, session: Session, making: Making) -> None:
        self._source, self._reader, self._session, self._making = source, reader, session, making
        self._shipments = Shipments(reader, session)

    def takes(self, message: Message) -> bool:
        """An ERP takes orders and work, the others their kind's work. What is left of an order is not taken: a processed sale stands."""
        if message.kind == "STEP":
            step = str(message.body.get("step"))
            return state_for(step) is not None or step in GIVEN_UP
        giving: set[MessageKind] = {WORK_MESSAGE[self._source.kind]} | ({"ORDER"} if self._source.kind == "ERP" else set())
        return message.kind in giving or message.kind == "CANCEL"

    async def send(self, message: Message) -> Receipt:
        operation = operation_of(message)
        sale = await self._sale(operation, message)
        if message.kind == "CANCEL":
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
        if sale is None:
            return self._receipt(None) if message.kind == "CANCEL" else None
        if message.kind == "CANCEL" or message.body.get("step") in GIVEN_UP:
            over = sale["state"] == CANCELLED or await self._is_over(operation, sale)
            return self._receipt(sale) if over else None
        if message.kind == "STEP":
            rows, to = await self._shipments.read(operation, sale["shipments"]), state_for(str(message.body.get("step")))
            return self._receipt(sale) if to and has_reached(rows, to) else None
        return self._receipt(sale) if sale["state"] in TAKEN and await self._is_ready(operation, sale) else None

    async def _given(self, operation: str, message: Message, sale: Record | None) -> Record:
        """Bring the sale of a message into being as far as it is not there yet: draft, quotation, confirmed, processing."""
        number = sale["id"] if sale else await self._making.sale(operation, message)
        state = sale["state"] if sale else "draft"
        if state == CANCELLED:
            raise SourceRejected(self._source.code, f"has canceled the sale of {message.reference}")
        if state == "draft":
            await self._session.press(operation, MODEL, "quote", [number])
        if state in {"draft", "quotation"}:
            await self._session.press(operation, MODEL, "confirm", [number])
        told = await self._reader.all(operation, MODEL, [["id", "=", number]], FIELDS)
        made = self._known(told.rows[0] if told.rows else None, message)
        if self._source.states == "AVAILABLE":
            await self._assign(operation, made)
        return made

    async def _assign(self, operation: str, sale: Record) -> None:
        """Have the units of a sale assigned at once, so that the figure falls with its acceptance; what is not there stays owed."""
        waiting = [row["id"] for row in await self._shipments.read(operation, sale["shipments"]) if row["state"] == "waiting"]
        if waiting:
            await self._session.press(operation, "stock.shipment.out", "assign_try", waiting)

    async def _is_ready(self, operation: str, sale: Record) -> bool:
        if self._source.states != "AVAILABLE":
            return True
        rows = await self._shipments.read(operation, sale["shipments"])
        return all(row["state"] != "draft" for row in rows)

    async def _step(self, operation: str, message: Message, sale: Record) -> None:
        step = str(message.body.get("step"))
        to = state_for(step)
        if step in GIVEN_UP:
            await self._shipments.cancel(operation, sale["shipments"])
        elif to:
            await self._shipments.advance(operation, sale["shipments"], to)

    async def _cancel(self, operation: str, message: Message, sale: Record | None) -> None:
        """Cancel a sale, or what is still to be sent of a processed one. Raises SourceRejected when goods have left."""
        if sale is None or sale["state"] == CANCELLED:
            return
        if sale["state"] in {"draft", "quotation"}:
            await self._session.press(operation, MODEL, "cancel", [sale["id"]])
        elif sale["shipments"]:
            await self._shipments.cancel(operation, sale["shipments"])
        else:
            raise SourceRejected(self._source.code, f"has processed the order {message.reference}; it must be canceled there by hand")

    async def _is_over(self, operation: str, sale: Record) -> bool:
        rows = await self._shipments.read(operation, sale["shipments"])
        return bool(rows) and all(row["state"] == CANCELLED for row in rows)

    async def _sale(self, operation: str, message: Message) -> Record | None:
        """Return what Tryton has under our reference; of several, which only people can have made, the one that was made first."""
        told = await self._reader.all(operation, MODEL, [["reference", "=", message.reference]], FIELDS)
        return told.rows[0] if told.rows else None

    def _known(self, sale: Record | None, message: Message) -> Record:
        if sale is None:
            raise SourceRejected(self._source.code, f"has no sale of {message.reference}")
        return sale

    def _receipt(self, sale: Record | None) -> Receipt:
        return Receipt(str(sale["number"] or sale["id"]) if sale else None, self._reader.clock.now())


def operation_of(message: Message) -> str:
    return f"hand_over.{message.kind.lower()}"
