"""How the WMS words stock, changes, shipments and refusals."""

from hashlib import sha256
from hmac import new
from typing import Any, NamedTuple

from gateway.sandbox.assortment import Product
from gateway.sandbox.feed import Entry
from gateway.sandbox.network import TIME_ZONE
from gateway.sandbox.places import Place
from gateway.sandbox.refused import Json, Refused
from gateway.sandbox.replenishment import PurchaseOrder
from gateway.sandbox.stamps import epoch_ms, wall_ms
from gateway.sandbox.system import Accepted

_WEEK = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY")


class StockChange(NamedTuple):
    facility: str
    number: int
    kind: str
    delta: int
    on_hand: int
    blocked_delta: int
    blocked: int
    reference: str | None
    shipment: str | None


def refusal(refused: Refused) -> Json:
    details = [] if refused.field is None else [{"field": refused.field, "value": refused.value}]
    return Json({"code": refused.code, "message": refused.text, "details": details}, status_code=refused.status)


def facility(place: Place) -> dict[str, Any]:
    return {
        "facilityId": place.code,
        "name": place.name,
        "address": {"line1": place.street, "postalCode": place.postcode, "town": place.city, "countryCode": "FR"},
        "latitude": place.latitude,
        "longitude": place.longitude,
        "timeZone": TIME_ZONE,
        "workingHours": {**{day: [["07:00", "20:00"]] for day in _WEEK}, "SATURDAY": [["07:00", "12:00"]]},
        "active": True,
    }


def position(place: str, product: Product, on_hand: int, blocked: int) -> dict[str, Any]:
    return {"facilityId": place, "itemCode": product.item_no, "gtin": product.ean, "onHand": on_hand, "blocked": blocked}


def stock_change(entry: Entry, products: list[Product]) -> dict[str, Any]:
    row: StockChange = entry.row
    return {
        "changeNo": entry.number,
        "facilityId": row.facility,
        "itemCode": products[row.number].item_no,
        "gtin": products[row.number].ean,
        "type": row.kind,
        "delta": row.delta,
        "onHandAfter": row.on_hand,
        "blockedDelta": row.blocked_delta,
        "blockedAfter": row.blocked,
        "occurredAt": entry.at_ms,
        "shipmentRef": row.reference,
        "shipmentId": row.shipment,
    }


def asn(order: PurchaseOrder, products: list[Product], expected_ms: int) -> dict[str, Any]:
    return {
        "asnId": f"ASN-{order.number}",
        "poNumber": order.number,
        "facilityId": order.warehouse,
        "supplier": order.supplier,
        "status": "ANNOUNCED",
        "expectedAt": expected_ms,
        "lines": [{"itemCode": products[n].item_no, "gtin": products[n].ean, "quantity": quantity} for n, quantity in order.lines],
    }


def arrival_ms(order: PurchaseOrder) -> int:
    return epoch_ms(order.arrives_at())


def shipment(work: Accepted) -> dict[str, Any]:
    return {
        "shipmentId": work.number,
        "orderRef": work.reference,
        "facilityId": work.location,
        "status": work.status,
        "createdAt": work.at_ms,
        "updatedAt": work.changed_ms,
        "lines": _lines(work),
        "parcels": work.extra.get("parcels", []),
        "changeNo": max(work.extra.get("changes", []), default=None),
        "reason": work.extra.get("reason"),
    }


def shipment_event(entry: Entry) -> dict[str, Any]:
    return {"seq": entry.number, **entry.row, "at": entry.at_ms}


def event_row(work: Accepted) -> dict[str, Any]:
    told = shipment(work)
    return {name: told[name] for name in ("shipmentId", "orderRef", "facilityId", "status", "reason", "changeNo", "lines", "parcels")}


def _lines(work: Accepted) -> list[dict[str, Any]]:
    changes: list[int | None] = work.extra.get("changes") or [None] * len(work.lines)
    return [
        {"lineId": line["line"], "itemCode": line["code"], "quantity": line["quantity"], "changeNo": change}
        for line, change in zip(work.lines, changes, strict=True)
    ]


def parcels(work: Accepted, products: list[Product]) -> list[dict[str, Any]]:
    tracking = f"XP{int(work.number.rpartition('-')[2]):09d}FR"
    weight_g = sum(products[line["n"]].weight_g * line["quantity"] for line in work.lines)
    return [
        {
            "trackingNumber": tracking,
            "carrier": "CHRONO" if work.body.get("service") == "EXPRESS" else "COLISSIMO",
            "trackingUrl": f"https://track.sandbox.example/{tracking}",
            "weightGrams": weight_g,
            "lineIds": [line["line"] for line in work.lines],
        }
    ]


def signed(secret: str, delivery: str, raw: bytes) -> dict[str, str]:
    stamp = wall_ms() // 1000
    digest = new(secret.encode(), f"{stamp}.".encode() + raw, sha256).hexdigest()
    return {"X-Wms-Delivery": delivery, "X-Wms-Signature": f"t={stamp},v1={digest}"}
