"""Messages to Tryton as the gateway makes them."""

from itertools import count
from typing import Any

from gateway.demo.tryton.seed import gtin, price
from gateway.domain.feeds import Message, MessageKind
from gateway.domain.ids import SourceCode

NUMBERS = count(1)
LYON = {
    "name": "Ana Roy",
    "line1": "20 place Bellecour",
    "line2": None,
    "postal_code": "69002",
    "city": "Lyon",
    "region": None,
    "country_code": "FR",
}


def reference(name: str) -> str:
    return f"{name}-{next(NUMBERS)}"


def message(
    code: str, kind: MessageKind, name: str, location: str | None, units_by_article: dict[int, int] | None = None, **more: Any
) -> Message:
    """Return work of some articles, by their numbers; a step or a cancellation names the work that it is about."""
    units = units_by_article or {1: 1}
    lines = [
        {
            "line": str(n),
            "sku": f"A{article:03}",
            "gtin": gtin(article),
            "at_source": None,
            "name": f"Article {article}",
            "quantity": quantity,
            "unit_price": str(price(article) * 12 / 10),
            "discount": "0",
        }
        for n, (article, quantity) in enumerate(units.items(), 1)
    ]
    task = more.pop("task", "SHIP")
    work = {"number": name, "task": task, "location": location, "location_at_source": None, "method": "SHIP", "service": "standard"}
    body: dict[str, object] = {
        "order": {"number": name, "currency": "EUR", "channel": "web"},
        "customer": {"name": "Ana Roy", "email": None, "phone": None, "reference": None},
        "bill_to": None,
        "ship_to": LYON if task == "SHIP" else None,
        "fulfillment": work if location else None,
        "lines": lines,
        "parcels": [],
        "step": None,
        "reason": None,
        "source_reference": None,
        **more,
    }
    return Message(kind, SourceCode(code), f"rid:{name}:{kind.lower()}:1", name, body)
