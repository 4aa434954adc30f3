"""What a message to a source says: plain JSON data that a mapping may take any part of.

order        number, placed_at, channel, currency, reference, total, fees   (as it was placed)
customer     name, email, phone, reference
ship_to      name, line1, line2, postal_code, city, region, country_code   (a transfer's: the store; that of a parcel shop: the
             customer's name at its address; null for collected work)
bill_to      the same
fulfillment  number, task, location, location_at_source, method, service, carrier_service, ships_by, earliest,
             latest, pickup_point: {carrier, code, name} (null for an ORDER)
deliveries   [delivery, method, service, earliest, latest, ship_to, location, location_at_source, pickup_point]   (an order's, all of
             them, as they are now; of work its own; location: the store where it is collected)
lines        [line, delivery, sku, gtin, at_source, name, quantity, unit_price, discount]   (a STEP's: the units that it was taken
             with; a CHANGE's: what is left of each line of the order that was told, 0 where nothing is)
parcels      [number, carrier_service, tracking_number, tracking_url, weight_g, lines: [sku, gtin, at_source, quantity]]
step, at, reason   as parcels, for STEP and CANCEL
source_reference   the source's own number for the order or work, once it has told one
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.domain.catalogue import ExternalId, Product
from gateway.domain.delivery_group import DeliveryGroup
from gateway.domain.feeds import Message
from gateway.domain.ids import LocationCode, Sku, SourceCode
from gateway.domain.location import Address, Location
from gateway.domain.network import COLLECTED_METHODS
from gateway.domain.order import Fulfillment, Order, OrderLine, Parcel
from gateway.domain.order_amounts import units_left
from gateway.domain.outbox import OutboxEntry
from gateway.domain.personal import PersonalData
from gateway.domain.quantities import SkuQuantity


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What a message is made of."""

    order: Order
    entry: OutboxEntry
    products: Mapping[Sku, Product]
    locations: Mapping[LocationCode, Location]
    personal: PersonalData | None
    now: datetime
    """When the message was owed first, whatever the attempt."""
    source_reference: str | None = None


def message(facts: MessageFacts) -> Message:
    """Return the message of an outbox entry, the same at every attempt: a source that honors its key compares what stands under it."""
    work, told_later = fulfillment_of(facts.order, facts.entry.leg), facts.entry.kind in {"STEP", "CANCEL"}
    body: dict[str, object] = {
        "order": _order(facts.order),
        "customer": _customer(facts.personal),
        "bill_to": _address(facts.personal.billing if facts.personal else None),
        "ship_to": _ship_to(facts, work),
        "fulfillment": _fulfillment(facts, work) if work else None,
        "deliveries": [_delivery(facts, group) for group in facts.order.groups if work is None or group.id == work.group],
        "lines": _lines(facts, work),
        "parcels": [_parcel(facts, parcel) for parcel in work.parcels] if work and told_later else [],
        "step": facts.entry.step,
        "at": facts.now.isoformat(),
        "reason": _reason(work) if told_later else None,
        "source_reference": facts.source_reference,
    }
    reference = work.number if work else facts.order.number
    return Message(kind=facts.entry.kind, source=facts.entry.source, key=facts.entry.key, reference=reference, body=body)


def fulfillment_of(order: Order, leg: str) -> Fulfillment | None:
    """Return the work that a leg names; a step's leg is `<number>:<step>`; None for the order itself."""
    number = leg.partition(":")[0]
    return next((work for work in order.fulfillments if work.number == number), None)


def name_at(source: SourceCode, external_ids: Sequence[ExternalId]) -> str | None:
    return next((external.value for external in external_ids if external.source == source), None)


def _order(order: Order) -> dict[str, Any]:
    fees = sum((group.fee for group in order.groups), start=order.lines[0].discount * 0)
    goods = sum(line.unit_price * line.quantity - line.discount for line in order.lines)
    return {
        "number": order.number,
        "placed_at": order.placed_at.isoformat(),
        "channel": order.channel,
        "currency": order.currency,
        "reference": order.reference,
        "total": str(goods + fees),
        "fees": str(fees),
    }


def _customer(personal: PersonalData | None) -> dict[str, Any]:
    keys = ("name", "email", "phone", "reference")
    return {key: getattr(personal, key) if personal else None for key in keys}


def _address(address: Address | None) -> dict[str, Any] | None:
    if address is None:
        return None
    keys = ("name", "line1", "line2", "postal_code", "city", "region", "country_code")
    return {key: getattr(address, key) for key in keys}


def _ship_to(facts: MessageFacts, work: Fulfillment | None) -> dict[str, Any] | None:
    if work is None:
        return _address(next((address for group in facts.order.groups if (address := label(group, facts.personal))), None))
    if work.task == "TRANSFER":
        store = facts.locations.get(_group(facts.order, work.group).pickup_location or LocationCode(""))
        return _address(store.address) if store else None
    return _address(label(_group(facts.order, work.group), facts.personal))


