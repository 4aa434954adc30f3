"""Calls to one source have bounded room, which moves with its speed; those that somebody waits for come first, the loops never fill it."""

import asyncio

import pytest

from adapters.transport.bulkhead import Bulkhead, BulkheadBounds
from gateway.pacing.turns import Full

BOUNDS = BulkheadBounds(fewest=2, most=6, wait_s=0.01)
LONG_S = 20.0


async def filled(bulkhead: Bulkhead, *, live: bool) -> int:
    """Enter until there is no room; return how many came in."""
    count = 0
    while True:
        try:
            await bulkhead.enter(live=live, wait_s=0.001)
        except Full:
            return count
        count += 1


async def test_room_is_bounded_and_comes_back() -> None:
    bulkhead = Bulkhead(BOUNDS)
    assert await filled(bulkhead, live=True) == 4
    bulkhead.leave(live=True)
    assert await filled(bulkhead, live=True) == 1


async def test_the_loops_leave_room_for_those_that_somebody_waits_for() -> None:
    bulkhead = Bulkhead(BOUNDS)
    assert await filled(bulkhead, live=False) == 2
    assert await filled(bulkhead, live=True) == 2


async def test_who_is_waited_for_goes_before_the_loops_and_each_in_turn() -> None:
    bulkhead = Bulkhead(BulkheadBounds(fewest=1, most=1, wait_s=LONG_S))
    await bulkhead.enter(live=False, wait_s=LONG_S)
    order: list[str] = []

    async def call(name: str, *, live: bool) -> None:
        await bulkhead.enter(live=live, wait_s=LONG_S)
        order.append(name)
        bulkhead.leave(live=live)

    calls = [asyncio.create_task(call(name, live=name.startswith("live"))) for name in ("loop 1", "loop 2", "live 1", "live 2")]
    await asyncio.sleep(0)
    bulkhead.leave(live=False)
    await asyncio.gather(*calls)
    assert order == ["live 1", "live 2", "loop 1", "loop 2"]
    assert bulkhead.turns.all_inside == 0


async def test_whoever_gives_up_waiting_takes_no_room() -> None:
    bulkhead = Bulkhead(BulkheadBounds(fewest=1, most=1, wait_s=LONG_S))
    await bulkhead.enter(live=True, wait_s=LONG_S)
    waiting = [asyncio.create_task(bulkhead.enter(live=live, wait_s=LONG_S)) for live in (True, False, True)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[1].cancel()
    bulkhead.leave(live=True)
    waiting[2].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert bulkhead.turns.all_inside == 0
    assert await filled(bulkhead, live=True) == 1


async def test_a_turn_that_comes_while_its_taker_gives_up_goes_to_the_next() -> None:
    bulkhead = Bulkhead(BulkheadBounds(fewest=1, most=1, wait_s=LONG_S))
    await bulkhead.enter(live=True, wait_s=LONG_S)
    first, second = (asyncio.create_task(bulkhead.enter(live=True, wait_s=LONG_S)) for _ in range(2))
    await asyncio.sleep(0)
    bulkhead.leave(live=True)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await second
    assert bulkhead.turns.all_inside == 1


async def test_room_grows_while_answers_come_as_usual_and_shrinks_when_they_come_late() -> None:
    bulkhead = Bulkhead(BOUNDS)
    await filled(bulkhead, live=True)
    for at_s in range(100):
        bulkhead.note("lookup", 0.1, float(at_s), answered=True)
    assert bulkhead.room == BOUNDS.most
    for at_s in range(100, 200):
        bulkhead.note("lookup", 0.9, float(at_s), answered=False)
    assert bulkhead.room == BOUNDS.fewest


async def test_room_that_nobody_uses_does_not_grow_and_one_hiccup_shrinks_it_once() -> None:
    bulkhead = Bulkhead(BOUNDS)
    for at_s in range(100):
        bulkhead.note("lookup", 0.1, float(at_s), answered=True)
    assert bulkhead.room == 4
    for n in range(10):
        bulkhead.note("lookup", 2.0, 200 + n / 10, answered=False)
    assert bulkhead.room == pytest.approx(3.6)


async def test_a_slow_operation_is_measured_by_its_own_time() -> None:
    bulkhead = Bulkhead(BOUNDS)
    await filled(bulkhead, live=True)
    for at_s in range(50):
        bulkhead.note("lookup", 0.02, float(at_s), answered=True)
        bulkhead.note("snapshot", 5.0, float(at_s), answered=True)
    assert bulkhead.room == BOUNDS.most
