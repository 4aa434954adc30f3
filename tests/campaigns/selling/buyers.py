"""Buyers who all want one unit at once, some of them impatient: they send the same order twice."""

import asyncio
import hashlib
import random
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.campaigns.selling.shop import SKU, Shop
from tests.support.operations import PLACE
from tests.support.stories import PARIS

IMPATIENT = 0.2
AT_ONCE = 100
"""Requests that are under way at the same time: the buyers' browsers queue at the door as they do."""
TRIES = 60
PAUSE_S = 0.5


@dataclass
class Answer:
    """What a request was told: an order's number, or the code of a refusal; how long it took from its first try, and since when."""

    told: str
    asked_at: float
    seconds: float
    sold: bool


@dataclass
class Buyers:
    """Places orders; `again` counts what had to be sent again, by the reason."""

    shop: Shop
    seed: int
    answers: dict[int, list[Answer]] = field(default_factory=dict)
    again: Counter[str] = field(default_factory=Counter)

    async def buy_all(self, count: int) -> None:
        """Let everybody buy: the impatient send their order twice, at the same time."""
        dice = random.Random(self.seed)  # noqa: S311 - a seeded sample
        sent = [n for n in range(count) for _ in range(2 if dice.random() < IMPATIENT else 1)]
        await self.ask_all(sent)

    async def ask_all(self, buyers: list[int]) -> None:
        limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        gate = asyncio.Semaphore(AT_ONCE)
        async with httpx2.AsyncClient(limits=limits, timeout=120.0) as client:
            await asyncio.gather(*(self.ask(client, gate, n) for n in buyers))

    async def ask(self, client: httpx2.AsyncClient, gate: asyncio.Semaphore, n: int) -> None:
        async with gate:
            asked_at = time.perf_counter()
            told, sold = await self.answer(client, n)
            self.answers.setdefault(n, []).append(Answer(told, asked_at, time.perf_counter() - asked_at, sold))

    async def answer(self, client: httpx2.AsyncClient, n: int) -> tuple[str, bool]:
        """Send an order until it is decided: who is asked to come again does so, with the same key."""
        for _ in range(TRIES):
            reason, decided = outcome(await client.post(self.shop.url, json=self.order(n), headers=self.headers(n)))
            if decided:
                return reason, reason.startswith("#")
            self.again[reason] += 1
            await asyncio.sleep(PAUSE_S)
        return "UNDECIDED", False

    def order(self, n: int) -> dict[str, Any]:
        group = {"method": "SHIP", "address": PARIS, "lines": [{"sku": SKU, "quantity": 1}]}
        wanted = {"idempotencyKey": own(f"{self.seed}/key/{n}"), "customer": {"name": f"Buyer {n}"}, "deliveryGroups": [group]}
        return {"query": PLACE, "variables": {"input": wanted}}

    def headers(self, n: int) -> dict[str, str]:
        return {"authorization": f"Bearer {self.shop.key}", "x-session": own(f"{self.seed}/session/{n}")}


def outcome(response: httpx2.Response) -> tuple[str, bool]:
    """Return an order's number or a refusal's code, and whether that decides."""
    if response.status_code != httpx2.codes.OK:
        return f"HTTP {response.status_code}", False
    body: dict[str, Any] = response.json()
    if "errors" in body:
        return body["errors"][0]["extensions"]["code"], False
    placed = body["data"]["placeOrder"]
    if placed["order"]:
        return f"#{placed['order']['number']}", True
    return ",".join(sorted(error["code"] for error in placed["userErrors"])), True


def own(of: str) -> str:
    """Return what only one buyer can have made up, the same each time."""
    return hashlib.sha256(of.encode()).hexdigest()[:40]


def seed() -> int:
    return secrets.randbelow(1_000_000)
