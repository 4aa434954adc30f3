"""A wire to the embedded database that can lose answers."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from tests.support.lossy_proxy import LossyProxy


@pytest.fixture
async def wire(mongo_uri: str) -> AsyncIterator[LossyProxy]:
    port = urlsplit(mongo_uri).port
    assert port is not None
    async with LossyProxy(port) as proxy:
        yield proxy
