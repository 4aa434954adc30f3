"""The tiny shop, called in process and served on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
import uvicorn

from gateway.http.endpoint import GraphQLApp
from tests.http.shop import EXAMPLES, KEY, application, graph


def caller(app: GraphQLApp) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(application(app)), base_url="http://shop", headers={"authorization": f"Bearer {KEY}"}
    )


@asynccontextmanager
async def served(app: GraphQLApp) -> AsyncIterator[str]:
    """Serve on a free port of loopback; yields host and port."""
    server = uvicorn.Server(uvicorn.Config(application(app), port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)
    try:
        yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


@pytest.fixture
def app() -> GraphQLApp:
    return graph(graphiql=EXAMPLES)


@pytest.fixture
async def client(app: GraphQLApp) -> AsyncIterator[httpx2.AsyncClient]:
    async with caller(app) as client:
        yield client


@pytest.fixture
async def address(app: GraphQLApp) -> AsyncIterator[str]:
    async with served(app) as address:
        yield address