def label(group: DeliveryGroup, personal: PersonalData | None) -> Address | None:
    """Return what stands on a group's parcels: the customer's own address, or their name at the parcel shop's; None: it is collected."""
    if group.method in COLLECTED_METHODS:
        return None
    own, point = personal.address_by_group.get(group.address_name) if personal else None, group.pickup_point
    if point is None or point.address is None:
        return own
    name = (own.name if own else None) or (personal.name if personal else None)
    shop = point.name or point.address.name
    lines = (shop, point.address.line1) if shop else (point.address.line1, point.address.line2)
    return replace(point.address, name=name, line1=lines[0], line2=lines[1])


def _fulfillment(facts: MessageFacts, work: Fulfillment) -> dict[str, Any]:
    group = _group(facts.order, work.group)
    place = facts.locations.get(work.location)
    planned = next((shipment for shipment in group.plan if shipment.location == work.location), None)
    return {
        "number": work.number,
        "task": work.task,
        "location": work.location,
        "location_at_source": name_at(facts.entry.source, place.external_ids) if place else None,
        "method": group.method,
        "service": group.service,
        "carrier_service": work.carrier_service,
        "ships_by": planned.ships_by.isoformat() if planned else None,
        **_window(group),
        "pickup_point": _point(group),
    }


def _delivery(facts: MessageFacts, group: DeliveryGroup) -> dict[str, Any]:
    store = facts.locations.get(group.pickup_location) if group.pickup_location else None
    return {
        "delivery": group.id,
        "method": group.method,
        "service": group.service,
        **_window(group),
        "ship_to": _address(label(group, facts.personal)),
        "location": group.pickup_location,
        "location_at_source": name_at(facts.entry.source, store.external_ids) if store else None,
        "pickup_point": _point(group),
    }


def _window(group: DeliveryGroup) -> dict[str, Any]:
    promise = group.promise
    return {"earliest": promise.earliest.isoformat() if promise else None, "latest": promise.latest.isoformat() if promise else None}


def _point(group: DeliveryGroup) -> dict[str, Any] | None:
    point = group.pickup_point
    return {"carrier": point.carrier_code, "code": point.code, "name": point.name} if point else None


def _group(order: Order, group: str) -> DeliveryGroup:
    return next(candidate for candidate in order.groups if candidate.id == group)


def _lines(facts: MessageFacts, work: Fulfillment | None) -> list[dict[str, Any]]:
    told = dict(facts.entry.told) if is_fixed(facts.entry) else None
    if work is None:
        return _order_lines(facts, told)
    line_by_id = {line.id: line for line in facts.order.lines}
    left = ((part, part.quantity - part.rejected - part.missing if told is None else told.get(part.id, 0)) for part in work.lines)
    return [_line(facts, line_by_id[part.line], part.id, units) for part, units in left if units]


def _order_lines(facts: MessageFacts, told: Mapping[str, int] | None) -> list[dict[str, Any]]:
    if facts.entry.kind == "CANCEL":
        return [_line(facts, line, line.id, line.quantity) for line in facts.order.lines]
    units_by_line = {line.id: units_left(line) for line in facts.order.lines} if told is None else told
    known = [
        line for line in facts.order.lines if units_by_line.get(line.id) or (facts.entry.kind == "CHANGE" and line.id in units_by_line)
    ]
    return [_line(facts, line, line.id, units_by_line[line.id]) for line in known]


def is_fixed(entry: OutboxEntry) -> bool:
    """Tell whether a message says the units that were written with it: a step those of its moment, a repeat those of the last attempt.

    An order that was tried once stays as it was told, since every later change is told apart.
    """
    return entry.ambiguous_at is not None or (entry.kind in {"ORDER", "STEP", "CHANGE"} and bool(entry.told))


def told_units(message: Message) -> tuple[tuple[str, int], ...]:
    """Return the units by line that a message tells."""
    lines: Any = message.body["lines"]
    return tuple((line["line"], line["quantity"]) for line in lines)


def _line(facts: MessageFacts, line: OrderLine, number: str, quantity: int) -> dict[str, Any]:
    product = facts.products.get(line.sku)
    return _article(facts, line.sku) | {
        "line": number,
        "delivery": line.group,
        "name": product.name if product else line.sku,
        "quantity": quantity,
        "unit_price": str(line.unit_price),
        "discount": str(line.discount),
    }


def _article(facts: MessageFacts, sku: Sku) -> dict[str, Any]:
    product = facts.products.get(sku)
    at_source = name_at(facts.entry.source, product.external_ids) if product else None
    return {"sku": sku, "gtin": product.gtin if product else None, "at_source": at_source}


def _parcel(facts: MessageFacts, parcel: Parcel) -> dict[str, Any]:
    def content(part: SkuQuantity) -> dict[str, Any]:
        return _article(facts, part.sku) | {"quantity": part.quantity}

    return {
        "number": parcel.number,
        "carrier_service": parcel.carrier_service,
        "tracking_number": parcel.tracking_number,
        "tracking_url": parcel.tracking_url,
        "weight_g": parcel.weight_g,
        "lines": [content(part) for part in parcel.lines],
    }


def _reason(work: Fulfillment | None) -> str | None:
    if work is None:
        return None
    if work.cancellation:
        return work.cancellation.reason
    return work.rejections[-1].reason if work.rejections else None
