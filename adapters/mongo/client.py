"""The connection to the database: majority and journaled, without the driver's own repeats, every wait bounded."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeAlias

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import timeout
from pymongo.errors import ConfigurationError, PyMongoError

from adapters.mongo.concerns import check_server
from adapters.mongo.indexes import ensure_order_indexes
from adapters.mongo.projection_indexes import ensure_projection_indexes
from adapters.mongo.writes import Bounds, repeated
from gateway.domain.claims.meaning import Times
from gateway.domain.errors import ConfigurationInvalid, Unavailable

Client: TypeAlias = AsyncIOMotorClient[dict[str, Any]]
Database: TypeAlias = AsyncIOMotorDatabase[dict[str, Any]]
IDLE_S = 20.0
"""Longest silence of a socket: longer than any command and than a change stream's wait."""
ALIVE_S = 10.0
"""Longest silence of a server that is asked whether it lives: one that is busy with a big batch is not away."""
WHOLE_READ_S = 120.0
"""Longest silence while all stock is read: the embedded server prepares its whole answer first and tells nobody meanwhile that it lives."""


def client_of(uri: str, bounds: Bounds, silence_s: float | None = None) -> Client:
    """Return a client; what the address says of concerns, repeats and members to read from is overruled. Nothing is sent before a command.

    `silence_s`: how long a server that stands may say nothing, also to those that only watch whether it lives.
    """
    return AsyncIOMotorClient(
        uri,
        appname="commerce-gateway",
        tz_aware=True,
        w="majority",
        journal=True,
        readConcernLevel="majority",
        readPreference="primary",
        retryWrites=False,
        connectTimeoutMS=int((silence_s or ALIVE_S) * 1000),
        serverSelectionTimeoutMS=bounds.command_ms,
        socketTimeoutMS=int((silence_s or IDLE_S) * 1000),
    )


def named_client(uri: str, bounds: Bounds) -> Client:
    """Return a client of an address that a person wrote; raises ConfigurationInvalid when it is none."""
    try:
        return client_of(uri, bounds)
    except (ConfigurationError, ValueError) as error:
        raise ConfigurationInvalid("MONGODB_URI", [f"{error}; write it as mongodb://db1,db2,db3/?replicaSet=shop."]) from error


async def reached(client: Client, times: Times, bounds: Bounds) -> None:
    """Check the server; raises Unavailable with its address when it does not answer."""
    try:
        await repeated(lambda: check_server(client, times, bounds), bounds)
    except Unavailable as error:
        hosts = ", ".join(f"{host}:{port}" for host, port in sorted(client.delegate.topology_description.server_descriptions()))
        raise Unavailable(f"The database at {hosts} does not answer; start it, or correct MONGODB_URI.") from error


@contextlib.asynccontextmanager
async def connect(uri: str, name: str, timeout_s: float, times: Times | None = None) -> AsyncIterator[Database]:
    """Yield the database, checked and indexed. Raises Unavailable, or ConfigurationInvalid for a server that is too weak."""
    bounds = Bounds(command_s=timeout_s)
    client = named_client(uri, bounds)
    try:
        await reached(client, times or Times(), bounds)
        await ensure_order_indexes(client[name])
        await ensure_projection_indexes(client[name])
        yield client[name]
    finally:
        close(client, bounds)


@contextlib.contextmanager
def patient(uri: str, name: str, bounds: Bounds) -> Iterator[Database]:
    """Yield the database over connections of its own that outwait the reading of a whole collection; one that is away is told as soon."""
    client = client_of(uri, bounds, WHOLE_READ_S)
    try:
        yield client[name]
    finally:
        close(client, bounds)


def close(client: Client, bounds: Bounds) -> None:
    """Close the connections; the server is told so, for as long as any command may take."""
    with timeout(bounds.command_s):
        client.close()


async def answers(database: Database) -> bool:
    """Tell whether the database can be reached now."""
    try:
        async with asyncio.timeout(Bounds().answer_s):
            await database.command("ping")
    except (PyMongoError, TimeoutError):
        return False
    return True
