"""Reads the next part of a feed while the last one is taken in."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

T = TypeVar("T")


async def ahead(parts: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """Yield what `parts` yields; where it fails, after all that came before."""

    async def following() -> T | None:
        return await anext(parts, None)

    coming = asyncio.create_task(following())
    try:
        while (part := await coming) is not None:
            coming = asyncio.create_task(following())
            yield part
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await coming
