"""Loaders: one call for all who ask at the same time, and nobody's going away takes the answer from the others."""

import asyncio
from typing import Any

import pytest

from resolvers.context import Context
from resolvers.loaders import Batched


class Slow(Batched[str, str]):
    """Answers when it is let."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.asked: list[list[str]] = []
        self.let = asyncio.Event()

    async def batch_load_fn(self, keys: list[str]) -> list[str]:
        self.asked.append(keys)
        await self.let.wait()
        return [key.upper() for key in keys]


def context() -> Context:
    parts: Any = None
    return Context(parts, parts, parts)


async def test_those_who_ask_together_cost_one_call_and_a_request_has_one_loader() -> None:
    request = context()
    loader = request.loader(Slow)
    waiting = [asyncio.ensure_future(request.loader(Slow).load(key)) for key in ("a", "b", "a")]
    loader.let.set()
    assert await asyncio.gather(*waiting) == ["A", "B", "A"]
    assert loader.asked == [["a", "b"]]


async def test_one_who_goes_away_takes_nothing_from_the_others() -> None:
    loader = context().loader(Slow)

    async def asker() -> str:
        return await loader.load("a")

    gone, staying = asyncio.create_task(asker()), asyncio.create_task(asker())
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    loader.let.set()
    assert await staying == "A"
    assert await loader.load("a") == "A"
    assert loader.asked == [["a"]]
