"""Doing something under a lease: kept for as long as it takes, and given up as soon as the lease is another's."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from gateway.domain.errors import GatewayError
from gateway.domain.ids import SourceCode
from gateway.ports.stores import Leases
from resolvers.sweeping import Step

log = structlog.get_logger(__name__)
LOOK_AGAIN_S = 0.3
"""How often one who waits looks whether a lease is free."""


def pass_lease(source: SourceCode) -> str:
    """Return the lease of whoever reads a source: of two passes at once the older word could be the last."""
    return f"pass-{source}"


async def under_lease(leases: Leases, name: str, holder: str, lease_s: float, step: Step) -> bool:
    """Do a step and keep the lease after it; False when another has it: the step is not begun then, or it is cut short."""
    asked_at = asyncio.get_running_loop().time()
    if not await leases.acquire(name, holder, lease_s):
        return False
    try:
        async with asyncio.timeout_at(asked_at + lease_s) as held:
            keeper = asyncio.create_task(keep(leases, name, holder, lease_s, held), name=f"{name}-lease")
            try:
                await step()
            finally:
                keeper.cancel()
    except TimeoutError:
        if not held.expired():
            raise
        log.warning("lease_lost", lease=name)
        return False
    return True


async def keep(leases: Leases, name: str, holder: str, lease_s: float, held: asyncio.Timeout) -> None:
    """Extend a lease until it is another's; `held` ends with it, also where the database does not answer for as long as it lasts."""
    while not held.expired():
        await asyncio.sleep(lease_s / 3)
        asked_at = asyncio.get_running_loop().time()
        with contextlib.suppress(GatewayError):
            ours = await leases.acquire(name, holder, lease_s)
            if not held.expired():
                held.reschedule(asked_at + lease_s if ours else asked_at)


async def in_turn(leases: Leases, names: Sequence[str], holder: str, lease_s: float, step: Step, waiting: Callable[[str], None]) -> None:
    """Do a step when all these leases are free, and give them back; `waiting` hears, once, of each that another has."""
    if not names:
        await step()
        return
    name, told = names[0], False
    rest = partial(in_turn, leases, names[1:], holder, lease_s, step, waiting)
    try:
        while not await under_lease(leases, name, holder, lease_s, rest):
            if not told:
                waiting(name)
            told = True
            await asyncio.sleep(LOOK_AGAIN_S)
    finally:
        with contextlib.suppress(GatewayError):
            await leases.release(name, holder)
