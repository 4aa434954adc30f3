"""The start-up check: whether the protocol holds on this server."""

from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import OperationFailure

from adapters.mongo.writes import Bounds
from gateway.domain.claims.meaning import Times
from gateway.domain.errors import ConfigurationInvalid

Document = dict[str, Any]
NO_SUCH_COMMAND = 59
OLDEST_VERSION = (6, 0)
CLOCK_BOUND_S = 1.0
"""How far apart the clocks of a cluster's members may be."""


async def check_server(client: AsyncIOMotorClient[Document], times: Times, bounds: Bounds) -> None:
    """Raise ConfigurationInvalid, with every problem and its remedy, unless the protocol's guarantees hold on this server."""
    problems = [*time_problems(times, bounds), *version_problems(await client.admin.command("buildInfo"))]
    problems += topology_problems(await client.admin.command("hello"))
    problems += await concern_problems(client)
    if problems:
        raise ConfigurationInvalid("The database", problems)


def time_problems(times: Times, bounds: Bounds) -> list[str]:
    least_ms = bounds.command_ms + int(CLOCK_BOUND_S * 1000)
    if times.skew_ms >= least_ms:
        return []
    return [f"clock_skew_s is {times.skew_ms / 1000:g}; set it to at least database_timeout_s + {CLOCK_BOUND_S:g} = {least_ms / 1000:g}."]


def version_problems(info: Document) -> list[str]:
    found = tuple(int(part) for part in str(info["version"]).split("-")[0].split(".")[:2])
    if found >= OLDEST_VERSION:
        return []
    return [f"its version is {info['version']}; use MongoDB {OLDEST_VERSION[0]}.{OLDEST_VERSION[1]} or later."]


def topology_problems(hello: Document) -> list[str]:
    if hello.get("setName") or hello.get("msg") == "isdbgrid":
        return []
    return ["it is a standalone server, which has no change streams; start it as a replica set (one member will do)."]


async def concern_problems(client: AsyncIOMotorClient[Document]) -> list[str]:
    """Judge the cluster's defaults; the embedded server has no such command and is excused."""
    try:
        defaults = await client.admin.command("getDefaultRWConcern")
    except OperationFailure as error:
        if error.code == NO_SUCH_COMMAND:
            return []
        raise
    write = defaults.get("defaultWriteConcern", {})
    weak = write.get("w", "majority") != "majority" or write.get("j") is False
    if not weak:
        return []
    remedy = 'db.adminCommand({setDefaultRWConcern: 1, defaultWriteConcern: {w: "majority"}})'
    return [f"its default write concern is {write}; run: {remedy}."]
