"""One running sandbox for all tests of this folder, whole again before each."""

from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.sandbox.network import Retailer
from gateway.sandbox.processes import start
from tests.support.sandbox_sources import SandboxSources


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxSources]:
    quiet = {"other_sales_per_hour": 0}
    behavior = {
        "wms": quiet,
        "pos": {"sell_rate_per_hour": 0, "restock_rate_per_hour": 0, "auto_staff": False},
        "atlas": quiet,
        "borealis": quiet,
        "comet": quiet,
    }
    with start(retailer=Retailer(sku_count=40, store_count=3), behavior=behavior) as sandbox:
        sources = SandboxSources(sandbox)
        yield sources
        sources.close()


@pytest.fixture
async def retailer(running: SandboxSources) -> AsyncIterator[SandboxSources]:
    running.heal()
    yield running
    running.heal()
    for ports in running.built:
        await ports.close()
    running.built.clear()
