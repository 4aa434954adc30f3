"""Callers at the same time share a flight, and none waits for company."""

import asyncio
from collections.abc import Sequence

import pytest

from adapters.mongo.gathering import STUCK_S, Gathering, Gatherings


class Ferry:
    """Carries when it is let go; answers each its own item, doubled."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = asyncio.Event()
        self.error: Exception | None = None

    async def carry(self, items: Sequence[int]) -> list[int | None]:
        self.batches.append(list(items))
        await self.go.wait()
        if self.error:
            raise self.error
        return [2 * item for item in items]

    async def carry_for(self, key: str, items: Sequence[int]) -> list[int | None]:
        assert key
        return await self.carry(items)


async def turns(n: int = 5) -> None:
    for _ in range(n):
        await asyncio.sleep(0)


async def flown(batches: Sequence[list[int]], n: int) -> None:
    """Wait until so many have left."""
    async with asyncio.timeout(20):
        while len(batches) < n:  # noqa: ASYNC110 - the queue's own timer is waited for
            await asyncio.sleep(0.01)


async def test_one_who_comes_alone_leaves_at_once() -> None:
    ferry = Ferry()
    ferry.go.set()
    assert await Gathering(ferry.carry, 10).ask(1) == 2
    assert ferry.batches == [[1]]


async def test_who_comes_while_a_flight_is_under_way_leaves_with_the_next_in_the_order_of_arrival() -> None:
    ferry = Ferry()
    queue = Gathering(ferry.carry, 3)
    first = asyncio.create_task(queue.ask(0))
    await turns()
    others = [asyncio.create_task(queue.ask(n)) for n in range(1, 6)]
    await turns()
    ferry.go.set()
    assert await asyncio.gather(first, *others) == [0, 2, 4, 6, 8, 10]
    assert ferry.batches == [[0], [1, 2, 3], [4, 5]]
    assert queue.is_idle


async def test_who_gave_up_waiting_is_not_carried() -> None:
    ferry = Ferry()
    queue = Gathering(ferry.carry, 10)
    first, gone, stays = (asyncio.create_task(queue.ask(n)) for n in range(3))
    await turns(1)
    gone.cancel()
    ferry.go.set()
    assert await asyncio.gather(first, stays) == [0, 4]
    late = await queue.ask(3)
    assert late == 6
    assert 1 not in ferry.batches[-1]


async def test_an_error_of_the_database_leaves_everybody_not_knowing_and_one_of_ours_is_told() -> None:
    ferry = Ferry()
    ferry.go.set()
    queue = Gathering(ferry.carry, 10)
    ferry.error = TimeoutError()
    assert await asyncio.gather(queue.ask(1), queue.ask(2)) == [None, None]
    ferry.error = KeyError("wrong")
    with pytest.raises(KeyError):
        await queue.ask(3)
    ferry.error = None
    assert await queue.ask(4) == 8


async def test_a_flight_that_is_slow_or_comes_to_nothing_halves_the_next_and_quick_ones_grow_again() -> None:
    ferry, now = Ferry(), [0.0]
    ferry.go.set()

    async def carry(items: Sequence[int]) -> list[int | None]:
        now[0] += 0.1 * len(items)
        return await ferry.carry(items)

    queue = Gathering(carry, 8, clock=lambda: now[0])
    await asyncio.gather(*(queue.ask(n) for n in range(8 + 4 + 8)))
    assert [len(batch) for batch in ferry.batches] == [8, 4, 8]
    ferry.error, ferry.batches = TimeoutError(), []
    await asyncio.gather(*(queue.ask(n) for n in range(4 + 2 + 1 + 1)))
    assert [len(batch) for batch in ferry.batches] == [4, 2, 1, 1]


async def test_another_flight_leaves_only_when_the_one_under_way_seems_stuck() -> None:
    ferry, now = Ferry(), [0.0]
    queue = Gathering(ferry.carry, 10, flights=2, clock=lambda: now[0])
    asked = [asyncio.create_task(queue.ask(0))]
    await turns()
    asked += [asyncio.create_task(queue.ask(n)) for n in (1, 2)]
    await turns()
    assert ferry.batches == [[0]]
    now[0] = STUCK_S
    await flown(ferry.batches, 2)
    asked.append(asyncio.create_task(queue.ask(3)))
    await turns()
    assert ferry.batches == [[0], [1, 2]]
    ferry.go.set()
    assert await asyncio.gather(*asked) == [0, 2, 4, 6]
    assert ferry.batches == [[0], [1, 2], [3]]
    assert queue.is_idle


async def test_a_stuck_flight_that_lands_leaves_those_who_wait_to_the_one_that_is_in_the_air() -> None:
    now, gates, batches = [0.0], [asyncio.Event() for _ in range(3)], list[list[int]]()

    async def carry(items: Sequence[int]) -> list[int | None]:
        batches.append(list(items))
        await gates[len(batches) - 1].wait()
        return list(items)

    queue = Gathering(carry, 10, flights=2, clock=lambda: now[0])
    stuck = asyncio.create_task(queue.ask(0))
    await turns()
    quick = asyncio.create_task(queue.ask(1))
    await turns()
    now[0] = STUCK_S
    await flown(batches, 2)
    waits = asyncio.create_task(queue.ask(2))
    await turns()
    gates[0].set()
    assert await stuck == 0
    await turns()
    assert batches == [[0], [1]]
    gates[1].set()
    gates[2].set()
    assert await asyncio.gather(quick, waits) == [1, 2]
    assert batches == [[0], [1], [2]]


async def test_a_flight_of_one_lets_everybody_fly_alone_and_at_once() -> None:
    ferry = Ferry()
    queue = Gathering(ferry.carry, 1)
    asked = [asyncio.create_task(queue.ask(n)) for n in range(3)]
    await turns()
    assert ferry.batches == [[0], [1], [2]]
    ferry.go.set()
    assert await asyncio.gather(*asked) == [0, 2, 4]


async def test_keys_do_not_wait_for_each_other_and_are_forgotten_when_nobody_asks() -> None:
    ferry = Ferry()
    queues = Gatherings(ferry.carry_for, 10)
    asked = [asyncio.create_task(queues.ask(key, n)) for n, key in enumerate("aab")]
    await turns()
    assert sorted(ferry.batches) == [[0, 1], [2]]
    ferry.go.set()
    assert await asyncio.gather(*asked) == [0, 2, 4]
    await queues.ask("c", 3)
    assert queues.keys_in_use == 0
