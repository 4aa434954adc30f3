"""The application over memory adapters: what stands beside the graph."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, NoReturn

import httpx2
import pytest

from gateway.app import Gateway, gateway_on
from gateway.domain.errors import Unavailable
from gateway.monitoring import side_door
from gateway.settings import Settings
from gateway.telemetry import DRIFTS
from gateway.worker import Worker
from resolvers.hand_over.relay import relay_one
from tests.domain.retailer import LYON, WAREHOUSE
from tests.support.memory_network import MemoryNetwork, row
from tests.support.memory_shop import POS, A
from tests.support.placed_orders import goods, placed


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


def told(text: str, name: str) -> dict[str, float]:
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name)}


async def test_what_was_handed_over_is_no_longer_told_as_waiting(network: MemoryNetwork) -> None:
    await placed(network, goods(network, (A, 1, WAREHOUSE)))
    async with client(gateway(network)) as asking:
        waiting = told((await asking.get("/metrics")).text, "gateway_hand_overs{")
        assert {label for label, count in waiting.items() if count} == set(waiting)
        assert any("WAITING" in label for label in waiting)
        while await relay_one(network.world, "relay"):
            pass
        done = told((await asking.get("/metrics")).text, "gateway_hand_overs{")
    assert not any("WAITING" in label for label in done)


async def test_figures_are_told_while_the_database_is_away(network: MemoryNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    await placed(network, goods(network, (A, 1, WAREHOUSE)))
    there = network.world.feeds.feeds

    async def away() -> NoReturn:
        raise Unavailable("The database is away.")

    async with client(gateway(network)) as asking:
        before = (await asking.get("/metrics")).text
        monkeypatch.setattr(network.world.feeds, "feeds", away)
        answer = await asking.get("/metrics")
        monkeypatch.setattr(network.world.feeds, "feeds", there)
        after = (await asking.get("/metrics")).text
    assert answer.status_code == 200
    assert told(answer.text, "gateway_view_positions") == {"gateway_view_positions": 7}
    assert (told(answer.text, "gateway_hand_overs{"), told(answer.text, "gateway_feed_failures{")) == ({}, {})
    assert told(before, "gateway_hand_overs{") == told(after, "gateway_hand_overs{") != {}
    assert [told(text, "gateway_database_answers")["gateway_database_answers"] for text in (before, answer.text, after)] == [1, 0, 1]


async def test_a_worker_tells_its_figures_and_whether_its_loops_go_on(network: MemoryNetwork) -> None:
    worker, reachable = Worker(network.world, Settings()), True

    async def database_answers() -> bool:
        return reachable

    DRIFTS.labels("ORPHAN").set(2)
    door = side_door(network.world, lambda: worker.lives, database_answers)
    worker.start()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(door), base_url="http://worker") as asking:
        assert [(await asking.get(path)).status_code for path in ("/healthz", "/readyz")] == [200, 200]
        assert told((await asking.get("/metrics")).text, "gateway_audit_drifts{") == {'gateway_audit_drifts{kind="ORPHAN"}': 2}
        reachable = False
        assert (await asking.get("/readyz")).status_code == 503
        await worker.stop()
        assert (await asking.get("/healthz")).status_code == 503
    DRIFTS.clear()


async def test_what_a_source_pushes_is_taken_in(network: MemoryNetwork) -> None:
    async with client(gateway(network)) as sender:
        network.clock.pass_by(timedelta(minutes=1))
        network.shop_pushes.put("sale", row("A", LYON, 9, at=network.clock.now()))
        headers, body = network.shop_pushes.signed("sale")
        answer = await sender.post(f"/webhooks/{POS}", headers=headers, content=body)
        unsigned = await sender.post(f"/webhooks/{POS}", content=body)
    assert (answer.status_code, answer.json()["applied"], network.stock("A", LYON).q) == (200, 1, 9)
    assert unsigned.status_code == 401
