"""Orders to a supplier: ORDERS or 850 out of our messages, put into its mailbox once under each key."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from adapters.edi.config import EdiOptions, Sent, SentMessage
from adapters.edi.mail import PartnerMail
from adapters.edi.segments import Segment
from adapters.edi.templates import filled
from adapters.edi.writing import Outgoing, Unwritable, interchange
from adapters.mailbox.departures import GIVES_WORK, Departure
from gateway.domain.errors import SourceError, SourceRejected
from gateway.domain.feeds import Message, MessageKind, Receipt
from gateway.domain.network import HandOverClass

KIND_BY_MESSAGE: Mapping[MessageKind, Sent] = {"PURCHASE_ORDER": "purchase_order", "CANCEL": "cancel"}
ORDER, CANCELLATION = "order", "cancel"
"""What the name of a file says that gives work, and that asks it back."""
OPERATION = "hand_over"
KEY_LENGTH = 12
GTIN_LENGTHS = (8, 12, 13, 14)


class EdiOrders:
    """A HandOverTarget. What was put out lies in the mailbox's folder of what was sent: class B asks there, whoever fetched the file.

    A receipt says that it lies there; whether the supplier takes it comes as news.
    """

    def __init__(self, mail: PartnerMail, hand_over: HandOverClass | None) -> None:
        self._mail, self._options, self._class = mail, mail.partner.options, hand_over

    def takes(self, message: Message) -> bool:
        kind = KIND_BY_MESSAGE.get(message.kind)
        if kind is None or kind not in self._options.sends:
            return False
        return message.kind != "CANCEL" or bool(message.body.get("fulfillment"))

    async def send(self, message: Message) -> Receipt:
        """Put it out, unless it lies there already. A failure has an unknown effect only where the file was being moved out."""
        stated = self._stated(message)
        body = self._body(message, stated)
        now = moment(message.body.get("at"), self._mail.clock.now()).astimezone(self._mail.partner.zone)
        outgoing = Outgoing(stated.kind, stated.version, stated.group, body)

        def write(number: int) -> bytes:
            try:
                return interchange(self._options, outgoing, number, now)
            except Unwritable as error:
                raise SourceRejected(self._mail.partner.source, f"its order cannot be written: {error}") from error

        try:
            departure = await self._mail.departures.put(file_name(message), write)
        except SourceError as error:
            self._mail.health.note_failure(OPERATION, error, at_once=True)
            raise
        self._mail.health.note_success(OPERATION)
        return self._receipt(departure)

    async def find(self, message: Message) -> Receipt | None:
        if self._class != "B":
            raise SourceRejected(self._mail.partner.source, "is declared not to be asked (hand_over C)")
        try:
            departure = await self._mail.departures.found(file_name(message))
        except SourceError as error:
            self._mail.health.note_failure(OPERATION, error, at_once=True)
            raise
        return self._receipt(departure) if departure else None

    def _stated(self, message: Message) -> SentMessage:
        kind = KIND_BY_MESSAGE.get(message.kind)
        if kind is None or kind not in self._options.sends:
            raise SourceRejected(self._mail.partner.source, f"takes no {message.kind}")
        return self._options.sends[kind]

    def _body(self, message: Message, stated: SentMessage) -> list[Segment]:
        lines: Sequence[Mapping[str, Any]] = message.body.get("lines") or []  # type: ignore[assignment]
        about = scope(message, self._options, self._mail.partner.zone)
        segments = [*filled(stated.header, about), *filled(stated.extra, about)]
        for number, line in enumerate(lines, 1):
            segments += filled(stated.line, about | line_scope(line, number))
        return [*segments, *filled(stated.trailer, about)]

    def _receipt(self, departure: Departure) -> Receipt:
        return Receipt(departure.name, self._mail.clock.now(), taken=False)


def file_name(message: Message) -> str:
    """Return the name of a message's file: our number and what stands for its key, so that it can be asked for."""
    what = ORDER if message.kind != "CANCEL" else CANCELLATION
    return f"{message.reference}.{what}.{hashlib.sha256(message.key.encode()).hexdigest()[:KEY_LENGTH]}"


def reference_of(name: str) -> str | None:
    """Return our number of the work that a file gave, None for any other file."""
    reference, _, rest = name.partition(".")
    return reference if rest.startswith(GIVES_WORK) else None


def reference_and_kind(name: str) -> tuple[str, str]:
    """Return our number that a file of ours is about, and what it is: an order or its cancellation."""
    reference, _, rest = name.partition(".")
    return reference, rest.partition(".")[0]


def scope(message: Message, options: EdiOptions, zone: Any) -> dict[str, str]:
    """Return what the blanks of a template may hold; what a message does not say is empty."""
    body: Mapping[str, Any] = message.body
    order, work, to = (body.get(name) or {} for name in ("order", "fulfillment", "ship_to"))
    customer, lines = body.get("customer") or {}, body.get("lines") or []
    now = moment(body.get("at"), None)
    told = {
        "reference": message.reference,
        "order_number": order.get("number"),
        "source_reference": body.get("source_reference"),
        "date": f"{now.astimezone(zone):%Y%m%d}" if now else "",
        "time": f"{now.astimezone(zone):%H%M}" if now else "",
        "currency": order.get("currency"),
        "lines": len(lines),
        "units": sum(line["quantity"] for line in lines),
        "buyer": options.own.id,
        "supplier": options.partner.id,
        "location": work.get("location_at_source") or work.get("location"),
        "service": work.get("service"),
        "ships_by": _day(work.get("ships_by"), zone),
        "latest": _day(work.get("latest"), zone),
        "ship_name": to.get("name") or (customer.get("name") if to else ""),
        "ship_phone": customer.get("phone"),
    }
    names = {
        "line1": "line1",
        "line2": "line2",
        "city": "city",
        "region": "region",
        "postal_code": "postal_code",
        "country": "country_code",
    }
    told |= {f"ship_{name}": to.get(key) for name, key in names.items()}
    return {name: "" if value is None else str(value) for name, value in told.items()}


def line_scope(line: Mapping[str, Any], number: int) -> dict[str, str]:
    gtin = str(line.get("gtin") or "")
    told = {
        "line": number,
        "quantity": line["quantity"],
        "price": line.get("unit_price"),
        "gtin": gtin,
        "code": line.get("at_source"),
        "sku": line.get("sku"),
        "name": line.get("name"),
        **{f"gtin{length}": gtin if len(gtin) == length else "" for length in GTIN_LENGTHS},
    }
    return {name: "" if value is None else str(value) for name, value in told.items()}


def moment(text: object, otherwise: Any) -> Any:
    return datetime.fromisoformat(text) if isinstance(text, str) else otherwise


def _day(text: object, zone: Any) -> str:
    on: date | None = datetime.fromisoformat(text).astimezone(zone).date() if isinstance(text, str) else None
    return f"{on:%Y%m%d}" if on else ""
