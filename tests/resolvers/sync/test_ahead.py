"""A feed read ahead: the same parts, failures in their place, and nothing left running."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from resolvers.sync.ahead import ahead


async def counted(asked: list[int], fails_at: int | None = None) -> AsyncIterator[int]:
    for number in range(1, 5):
        asked.append(number)
        if number == fails_at:
            raise ValueError(number)
        yield number


async def test_the_next_part_is_asked_for_while_one_is_taken_in() -> None:
    asked, taken = list[int](), list[int]()
    async for number in ahead(counted(asked)):
        await asyncio.sleep(0)
        assert asked == list(range(1, min(number + 1, 4) + 1))
        taken.append(number)
    assert taken == [1, 2, 3, 4]


async def test_what_came_before_a_failure_is_yielded() -> None:
    parts = ahead(counted([], fails_at=3))
    assert [await anext(parts), await anext(parts)] == [1, 2]
    with pytest.raises(ValueError, match="3"):
        await anext(parts)


async def test_a_reader_that_ends_early_leaves_nothing_running() -> None:
    before = asyncio.all_tasks()
    async with aclosing(ahead(counted([]))) as parts:
        assert await anext(parts) == 1
    assert asyncio.all_tasks() == before
