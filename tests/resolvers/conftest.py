"""A shop in memory for each test."""

import pytest

from tests.support.memory_shop import MemoryShop


@pytest.fixture
async def shop() -> MemoryShop:
    return await MemoryShop().fill()
