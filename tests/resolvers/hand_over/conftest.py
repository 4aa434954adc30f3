"""A network whose sources have been read, with an order to hand over."""

import pytest

from tests.support.memory_network import MemoryNetwork


@pytest.fixture
async def network() -> MemoryNetwork:
    network = MemoryNetwork()
    await network.sync()
    return network
