"""Work that the kit gives a source to see what becomes of it: one unit for the kit itself, under a reference of its own, canceled again."""

import time
from collections.abc import Collection, Iterable
from dataclasses import replace

from gateway.conformance.reads import reading
from gateway.conformance.subject import NotTried, Subject
from gateway.domain.errors import SourceError
from gateway.domain.feeds import Item, Message, MessageKind, Receipt, StockRow, WorkStep
from gateway.domain.location import Address
from gateway.domain.messages import name_at
from gateway.ports.sources import HandOverTarget

WORK: tuple[MessageKind, ...] = ("ORDER", "SHIPMENT", "STORE_TASK", "PURCHASE_ORDER")
FEWEST_UNITS = 2
"""Only positions with so many are ordered from: one is to be left."""
ENDED: frozenset[WorkStep] = frozenset({"CANCELED", "KEPT", "REJECTED"})
"""What ends the waiting for an answer to a cancellation, where its receipt says only that it lies there."""
NOBODY = "Conformance probe"


def target(subject: Subject) -> HandOverTarget:
    if subject.ports.hand_over is None:
        raise NotTried("it takes no work")
    return subject.ports.hand_over


def needs_writes(subject: Subject) -> None:
    if not subject.writes:
        raise NotTried("gives it work: say --writes where that does no harm")


async def probe_of(subject: Subject, name: str) -> Message:
    """Return the first kind of work that a source takes, of one unit of what it has; raises NotTried where it takes none."""
    hand_over, row = target(subject), await article(subject)
    for kind in WORK:
        message = probe(subject, kind, name, row)
        if hand_over.takes(message):
            return message
    raise NotTried(f"it takes none of {', '.join(WORK)}")


async def article(subject: Subject) -> StockRow:
    """Return a position with units enough, named by all names that this source and its catalogue have for it."""
    stocked = [row for row in (subject.snapshot.rows if subject.snapshot else ()) if row.quantity - row.unavailable >= FEWEST_UNITS]
    if stocked:
        return max(stocked, key=lambda row: row.quantity)
    if subject.ports.catalogue:
        subject.products = subject.products or await reading(subject.ports.catalogue.products())
        for product in subject.products.rows:
            if product.active and product.price:
                place = subject.places[0].code if subject.places else "-"
                return StockRow(place, Item(product.sku, product.gtin, name_at(subject.source.code, product.external_ids)), 0)  # type: ignore[arg-type]
    raise NotTried(f"nothing of it can be ordered: no position has {FEWEST_UNITS} units, and no product has a price")


def probe(subject: Subject, kind: MessageKind, name: str, row: StockRow) -> Message:
    """Return a message as the gateway makes them (gateway/domain/messages.py), of one unit."""
    reference = f"KIT-{subject.stamp}-{name}"
    now = subject.clock.now().isoformat()
    price = price_of(subject, row.item)
    address = address_of(subject)
    body: dict[str, object] = {
        "order": {
            "number": reference,
            "placed_at": now,
            "channel": next((channel.code for channel in subject.network.channels), ""),
            "currency": subject.network.currency,
            "reference": None,
            "total": price,
            "fees": "0",
        },
        "customer": {"name": NOBODY, "email": "conformance@example.com", "phone": None, "reference": None},
        "bill_to": address,
        "ship_to": address,
        "fulfillment": None if kind == "ORDER" else work_at(subject, row, kind, reference),
        "deliveries": [{"delivery": "1", **way_of(kind), "ship_to": address, "location": None, "location_at_source": None}],
        "lines": [line_of(subject, row.item, price)],
        "parcels": [],
        "step": None,
        "at": now,
        "reason": None,
        "source_reference": None,
    }
    return Message(kind, subject.source.code, f"{reference}:1", reference, body)


def address_of(subject: Subject) -> dict[str, object]:
    """Return an address that the source surely serves: that of one of its places, where it tells one."""
    known = next((place.address for place in subject.places if place.address and place.address.line1), None)
    address = known or Address(subject.network.country, line1="1 rue de Rivoli", postal_code="75001", city="Paris")
    keys = ("line1", "line2", "postal_code", "city", "region", "country_code")
    return {"name": NOBODY, **{key: getattr(address, key) for key in keys}}


