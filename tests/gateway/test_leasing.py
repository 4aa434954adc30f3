"""A lease is kept for as long as its step takes, and its step ends with it."""

import asyncio
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from structlog.testing import capture_logs

from adapters.memory.leases import MemoryLeases
from gateway.domain.errors import Unavailable
from gateway.leasing import pass_lease, under_lease
from gateway.operate import read_alone
from gateway.settings import Settings
from gateway.worker import Worker
from tests.support.memory_network import MemoryNetwork
from tests.support.memory_shop import WMS

LEASE_S, HANGS_S = 0.3, 20
SETTINGS = Settings(lease_s=LEASE_S)


class Leases(MemoryLeases):
    """Leases that another holder can take away, or that cannot be asked any more."""

    def __init__(self) -> None:
        super().__init__()
        self.asks, self.away = asyncio.Semaphore(0), False

    async def asked(self, times: int) -> None:
        """Wait until they were asked so often."""
        for _ in range(times):
            await self.asks.acquire()

    async def acquire(self, name: str, holder: str, seconds: float) -> bool:
        self.asks.release()
        if self.away:
            raise Unavailable("The database is away.")
        return await super().acquire(name, holder, seconds)

    def take_away(self, name: str) -> None:
        self._held[name] = ("another", self._now_s() + HANGS_S)


@pytest.fixture
def leases() -> Leases:
    return Leases()


async def test_a_step_is_cut_short_when_its_lease_is_another_s(leases: Leases) -> None:
    cut = asyncio.Event()

    async def step() -> None:
        leases.take_away("sync")
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    with capture_logs() as lines:
        async with asyncio.timeout(HANGS_S):
            assert not await under_lease(leases, "sync", "me", LEASE_S, step)
    assert cut.is_set()
    assert [(line["event"], line["lease"]) for line in lines] == [("lease_lost", "sync")]


async def test_a_step_is_cut_short_when_its_lease_may_have_lapsed(leases: Leases) -> None:
    async def step() -> None:
        leases.away = True
        await asyncio.Event().wait()

    async with asyncio.timeout(HANGS_S):
        assert not await under_lease(leases, "sync", "me", LEASE_S, step)


async def test_a_lease_is_extended_while_its_step_takes_longer(leases: Leases) -> None:
    async def step() -> None:
        await leases.asked(8)

    async with asyncio.timeout(HANGS_S):
        assert await under_lease(leases, "sync", "me", LEASE_S, step)


async def test_a_step_s_own_fault_is_its_own(leases: Leases) -> None:
    async def step() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await under_lease(leases, "sync", "me", LEASE_S, step)
    assert not await leases.acquire("sync", "another", LEASE_S)


async def test_a_sync_waits_for_a_worker_that_reads_the_source_and_says_so(leases: Leases) -> None:
    network, written = MemoryNetwork(), StringIO()
    world = replace(network.world, leases=leases)
    await leases.acquire(pass_lease(WMS), "worker", HANGS_S)

    async def reading() -> str:
        assert not await leases.acquire(pass_lease(WMS), "worker", LEASE_S)
        return "read"

    sync = asyncio.create_task(read_alone(world, SETTINGS, Console(file=written, width=200), [WMS], reading))
    async with asyncio.timeout(HANGS_S):
        await leases.asked(4)
        assert not sync.done()
        await leases.release(pass_lease(WMS), "worker")
        assert await sync == "read"
    assert written.getvalue() == "wms is being read by a worker or another sync; waiting for its end.\n"
    assert await leases.acquire(pass_lease(WMS), "worker", LEASE_S)


async def test_a_worker_reads_no_source_that_a_sync_reads_and_lets_others_in_between_its_rounds(leases: Leases) -> None:
    network = MemoryNetwork()
    await network.sync()
    world = replace(network.world, leases=leases)
    source = next(one for one in world.network.sources if one.code == WMS)
    worker, before = Worker(world, SETTINGS), await network.feed(WMS)
    await leases.acquire(pass_lease(WMS), "person", HANGS_S)
    await worker._sync(source)()
    assert await network.feed(WMS) == before
    await leases.release(pass_lease(WMS), "person")
    await worker._sync(source)()
    assert await network.feed(WMS) != before
    assert await leases.acquire(pass_lease(WMS), "person", LEASE_S)
