"""Two gateways on one database, one of which is ended under load: no accepted order is lost, and every key is answered in the end."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.demo import eventually
from tests.support.fleet import Fleet, Member, running
from tests.support.operations import PLACE, PRODUCTS
from tests.support.stories import PARIS, key

pytestmark = pytest.mark.scenario
BUYERS = 6
ENOUGH = 12
"""Orders before the one gateway is asked to end, and after it has ended."""
TRIES = 20


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with running(tmp_path, skus=30, stores=2, speed=20) as started:
        yield started


@dataclass
class Buying:
    """Buyers who place one order after the other, here and there, and repeat with the same key what was not answered."""

    fleet: Fleet
    skus: list[str]
    numbers_by_key: dict[str, set[str]] = field(default_factory=dict)
    refused: list[Any] = field(default_factory=list)
    repeated: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def answered(self) -> int:
        return sum(bool(numbers) for numbers in self.numbers_by_key.values())

    def buy(self, n: int) -> None:
        while not self.over.is_set():
            wanted_key = key()
            self.numbers_by_key[wanted_key] = set()
            line = {"sku": self.skus[n % len(self.skus)], "quantity": 1}
            group = {"method": "SHIP", "address": PARIS, "lines": [line]}
            self.place({"idempotencyKey": wanted_key, "customer": {"name": "Camille Martin"}, "deliveryGroups": [group]}, n)

    def place(self, wanted: dict[str, Any], n: int) -> None:
        """Place under one key until it is answered, then once more: the answer must be the same."""
        for attempt in range(TRIES):
            told = self.asked(self.fleet.members[(n + attempt) % 2], wanted)
            if told is None:
                self.repeated += 1
                continue
            again = self.asked(self.fleet.members[1], wanted)
            for answer in (told, again):
                if answer and answer["order"]:
                    self.numbers_by_key[wanted["idempotencyKey"]].add(answer["order"]["number"])
                elif answer:
                    self.refused.append(answer["userErrors"])
            return
        self.refused.append(f"not answered in {TRIES} tries")

    def asked(self, member: Member, wanted: dict[str, Any]) -> dict[str, Any] | None:
        """Return what was answered; None for no answer, and for one that asks to repeat."""
        try:
            answer = self.fleet.caller(member, "storefront").ask(PLACE, input=wanted)
        except (httpx2.HTTPError, ValueError):
            return None
        if "errors" in answer:
            codes = {error["extensions"]["code"] for error in answer["errors"]}
            assert codes <= {"UNAVAILABLE", "THROTTLED"}, answer["errors"]
            return None
        told: dict[str, Any] = answer["data"]["placeOrder"]
        return told


def test_a_gateway_that_is_ended_under_load_loses_no_order_and_the_other_goes_on(fleet: Fleet) -> None:
    leaving, staying = fleet.join(), fleet.join()
    operator = fleet.caller(staying, "operator")
    products = operator.data(PRODUCTS, first=30)["products"]["nodes"]
    buying = Buying(fleet, [product["sku"] for product in products if product["price"]])
    with ThreadPoolExecutor(BUYERS) as buyers:
        for n in range(BUYERS):
            buyers.submit(buying.buy, n)
        try:
            eventually(lambda: buying.answered >= ENOUGH, within_s=120)
            leaving.end()
            eventually(lambda: leaving.readiness() in {503, None}, within_s=10, every_s=0.05)
            assert staying.readiness() == 200
            assert leaving.process.wait(30) == 0
            before = buying.answered
            eventually(lambda: buying.answered >= before + ENOUGH, within_s=120)
        finally:
            buying.over.set()
    assert buying.refused == []
    assert {len(numbers) for numbers in buying.numbers_by_key.values()} == {1}
    numbers = {number for one in buying.numbers_by_key.values() for number in one}
    assert len(numbers) == len(buying.numbers_by_key)
    found = {number: operator.data(STANDING, number=number)["order"] for number in numbers}
    assert all(found.values())
    eventually(lambda: not open_messages(fleet, staying), within_s=90, every_s=1)


STANDING = "query($number: String!) { order(by: {number: $number}) { number status } }"
OPEN = "{ handOvers(first: 1, filter: {states: [WAITING, SENDING, PARKED, DEAD]}) { totalCount nodes { what state lastError } } }"


def open_messages(fleet: Fleet, member: Member) -> int:
    found: int = fleet.caller(member, "operator").data(OPEN)["handOvers"]["totalCount"]
    return found