def work_at(subject: Subject, row: StockRow, kind: MessageKind, reference: str) -> dict[str, object]:
    place = next((place for place in subject.places if place.code == row.location), None)
    return {
        "number": reference,
        "task": "SHIP" if kind != "STORE_TASK" else "HAND_OVER",
        "location": row.location,
        "location_at_source": name_at(subject.source.code, place.external_ids) if place else None,
        "carrier_service": None,
        "ships_by": None,
        **way_of(kind),
    }


def way_of(kind: MessageKind) -> dict[str, object]:
    """Return how the goods of a trial go."""
    method = "SHIP" if kind != "STORE_TASK" else "PICKUP"
    return {"method": method, "service": "standard", "earliest": None, "latest": None, "pickup_point": None}


def line_of(subject: Subject, item: Item, price: str) -> dict[str, object]:
    product = next((one for one in (subject.products.rows if subject.products else ()) if item.sku == one.sku), None)
    return {
        "sku": item.sku or item.gtin or item.code,
        "gtin": item.gtin or (product.gtin if product else None),
        "at_source": item.code or (name_at(subject.source.code, product.external_ids) if product else None),
        "line": "1",
        "delivery": "1",
        "name": product.name if product else str(item),
        "quantity": 1,
        "unit_price": price,
        "discount": "0",
    }


def price_of(subject: Subject, item: Item) -> str:
    prices = (one.price for one in (subject.products.rows if subject.products else ()) if item.sku == one.sku)
    return next((str(price.amount) for price in prices if price), "1.00")


async def given(subject: Subject, message: Message) -> Receipt:
    """Send a message, and remember it as something to cancel, whether an answer comes or not."""
    known = subject.sent.get(message.key, (message, None))[1]
    try:
        receipt = await target(subject).send(message)
    except SourceError as error:
        if error.unknown_effect:
            subject.sent[message.key] = message, known
        raise
    subject.sent[message.key] = message, receipt
    return receipt


def cancellation(message: Message, receipt: Receipt | None) -> Message:
    body = {**message.body, "reason": "CUSTOMER", "source_reference": receipt.reference if receipt else None}
    return replace(message, kind="CANCEL", key=f"{message.key}:cancel", body=body)


async def withdrawn(subject: Subject, key: str) -> None:
    """Cancel one message; raises NotTried where the source takes no cancellation."""
    message, receipt = subject.sent[key]
    cancel = cancellation(message, receipt)
    if not target(subject).takes(cancel):
        raise NotTried(f"it takes no cancellation of {message.kind}: cancel {message.reference} there by hand")
    answer = await target(subject).send(cancel)
    del subject.sent[key]
    if not answer.taken:
        await told_of(subject, message, ENDED)


async def told_of(subject: Subject, message: Message, steps: Collection[WorkStep]) -> bool:
    """Wait for as long as the kit is patient until news tells one of these steps of work; False: it tells none."""
    began = time.monotonic()
    while subject.ports.news:
        told = (await reading(subject.ports.news.news(None))).rows
        if any(one.reference == message.reference and one.step in steps for one in told):
            return True
        if time.monotonic() - began > subject.bounds.patience_s:
            break
        await subject.wait()
    return False


async def cleared(subject: Subject) -> tuple[str, ...]:
    """Cancel all that is left; return what could not be, in words for a person."""
    left = []
    for key, (message, receipt) in list(subject.sent.items()):
        try:
            await withdrawn(subject, key)
        except (NotTried, SourceError) as why:
            number = f" ({receipt.reference} there)" if receipt and receipt.reference else ""
            left.append(f"{message.kind} {message.reference}{number}: {why}")
    return tuple(left)


def kinds_taken(subject: Subject, row: StockRow) -> Iterable[MessageKind]:
    return [kind for kind in WORK if target(subject).takes(probe(subject, kind, "asks", row))]
