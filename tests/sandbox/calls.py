"""Calls to one running system with its credential, and to its controls."""

import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any, TypeVar

import httpx2

from gateway.sandbox.network import Retailer
from gateway.sandbox.processes import RunningSystem

SMALL = Retailer(seed=7, sku_count=60, store_count=3, warehouse_count=2)
QUIET: dict[str, dict[str, float | bool]] = {
    "wms": {"other_sales_per_hour": 0},
    "pos": {"sell_rate_per_hour": 0, "restock_rate_per_hour": 0},
    **{code: {"other_sales_per_hour": 0} for code in ("atlas", "borealis", "comet")},
}
Found = TypeVar("Found")


def headers_of(code: str, credential: str | None = None) -> dict[str, str]:
    secret = credential or f"sandbox-{code}"
    match code:
        case "erp":
            return {"Authorization": "Basic " + b64encode(f"gateway:{secret}".encode()).decode()}
        case "wms":
            return {"X-Api-Key": secret}
        case "pos":
            return {"Authorization": f"Bearer {secret}"}
        case _:
            return {"Authorization": f"Token {secret}"}


class Calls:
    def __init__(self, running: RunningSystem, client: httpx2.Client) -> None:
        self.running, self.client = running, client

    def send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = {**headers_of(self.running.code), **options.pop("headers", {})}
        return self.client.request(method, self.running.url + path, headers=headers, **options)

    def read(self, path: str, **query: Any) -> Any:
        answer = self.send("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, **options: Any) -> httpx2.Response:
        return self.send("POST", path, json=body, **options)

    def control(self, method: str, name: str, body: Any = None) -> Any:
        options = {} if body is None else {"json": body}
        answer = self.client.request(method, f"{self.running.url}/_sandbox/{name}", **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def advance(self, seconds: float) -> None:
        self.control("PUT", "clock", {"advance_s": seconds})


def awaited(look: Callable[[], Found | None], timeout_s: float = 10) -> Found:
    """Return what a look finds, looking again until then."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError("not found in time")
