"""What Leases do, wherever they are kept."""

import asyncio
from abc import ABC, abstractmethod

import pytest

from gateway.ports.stores import Leases


class LeasesContract(ABC):
    """Inherit, and give `leases` (none held)."""

    @pytest.fixture
    @abstractmethod
    def leases(self) -> Leases: ...

    async def test_one_holder_at_a_time(self, leases: Leases) -> None:
        assert await leases.acquire("sync-wms", "one", 30)
        assert not await leases.acquire("sync-wms", "two", 30)
        assert await leases.acquire("sync-wms", "one", 30)
        assert await leases.acquire("sync-pos", "two", 30)

    async def test_of_many_who_ask_at_once_one_gets_it(self, leases: Leases) -> None:
        told = await asyncio.gather(*(leases.acquire("relay", f"worker-{n}", 30) for n in range(8)))
        assert sum(told) == 1

    async def test_a_lease_that_ended_is_free(self, leases: Leases) -> None:
        assert await leases.acquire("sync-wms", "one", -0.001)
        assert await leases.acquire("sync-wms", "two", 30)
        assert not await leases.acquire("sync-wms", "one", 30)

    async def test_only_its_holder_releases_it(self, leases: Leases) -> None:
        await leases.acquire("sync-wms", "one", 30)
        await leases.release("sync-wms", "two")
        assert not await leases.acquire("sync-wms", "two", 30)
        await leases.release("sync-wms", "one")
        assert await leases.acquire("sync-wms", "two", 30)

    async def test_a_holder_named_like_a_field_is_a_name(self, leases: Leases) -> None:
        assert await leases.acquire("sync-wms", "$until", 30)
        assert not await leases.acquire("sync-wms", "$name", 30)
