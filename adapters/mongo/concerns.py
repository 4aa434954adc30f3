"""The start-up check: whether the protocol holds on this server."""

from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import OperationFailure

from adapters.mongo.writes import Bounds
from gateway.domain.claims.meaning import Times
from gateway.domain.errors import ConfigurationInvalid

Document = dict[str, Any]
NO_SUCH_COMMAND = 59
NOT_ALLOWED = frozenset({13, 8000})
"""Codes for a user without the right, of a server and of a hosted one."""
EMBEDDED = "secantusVersion"
"""What the embedded server's build tells, and no other's."""
OLDEST_VERSION = (6, 0)
CLOCK_BOUND_S = 1.0
"""How far apart the clocks of a cluster's members may be, its routers included: `$$NOW` is theirs."""


async def check_server(client: AsyncIOMotorClient[Document], times: Times, bounds: Bounds) -> None:
    """Raise ConfigurationInvalid, with every problem and its remedy, unless the protocol's guarantees hold on this server."""
    info = await client.admin.command("buildInfo")
    problems = [*time_problems(times, bounds), *version_problems(info), *topology_problems(await client.admin.command("hello"))]
    problems += await concern_problems(client, info)
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


async def concern_problems(client: AsyncIOMotorClient[Document], info: Document) -> list[str]:
    """Judge the cluster's effective defaults. What we send names its own concerns; what people and tools send beside us has these."""
    try:
        return weak_defaults(await client.admin.command("getDefaultRWConcern"))
    except OperationFailure as error:
        return untold_defaults(error, info)


def weak_defaults(defaults: Document) -> list[str]:
    """A cluster with an arbiter has `w: 1` without being told to, and tells none; so has a concern that leaves `w` out."""
    write = defaults.get("defaultWriteConcern") or {}
    if write.get("w") == "majority" and write.get("j") is not False:
        return []
    remedy = 'db.adminCommand({setDefaultRWConcern: 1, defaultWriteConcern: {w: "majority"}})'
    found = f"is {write}" if write else "is not stated, which means w: 1 where an arbiter votes"
    return [f"its default write concern {found}; run: {remedy}."]


def untold_defaults(error: OperationFailure, info: Document) -> list[str]:
    """Only the embedded server, which has one member, need not tell. Raises what passes."""
    if error.code == NO_SUCH_COMMAND:
        return [] if EMBEDDED in info else ["it does not know getDefaultRWConcern, so what it promises is unknown; use MongoDB itself."]
    if error.code in NOT_ALLOWED:
        return ["its user may not run getDefaultRWConcern; grant it the role clusterMonitor."]
    raise error
