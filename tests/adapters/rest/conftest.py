"""One running sandbox for all tests of this folder, whole again before each."""

from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.sandbox.network import Retailer
from gateway.sandbox.processes import start
from tests.support.sandbox_sources import QUIET, SandboxSources


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxSources]:
    with start(retailer=Retailer(sku_count=40, store_count=3), behavior=QUIET) as sandbox:
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
