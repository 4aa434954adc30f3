"""A real database for the tests that need one: one embedded server per test process, a database of its own per test."""

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase

from adapters.mongo.embedded import EmbeddedDatabase


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedDatabase(tmp_path_factory.mktemp("mongo")) as server:
        yield server.uri


@pytest.fixture
def database_name() -> str:
    return f"t_{uuid.uuid4().hex[:12]}"


@pytest.fixture
async def database(mongo_uri: str, database_name: str) -> AsyncIterator["AsyncIOMotorDatabase[dict[str, object]]"]:
    """A fresh database, dropped after the test."""
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(mongo_uri, tz_aware=True, serverSelectionTimeoutMS=5_000)
    try:
        yield client[database_name]
        await client.drop_database(database_name)
    finally:
        client.close()
