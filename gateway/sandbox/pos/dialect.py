"""How the POS words shops, stock, journal, receipts, tasks and refusals."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from hmac import new
from typing import Any, NamedTuple

from starlette.responses import Response

from gateway.sandbox.assortment import Product
from gateway.sandbox.feed import Entry
from gateway.sandbox.network import CURRENCY, TIME_ZONE
from gateway.sandbox.places import Shop
from gateway.sandbox.pos.opening import exceptions, is_open
from gateway.sandbox.refused import Json, Refused
from gateway.sandbox.stamps import local, local_date, local_time, wall_ms
from gateway.sandbox.system import Accepted

_TITLES = {
    "UNAUTHORIZED": ("Authentification refusée", "Authentication refused"),
    "MALFORMED": ("Requête illisible", "Malformed request"),
    "NOT_FOUND": ("Introuvable", "Not found"),
    "METHOD_NOT_ALLOWED": ("Méthode interdite", "Method not allowed"),
    "INVALID": ("Champ invalide", "Invalid field"),
    "UNKNOWN_ITEM": ("Article inconnu", "Unknown article"),
    "UNKNOWN_SHOP": ("Magasin inconnu", "Unknown shop"),
    "TOO_LARGE": ("Requête trop grande", "Request too large"),
    "CONFLICT": ("Référence déjà utilisée", "Reference already used"),
    "STEP_REFUSED": ("Étape impossible", "Step not possible"),
}


class Move(NamedTuple):
    """One line of the journal; `posted_ms` is when the till told it, later than its stamp at times."""

    shop: str
    number: int
    kind: str
    delta: int
    posted_ms: int
    receipt: str | None
    reference: str | None


def refusal(refused: Refused) -> Response:
    french, english = _TITLES.get(refused.code, ("Erreur interne", "Internal error"))
    body = {"type": "about:blank", "title": french, "status": refused.status, "detail": refused.text, "title_en": english}
    if refused.field is not None:
        body["field"] = refused.field
    return Json(body, status_code=refused.status, media_type="application/problem+json")


def shop(place: Shop) -> dict[str, Any]:
    now = wall_ms()
    return {
        "no": place.code,
        "name": place.name,
        "phone": f"+33 9 70 00 {int(place.code) // 100:02d} {int(place.code) % 100:02d}",
        "address": {"street": place.street, "zip": place.postcode, "city": place.city, "country": "FR"},
        "geo": {"lat": f"{place.latitude:.4f}", "lng": f"{place.longitude:.4f}"},
        "opening": {
            "weekly": place.weekly_hours,
            "exceptions": [{"date": day.isoformat(), "hours": hours} for day, hours in exceptions(local_date(now))],
        },
        "tz": TIME_ZONE,
        "services": {"service": list(place.services)},
        "open": is_open(place.weekly_hours, local_time(now)),
    }


def position(shop_no: str, ean: str, quantity: int, display: int) -> dict[str, Any]:
    return {"shop": shop_no, "article": ean, "qty": quantity, "display": display}


def event(entry: Entry, products: list[Product]) -> dict[str, Any]:
    row: Move = entry.row
    return {
        "event_id": entry.key,
        "shop": row.shop,
        "article": products[row.number].ean,
        "kind": row.kind,
        "qty": row.delta,
        "at": local(entry.at_ms),
        "posted_at": local(row.posted_ms),
        "receipt_no": row.receipt,
        "client_ref": row.reference,
    }


def receipt(number: str, shop_no: str, at_ms: int, lines: Sequence[tuple[int, int]], products: list[Product]) -> dict[str, Any]:
    rows = [
        {
            "article": products[product].ean,
            "label": products[product].name,
            "qty": quantity,
            "unit_price": _euros(products[product].price_cents),
            "amount": _euros(products[product].price_cents * quantity),
        }
        for product, quantity in lines
    ]
    total = sum(products[product].price_cents * quantity for product, quantity in lines)
    return {"no": number, "shop": shop_no, "at": local(at_ms), "lines": {"line": rows}, "total": _euros(total), "currency": CURRENCY}


def _euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def task(work: Accepted) -> dict[str, Any]:
    moved_ms = work.extra.get("moved_ms")
    return {
        "no": work.number,
        "client_ref": work.reference,
        "shop": work.location,
        "kind": work.body["kind"],
        "state": work.status,
        "reason": work.extra.get("reason"),
        "created_at": local(work.at_ms),
        "changed_at": local(work.changed_ms),
        "due_at": work.body.get("due_at"),
        "stock_moved_at": local(moved_ms) if moved_ms is not None else None,
        "lines": {"line": [{"ref": line["line"], "article": line["code"], "qty": line["quantity"]} for line in work.lines]},
        "parcels": {"parcel": work.extra.get("parcels", [])},
    }


def signed(secret: str, delivery: str, raw: bytes) -> dict[str, str]:
    stamp = str(wall_ms() // 1000)
    digest = b64encode(new(secret.encode(), f"{stamp}\n".encode() + raw, sha256).digest()).decode()
    return {"X-Caisse-Id": delivery, "X-Caisse-Timestamp": stamp, "X-Caisse-Signature": f"sha256={digest}"}
