"""Buyers who place and repeat while systems fail, and what must be true once everything is well again."""

import random
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.support.demo import Caller, Demo
from tests.support.operations import ORDER, PLACE, PRODUCTS, RESERVE, STOCK
from tests.support.stories import PARIS, key

SUPPLIERS = ("atlas", "borealis", "comet")
CLOSED = {"ACKNOWLEDGED", "DROPPED"}
GONE = {"SHIPPED", "DELIVERED", "COLLECTED", "CANCELED", "UNSOURCED"}


@dataclass
class Shopping:
    """Orders that many buyers try to place at once; `told` is what they were answered, `numbers` the orders that stand."""

    demo: Demo
    seed: int
    skus: list[str] = field(default_factory=list)
    stores: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    numbers: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def look_around(self) -> None:
        products = self.demo.caller("operator").data(PRODUCTS, first=60)["products"]["nodes"]
        self.skus = [product["sku"] for product in products if product["price"]]
        self.stores = sorted(self.demo.ledger("pos")["stock"])

    def shop(self, first: int, last: int) -> None:
        """Let buyers `first` to `last` place, eight at a time."""
        with ThreadPoolExecutor(8) as buyers:
            for _ in buyers.map(self.buy, range(first, last)):
                pass

    def buy(self, n: int) -> None:
        """Place one order under one key, up to three times; all answers must be the same order, or the same refusal."""
        dice, caller = random.Random(f"{self.seed}/{n}"), self.demo.caller("storefront" if n % 3 else "clienteling")  # noqa: S311 - a die
        wanted = {"idempotencyKey": key(), "customer": {"name": "Camille Martin"}, **self.wish(n, dice, caller)}
        answers = [answer for _ in range(dice.choice((1, 2, 3))) if (answer := self.placed(caller, wanted))]
        numbers = {answer["order"]["number"] for answer in answers if answer["order"]}
        codes = {error["code"] for answer in answers for error in answer["userErrors"]}
        if len(numbers) + bool(codes) > 1:
            self.wrong.append(f"one key was answered {numbers} and {codes}")
        self.numbers += numbers
        self.told.update(codes or ["PLACED"] * len(numbers))

    def wish(self, n: int, dice: random.Random, caller: Caller) -> dict[str, Any]:
        sku, units = dice.choice(self.skus), dice.choice((1, 1, 2))
        ships = {"method": "SHIP", "address": PARIS, "lines": [{"sku": sku, "quantity": units}]}
        collected = {
            "method": "PICKUP",
            "pickupLocationCode": dice.choice(self.stores),
            "lines": [{"sku": dice.choice(self.skus), "quantity": 1}],
        }
        if n % 5 == 3:
            return {"deliveryGroups": [collected]}
        if n % 5 == 4:
            return {"deliveryGroups": [ships, collected]}
        held = self.hold(caller, sku, units, dice.choice(SUPPLIERS)) if n % 5 == 2 else None
        return {"deliveryGroups": [ships]} | ({"reservationId": held} if held else {})

    def hold(self, caller: Caller, sku: str, units: int, place: str) -> str | None:
        """Hold at a supplier, so that orders come to those that cannot be asked."""
        line = {"sku": sku, "quantity": units, "locationCode": place}
        answer = caller.ask(RESERVE, input={"idempotencyKey": key(), "lines": [line]}).get("data") or {}
        held = (answer.get("reserveStock") or {}).get("reservation")
        return held["id"] if held and held["state"] == "HELD" else None

    def placed(self, caller: Caller, wanted: dict[str, Any]) -> dict[str, Any] | None:
        answer = caller.ask(PLACE, input=wanted)
        if "errors" in answer:
            self.told[answer["errors"][0]["extensions"]["code"]] += 1
            return None
        told: dict[str, Any] = answer["data"]["placeOrder"]
        return told

    def orders(self) -> dict[str, dict[str, Any]]:
        operator = self.demo.caller("operator")
        return {number: operator.data(ORDER, number=number)["order"] for number in self.numbers}

    def open_messages(self) -> list[tuple[str, str, str]]:
        """Return messages that are neither through nor waiting for a person at a system that cannot be asked."""
        every = ((number, message) for number, order in self.orders().items() for message in order["handOvers"])
        settled = CLOSED | {"PARKED"}
        return [
            (number, message["what"], message["state"])
            for number, message in every
            if message["state"] not in (settled if message["source"]["code"] in SUPPLIERS else CLOSED)
        ]

    def units_at_work(self) -> Counter[tuple[str, str]]:
        """Return the units by sku and place that orders have claimed there and that have not left."""
        owed = Counter[tuple[str, str]]()
        for order in self.orders().values():
            for line in order["lines"]:
                for units in line["units"]:
                    if units["location"] and units["state"] not in GONE:
                        owed[line["sku"], units["location"]["code"]] += units["quantity"]
        return owed

    def effects(self) -> dict[str, Counter[str]]:
        """Return how often each system has taken each of our references."""
        return {code: Counter(work["reference"] for work in self.demo.ledger(code)["accepted"]) for code in self.demo.sources}

    def figures(self) -> list[tuple[str, str, dict[str, Any], int | None]]:
        """Return every position: sku, place, as the graph shows it, and what truly lies there."""
        truth = {code: self.demo.ledger(code)["stock"] for code in self.demo.sources if code != "erp"}
        operator, found = self.demo.caller("operator"), []
        for sku in self.skus:
            for row in operator.data(STOCK, sku=sku)["product"]["stock"]["nodes"]:
                place = row["location"]["code"]
                found.append((sku, place, row, truth[row["source"]["code"]].get(place, {}).get(sku)))
        return found


def fired(demo: Demo, source: str) -> dict[str, int]:
    """Return how often each fault of a system has struck since it was asked for."""
    counted: dict[str, int] = httpx2.get(f"{demo.sources[source]['url']}/_sandbox/faults", timeout=30).json()["fired"]
    return {kind: times for kind, times in counted.items() if times}


def seed() -> int:
    return secrets.randbelow(1_000_000)
