"""What the stories have in common: choosing goods, placing, and following the work to its end."""

import secrets
from typing import Any

from tests.support.demo import Caller, Demo, eventually
from tests.support.operations import ORDER, PLACE, PRODUCTS, PROMISES, STOCK, step

PARIS = {"name": "Camille Martin", "line1": "12 rue de Rivoli", "postalCode": "75004", "city": "Paris", "countryCode": "FR"}


def key() -> str:
    return secrets.token_urlsafe(24)


def rows(caller: Caller, sku: str) -> list[dict[str, Any]]:
    """Return an article's positions; none of one that is not known yet."""
    product = caller.data(STOCK, sku=sku)["product"]
    nodes: list[dict[str, Any]] = product["stock"]["nodes"] if product else []
    return nodes


STAFFED = ("101", "102", "103")
"""The stores that the demo's clienteling key acts in."""


def sku_stocked(caller: Caller, *, kind: str, at_least: int = 5, skip: int = 0, source: str | None = None) -> tuple[str, str]:
    """Return a priced sku and a location of the kind that has enough of it; of stores, one with staff of ours."""
    products = caller.data(PRODUCTS, first=80)["products"]["nodes"]
    found = []
    for product in products:
        for row in rows(caller, product["sku"]):
            wanted = row["location"]["kind"] == kind and row["available"] >= at_least and source in {None, row["source"]["code"]}
            if wanted and product["price"] and (kind != "STORE" or row["location"]["code"] in STAFFED):
                found.append((product["sku"], row["location"]["code"]))
                break
        if len(found) > skip:
            return found[skip]
    raise AssertionError(f"no {kind} has {at_least} of anything")


def available_at(caller: Caller, sku: str, location: str) -> int:
    quantity: int = next(row["available"] for row in rows(caller, sku) if row["location"]["code"] == location)
    return quantity


def on_hand_at(caller: Caller, sku: str, location: str) -> int:
    quantity: int = next(row["onHand"] for row in rows(caller, sku) if row["location"]["code"] == location)
    return quantity


def option(caller: Caller, method: str, sku: str, quantity: int, **where: Any) -> dict[str, Any]:
    """Return the first option of a method for one line; fail with the reasons when there is none."""
    promised = caller.data(PROMISES, input={"lines": [{"sku": sku, "quantity": quantity}], "methods": [method], **where})[
        "deliveryPromises"
    ]
    assert promised["options"], promised["unavailable"]
    first: dict[str, Any] = promised["options"][0]
    return first


def place(caller: Caller, groups: list[dict[str, Any]], **extra: Any) -> dict[str, Any]:
    answer: dict[str, Any] = caller.data(
        PLACE,
        input={
            "idempotencyKey": key(),
            "deliveryGroups": groups,
            "customer": {"name": "Camille Martin", "email": "camille@example.org"},
            **extra,
        },
    )["placeOrder"]
    assert answer["userErrors"] == [], answer["userErrors"]
    return answer


def order(caller: Caller, number: str) -> dict[str, Any]:
    found: dict[str, Any] = caller.data(ORDER, number=number)["order"]
    return found


def do(caller: Caller, verb: str, fulfillment: str, **extra: Any) -> dict[str, Any]:
    answer: dict[str, Any] = caller.data(step(verb), input={"idempotencyKey": key(), "fulfillmentId": fulfillment, **extra})[verb]
    assert answer["userErrors"] == [], answer["userErrors"]
    told: dict[str, Any] = answer["fulfillment"]
    return told


def handed_over(demo: Demo, number: str, sources: set[str]) -> dict[str, Any]:
    """Wait until every message of the order so far is acknowledged by the systems that are expected."""

    def told() -> dict[str, Any] | None:
        found = order(demo.caller("operator"), number)
        acknowledged = {message["source"]["code"] for message in found["handOvers"] if message["state"] == "ACKNOWLEDGED"}
        return found if sources <= acknowledged else None

    found: dict[str, Any] = eventually(told)
    return found
