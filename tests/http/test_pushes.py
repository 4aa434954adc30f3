"""Pushes of sources end within their bounds, whatever their senders or our own parts do, and those that must come again are told when."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.domain.errors import GatewayError, NotFound, SourceGarbage, Unauthenticated, Unavailable
from gateway.http.admission import Admission, AdmissionBounds
from gateway.http.pushes import PushBounds, Pushes
from gateway.pacing.budget import remaining_s


@dataclass
class Ledger:
    """Takes pushes in; fails as it is told to, or waits until it may go on."""

    error: Exception | None = None
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    taken: list[bytes] = field(default_factory=list)
    budgets: list[float | None] = field(default_factory=list)

    async def take(self, _source: str, _headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        self.taken.append(body)
        self.budgets.append(remaining_s())
        await self.go_on.wait()
        if self.error:
            raise self.error
        return {"rows": 1}


def sender(ledger: Ledger, bounds: PushBounds | None = None, admission: Admission | None = None) -> httpx2.AsyncClient:
    pushes = Pushes(ledger.take, bounds or PushBounds(), admission or Admission(AdmissionBounds(), {}, lag_s=lambda: 0.0))
    app = Starlette(routes=[Route("/webhooks/{source}", pushes.__call__, methods=["POST"])])
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://gateway")


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.go_on.set()
    return ledger


async def test_a_body_that_never_ends_is_not_waited_for(ledger: Ledger) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"ab"
        await asyncio.Event().wait()

    async with sender(ledger, PushBounds(body_timeout_s=0.05)) as client:
        answer = await client.post("/webhooks/wms", content=endless())
    assert (answer.status_code, ledger.taken) == (408, [])


async def test_a_body_that_is_too_large_is_not_read_on(ledger: Ledger) -> None:
    read: list[bytes] = []

    async def large() -> AsyncIterator[bytes]:
        for part in (b"x" * 8, b"y" * 8, b"z" * 8):
            read.append(part)
            yield part

    async with sender(ledger, PushBounds(body_bytes=10)) as client:
        assert (await client.post("/webhooks/wms", content=large())).status_code == 413
        assert len(read) == 2
        assert (await client.post("/webhooks/wms", content=b"x" * 11)).status_code == 413
    assert ledger.taken == []


async def test_what_finds_no_room_is_told_when_to_come_back_and_what_hangs_is_broken_off(ledger: Ledger) -> None:
    ledger.go_on.clear()
    door = Admission(AdmissionBounds(delay_s=0.01, most=1, share_step=0), {}, lag_s=lambda: 0.0)
    async with sender(ledger, PushBounds(budget_s=0.3, grace_s=0.2), door) as client:
        hanging = asyncio.create_task(client.post("/webhooks/wms", content=b"first"))
        while not ledger.taken:  # noqa: ASYNC110 - what is waited for shows in the ledger alone
            await asyncio.sleep(0)
        refused = await client.post("/webhooks/wms", content=b"second")
        assert (refused.status_code, int(refused.headers["retry-after"]) > 0, ledger.taken) == (503, True, [b"first"])
        broken_off = await hanging
        assert (broken_off.status_code, broken_off.headers["retry-after"]) == (503, "5")
        (budget_s,) = ledger.budgets
        assert budget_s is not None
        assert budget_s <= 0.3
        ledger.go_on.set()
        assert (await client.post("/webhooks/wms", content=b"third")).json() == {"rows": 1}
    assert sum(door.turned_away.values()) == 1


async def test_a_late_loop_turns_pushes_away(ledger: Ledger) -> None:
    async with sender(ledger, admission=Admission(AdmissionBounds(), {}, lag_s=lambda: 5.0)) as client:
        refused = await client.post("/webhooks/wms", content=b"x")
    assert (refused.status_code, "retry-after" in refused.headers, ledger.taken) == (503, True, [])


@pytest.mark.parametrize(
    ("error", "status", "comes_back"),
    [
        (Unavailable("away"), 503, True),
        (NotFound("source with webhooks", "wms"), 404, False),
        (Unauthenticated("no signature"), 401, False),
        (SourceGarbage("wms", "is no JSON"), 400, False),
    ],
)
async def test_a_sender_comes_again_where_that_may_help(ledger: Ledger, error: GatewayError, status: int, *, comes_back: bool) -> None:
    ledger.error = error
    async with sender(ledger) as client:
        answer = await client.post("/webhooks/wms", content=b"x")
    assert (answer.status_code, "retry-after" in answer.headers) == (status, comes_back)


async def test_a_failure_of_ours_gives_nothing_away(ledger: Ledger) -> None:
    ledger.error = ZeroDivisionError("Ana Roy")
    async with sender(ledger) as client:
        answer = await client.post("/webhooks/wms", content=b"x")
    assert (answer.status_code, "Ana" in answer.text) == (500, False)
