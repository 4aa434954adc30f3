"""How a supplier words offers, purchase orders and refusals."""

from typing import Any

from starlette.responses import PlainTextResponse, Response

from gateway.sandbox.assortment import Product
from gateway.sandbox.feed import Entry
from gateway.sandbox.network import CURRENCY, TIME_ZONE
from gateway.sandbox.places import Supplier
from gateway.sandbox.refused import Refused
from gateway.sandbox.stamps import compact
from gateway.sandbox.system import Accepted


def refusal(refused: Refused) -> Response:
    return PlainTextResponse(f"{refused.status} {refused.text}\n", status_code=refused.status)


def profile(supplier: Supplier) -> dict[str, Any]:
    return {
        "supplier": supplier.code,
        "legal-name": supplier.name,
        "ships-from": {
            "street": supplier.street,
            "post-code": supplier.postcode,
            "town": supplier.city,
            "country": "FR",
            "lat": supplier.latitude,
            "lon": supplier.longitude,
        },
        "time-zone": TIME_ZONE,
        "order-cut-off": supplier.order_cutoff,
        "lead-time-working-days": supplier.lead_time_days,
        "working-days": ["mon", "tue", "wed", "thu", "fri"],
    }


def offer(supplier: Supplier, product: Product, available: int) -> dict[str, Any]:
    return {
        "ean": product.ean,
        "vendor-ref": f"{supplier.short}-{product.number + 1:06d}",
        "available-quantity": available,
        "lead-time-working-days": supplier.lead_time_days + product.number % 3 // 2,
        "unit-cost": f"{product.cost_cents // 100}.{product.cost_cents % 100:02d}",
        "currency": CURRENCY,
    }


def offer_change(entry: Entry, products: list[Product]) -> dict[str, Any]:
    number, available, reference = entry.row
    return {
        "rev": entry.number,
        "ean": products[number].ean,
        "available-quantity": available,
        "at": compact(entry.at_ms),
        "po-number": reference,
    }


def received(work: Accepted) -> dict[str, Any]:
    return {"receipt": work.number, "po-number": work.reference, "status": "received"}


def purchase_order(work: Accepted) -> dict[str, Any]:
    return {
        "receipt": work.number,
        "po-number": work.reference,
        "status": work.status,
        "received-at": compact(work.at_ms),
        "changed-at": compact(work.changed_ms),
        "reason": work.extra.get("reason"),
        "lines": work.extra.get("outcomes")
        or [{"line": one["line"], "ean": one["code"], "quantity": one["quantity"]} for one in work.lines],
        "parcels": work.extra.get("parcels", []),
    }


def update_row(work: Accepted) -> dict[str, Any]:
    told = purchase_order(work)
    return {"type": work.status, **{name: told[name] for name in ("receipt", "po-number", "reason", "lines", "parcels")}}


def update(entry: Entry) -> dict[str, Any]:
    return {"rev": entry.number, "at": compact(entry.at_ms), **entry.row}
