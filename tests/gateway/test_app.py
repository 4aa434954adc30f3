"""The application over memory adapters: what stands beside the graph."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from gateway.app import Gateway, gateway_on
from gateway.settings import Settings
from tests.domain.retailer import LYON
from tests.support.memory_network import MemoryNetwork, row
from tests.support.memory_shop import POS


@pytest.fixture
async def network() -> MemoryNetwork:
    network = MemoryNetwork()
    await network.sync()
    return network


def gateway(network: MemoryNetwork, settings: Settings | None = None) -> Gateway:
    running: Any = SimpleNamespace(world=network.world, positions=lambda: 7, rebuilds=lambda: 0)
    return gateway_on(running, settings or Settings(), None)


def client(gateway: Gateway) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(gateway.app()), base_url="http://gateway")


async def test_what_a_source_pushes_is_taken_in(network: MemoryNetwork) -> None:
    async with client(gateway(network)) as sender:
        network.clock.pass_by(timedelta(minutes=1))
        network.shop_pushes.put("sale", row("A", LYON, 9, at=network.clock.now()))
        headers, body = network.shop_pushes.signed("sale")
        answer = await sender.post(f"/webhooks/{POS}", headers=headers, content=body)
        unsigned = await sender.post(f"/webhooks/{POS}", content=body)
    assert (answer.status_code, answer.json()["applied"], network.stock("A", LYON).q) == (200, 1, 9)
    assert unsigned.status_code == 401
