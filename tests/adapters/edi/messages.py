"""Messages as the gateway makes them for a supplier."""

from typing import Any

from gateway.domain.feeds import Message, MessageKind
from gateway.domain.ids import SourceCode
from tests.adapters.edi.writers import A, B

ADDRESS = {
    "name": "Zoé O'Neill & Söhne",
    "line1": "1 rue de l'Été: no 5+6",
    "line2": None,
    "postal_code": "69002",
    "city": "Lyon",
    "region": None,
    "country_code": "FR",
}


def purchase_order(
    reference: str, key: str = "", kind: MessageKind = "PURCHASE_ORDER", address: dict[str, Any] | None = None, **body: Any
) -> Message:
    lines = [
        {"line": "1", "sku": "LAMP", "gtin": A, "at_source": "L-1", "name": "Lampe à pied", "quantity": 2, "unit_price": "9.90"},
        {"line": "2", "sku": "CHAIR", "gtin": B, "at_source": None, "name": "Chair", "quantity": 1, "unit_price": "99.00"},
    ]
    told: dict[str, object] = {
        "order": {"number": reference.rpartition("-")[0], "placed_at": "2026-11-28T11:00:00+00:00", "channel": "web", "currency": "EUR"},
        "customer": {"name": "Zoé O'Neill", "email": None, "phone": None, "reference": None},
        "ship_to": ADDRESS if address is None else address,
        "bill_to": None,
        "fulfillment": {"number": reference, "task": "SHIP", "location": "atlas", "latest": "2026-12-03T22:59:59+00:00", "ships_by": None},
        "lines": lines,
        "parcels": [],
        "step": None,
        "at": "2026-11-28T11:00:00+00:00",
        "reason": None,
        "source_reference": None,
        **body,
    }
    return Message(kind, SourceCode("atlas"), key or f"{reference}:purchase_order:1", reference, told)
