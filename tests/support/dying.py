"""Calls that die in the middle of what they do, as those of a process that is killed."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any


async def dies(call: Coroutine[Any, Any, object], steps: int) -> bool:
    """Let a call die after so many steps; tell whether it did, and has not come to its end before."""
    task = asyncio.create_task(call)
    for _ in range(steps):
        await asyncio.sleep(0)
    if task.done():
        await task
        return False
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return True
