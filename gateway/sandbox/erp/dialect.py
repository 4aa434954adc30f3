"""How the ERP words items, orders and refusals."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from gateway.sandbox.assortment import Product
from gateway.sandbox.network import CURRENCY
from gateway.sandbox.refused import Json, Refused
from gateway.sandbox.replenishment import PurchaseOrder
from gateway.sandbox.stamps import epoch_ms, local, local_date
from gateway.sandbox.system import Accepted

USER = "gateway"
_NUMBERS = {
    "UNAUTHORIZED": 4010,
    "MALFORMED": 4000,
    "NOT_FOUND": 4040,
    "ITEM_NOT_FOUND": 4041,
    "ORDER_NOT_FOUND": 4042,
    "METHOD_NOT_ALLOWED": 4050,
    "NOT_CANCELABLE": 4090,
    "NOT_CHANGEABLE": 4091,
    "TOO_LARGE": 4130,
    "INVALID": 4220,
    "UNKNOWN_ITEM": 4221,
    "TOO_MANY_ITEMS": 4222,
}
_TEXTS = {
    "UNAUTHORIZED": "Anmeldung fehlgeschlagen",
    "MALFORMED": "Anfrage nicht lesbar",
    "NOT_FOUND": "Pfad nicht gefunden",
    "ITEM_NOT_FOUND": "Artikel nicht gefunden",
    "ORDER_NOT_FOUND": "Auftrag nicht gefunden",
    "METHOD_NOT_ALLOWED": "Methode nicht erlaubt",
    "NOT_CANCELABLE": "Auftrag nicht stornierbar",
    "NOT_CHANGEABLE": "Auftrag nicht änderbar",
    "TOO_LARGE": "Anfrage zu groß",
    "INVALID": "Feld ungültig",
    "UNKNOWN_ITEM": "Artikel unbekannt",
    "TOO_MANY_ITEMS": "Zu viele Artikel",
}


def basic(credential: str) -> str:
    return "Basic " + b64encode(f"{USER}:{credential}".encode()).decode()


def refusal(refused: Refused) -> Json:
    number = _NUMBERS.get(refused.code, refused.status * 10)
    headers = {"WWW-Authenticate": 'Basic realm="erp"'} if refused.status == 401 else None  # noqa: PLR2004 - HTTP
    text = f"{_TEXTS.get(refused.code, 'Interner Fehler')}: {refused.text}"
    return Json({"error": {"no": number, "text": text}}, status_code=refused.status, headers=headers)


def item(product: Product, modified_ms: int, opened_ms: int, change: dict[str, Any], counter_sales: Mapping[str, float]) -> dict[str, Any]:
    released = local_date(opened_ms) + timedelta(days=product.released_after_days)
    color_code = product.item_no.split("-")[1]
    return {
        "item_no": product.item_no,
        "ean": product.ean,
        "description": change.get("description", product.name),
        "long_text": f"{product.style_name} de {product.brand}, coloris {product.color}. {product.category.replace('/', ' · ')}.",
        "brand_name": product.brand,
        "category_path": product.category,
        "net_weight_kg": f"{product.weight_g / 1000:.3f}",
        "packed_dm3": f"{product.packed_cm3 / 1000:.3f}",
        "list_price": _money(change.get("list_price", product.price_cents)),
        "strike_price": _money(product.strike_cents) if product.strike_cents is not None else None,
        "uom": "PCE",
        "style_no": product.style_no,
        "style_name": product.style_name,
        "color": product.color,
        "size": product.size,
        "active": change.get("active", product.active),
        "release_date": released.isoformat(),
        "counter_sales_per_day": counter_sales,
        "clearance": _clearance(product, opened_ms),
        "image": f"https://images.sandbox.example/{product.style_no}-{color_code}.jpg",
        "modified": local(modified_ms),
    }


def _clearance(product: Product, opened_ms: int) -> dict[str, Any] | None:
    """Return from when what is left is sold off, and what a unit is expected to bring then, net."""
    if product.cleared_after_days is None or product.clearance_cents is None:
        return None
    first = local_date(opened_ms) + timedelta(days=product.cleared_after_days)
    return {"from": first.isoformat(), "expected_net": product.clearance_cents}


def _money(cents: int) -> dict[str, Any]:
    return {"value": cents, "cur": CURRENCY, "tax_included": True}


def purchase_order(order: PurchaseOrder, today: date, products: list[Product]) -> dict[str, Any]:
    received = is_received(order, today)
    return {
        "po_no": order.number,
        "vendor": order.supplier,
        "ship_to": order.warehouse,
        "status": "received" if received else "open",
        "original_date": order.original_on.isoformat(),
        "expected_date": order.expected_on(today).isoformat(),
        "modified": local(purchase_modified_ms(order, today)),
        "lines": [
            {"pos": (place + 1) * 10, "item_no": products[number].item_no, "qty_ordered": quantity, "qty_open": 0 if received else quantity}
            for place, (number, quantity) in enumerate(order.lines)
        ],
    }


def is_received(order: PurchaseOrder, today: date) -> bool:
    return order.slipped_to < today


def purchase_modified_ms(order: PurchaseOrder, today: date) -> int:
    """Return when the order last changed: ordered, then slipped, then received, early in the morning."""
    moved = [order.ordered_on]
    if order.slipped_on is not None and order.slipped_on <= today:
        moved.append(order.slipped_on)
    if is_received(order, today):
        moved.append(order.slipped_to + timedelta(days=1))
    return epoch_ms(datetime.combine(max(moved), time(5), UTC))


def sales_order(order: Accepted) -> dict[str, Any]:
    state = {"received": "open", "confirmed": "confirmed"}.get(order.status, order.status)
    kept = {name: value for name, value in order.body.items() if name not in {"your_reference", "lines"}}
    return {
        **kept,
        "order_no": order.number,
        "your_reference": order.reference,
        "state": order.status,
        "created": local(order.at_ms),
        "modified": local(order.changed_ms),
        "lines": [{**line, "state": state if line["qty"] else "canceled"} for line in order.body["lines"]],
    }
