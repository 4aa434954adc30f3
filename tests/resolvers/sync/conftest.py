"""A network of memory sources for each test."""

import pytest

from tests.support.memory_network import MemoryNetwork


@pytest.fixture
async def network() -> MemoryNetwork:
    """Everything was read once."""
    network = MemoryNetwork()
    await network.sync()
    return network
