"""Buyers who place, hold, collect, cancel and repeat while everything fails, and what they were told."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.support.demo import Caller
from tests.support.operations import PLACE, PRODUCTS, RESERVE
from tests.support.stories import PARIS, key

SUPPLIERS = ("atlas", "borealis", "comet")
CANCEL = """mutation($input: CancelOrderInput!) { cancelOrder(input: $input) {
  order { number status } userErrors { code message } } }"""
TRIES = 6
"""Of one call, each at any gateway, until it is answered."""
PAUSE_S = 0.3


@dataclass
class Shopping:
    """`told`: what buyers were answered; `numbers`: the orders that they were told of; `caller` makes one of a kind, at any gateway."""

    caller: Callable[[str], Caller]
    seed: int
    skus: list[str] = field(default_factory=list)
    stores: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    numbers: list[str] = field(default_factory=list)
    canceled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _n: int = 0

    def look_around(self, stores: list[str]) -> None:
        products = self.caller("operator").data(PRODUCTS, first=100)["products"]["nodes"]
        self.skus, self.stores = [product["sku"] for product in products if product["price"]], stores

    def shop_until(self, end: threading.Event, buyers: int) -> list[threading.Thread]:
        """Let buyers come one after the other, so many at a time."""
        threads = [threading.Thread(target=self._keep_buying, args=(end,), daemon=True) for _ in range(buyers)]
        for thread in threads:
            thread.start()
        return threads

    def _keep_buying(self, end: threading.Event) -> None:
        while not end.is_set():
            with self._lock:
                n = self._n = self._n + 1
            try:
                self.buy(n)
            except Exception as error:  # noqa: BLE001 - told at the end, with everything else that went wrong
                self.wrong.append(f"buyer {n}: {error!r}")

    def buy(self, n: int) -> None:
        """Place one order under one key, up to three times; all answers must be the same order, or the same refusal."""
        dice, kind = random.Random(f"{self.seed}/{n}"), "storefront" if n % 3 else "clienteling"  # noqa: S311 - a die
        first = self.caller(kind)
        wanted = {"idempotencyKey": key(), "customer": {"name": "Camille Martin"}, **self.wish(n, dice, first)}
        calls = dice.choice((1, 1, 2, 3))
        answers = [answer for _ in range(calls) if (answer := self.answered(kind, first.session, PLACE, "placeOrder", wanted))]
        numbers = {answer["order"]["number"] for answer in answers if answer["order"]}
        codes = {error["code"] for answer in answers for error in answer["userErrors"]}
        with self._lock:
            if len(numbers) + bool(codes) > 1:
                self.wrong.append(f"I6 one key was answered {numbers} and {codes}")
            self.numbers += numbers
            self.told.update(codes or ["PLACED"] * len(numbers))
        if numbers and n % 11 == 0:
            self.cancel(*numbers)

    def cancel(self, number: str) -> None:
        wanted = {"idempotencyKey": key(), "order": {"number": number}, "reason": "CUSTOMER"}
        answers = [self.answered("operator", None, CANCEL, "cancelOrder", wanted) for _ in range(2)]
        with self._lock:
            self.canceled += [number] if any(answers) else []
            self.told.update("CANCELED" if not answer["userErrors"] else "NOT CANCELED" for answer in answers if answer)

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
        answer = self.once(caller, RESERVE, "reserveStock", {"idempotencyKey": key(), "lines": [line]}) or {}
        held = answer.get("reservation")
        self.told["HELD"] += bool(held)
        return held["id"] if held and held["state"] == "HELD" else None

    def answered(self, kind: str, session: str | None, query: str, name: str, wanted: dict[str, Any]) -> dict[str, Any] | None:
        """Ask until somebody decides, at any gateway; None: nobody did."""
        for _ in range(TRIES):
            caller = self.caller(kind)
            caller.session = session
            answer = self.once(caller, query, name, wanted)
            if answer is not None:
                return answer
            time.sleep(PAUSE_S)
        return None

    def once(self, caller: Caller, query: str, name: str, wanted: dict[str, Any]) -> dict[str, Any] | None:
        try:
            answer = caller.ask(query, input=wanted)
        except (httpx2.HTTPError, ValueError) as error:
            self.told[type(error).__name__] += 1
            return None
        if "errors" in answer or not answer.get("data"):
            self.told[str((answer.get("errors") or [{}])[0].get("extensions", {}).get("code", answer))] += 1
            return None
        told: dict[str, Any] = answer["data"][name]
        return told
