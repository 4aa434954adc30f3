"""A read is tried a second time when the first was in vain or is late, as often as earlier calls have paid for."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from adapters.transport.tries import FEWEST, Pace, Purse, first_answer
from gateway.domain.errors import SourceError, SourceGarbage, SourceRejected, SourceTimeout, SourceUnavailable


class Attempts:
    """Attempts that end as they are told, one after the other."""

    def __init__(self, *ends: Callable[[], Awaitable[str]]) -> None:
        self.ends, self.begun, self.broken_off = list(ends), 0, 0

    async def __call__(self) -> str:
        self.begun += 1
        try:
            return await self.ends[self.begun - 1]()
        except asyncio.CancelledError:
            self.broken_off += 1
            raise


async def well() -> str:
    return "well"


async def never() -> str:
    await asyncio.Event().wait()
    return "never"


def failing(error: SourceError) -> Callable[[], Awaitable[str]]:
    async def fail() -> str:
        raise error

    return fail


def full() -> Purse:
    return Purse(0.1, 10)


async def test_a_failure_is_tried_once_more() -> None:
    attempts = Attempts(failing(SourceUnavailable("wms", "reset")), well)
    assert await first_answer(attempts, None, full()) == "well"
    assert attempts.begun == 2


async def test_a_second_failure_is_the_end_and_the_first_is_told() -> None:
    attempts = Attempts(failing(SourceUnavailable("wms", "first")), failing(SourceGarbage("wms", "second")), well)
    with pytest.raises(SourceUnavailable, match="first"):
        await first_answer(attempts, None, full())
    assert attempts.begun == 2


@pytest.mark.parametrize("error", [SourceRejected("wms", "no"), SourceGarbage("wms", "html"), SourceTimeout("wms", "late")])
async def test_what_a_second_try_cannot_mend_is_not_tried_again(error: SourceError) -> None:
    attempts = Attempts(failing(error), well)
    with pytest.raises(type(error)):
        await first_answer(attempts, None, full())
    assert attempts.begun == 1


async def test_while_the_first_is_late_a_second_is_asked_and_the_late_one_broken_off() -> None:
    attempts = Attempts(never, well)
    assert await first_answer(attempts, 0.001, full()) == "well"
    assert (attempts.begun, attempts.broken_off) == (2, 1)


async def test_a_hedge_that_fails_leaves_the_first_its_time() -> None:
    answered = asyncio.Event()

    async def late() -> str:
        await answered.wait()
        return "late"

    async def in_vain() -> str:
        answered.set()
        raise SourceUnavailable("wms", "reset")

    assert await first_answer(Attempts(late, in_vain), 0.001, full()) == "late"


async def test_what_is_not_paid_for_is_not_tried() -> None:
    purse = Purse(0.1, 1)
    assert purse.pay()
    attempts = Attempts(failing(SourceUnavailable("wms", "reset")), well)
    with pytest.raises(SourceUnavailable):
        await first_answer(attempts, None, purse)
    assert attempts.begun == 1


def test_ten_calls_pay_for_one_second_try() -> None:
    purse = Purse(0.1, 2)
    assert [purse.pay() for _ in range(3)] == [True, True, False]
    paid = 0
    for _ in range(1000):
        purse.save()
        paid += purse.pay()
    assert 99 <= paid <= 100


async def test_whoever_gives_up_breaks_off_every_try() -> None:
    attempts = Attempts(never, never)
    asked = asyncio.create_task(first_answer(attempts, 0.001, full()))
    async with asyncio.timeout(20):
        while attempts.begun < 2:  # noqa: ASYNC110 - the attempts tell nobody
            await asyncio.sleep(0.001)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert attempts.broken_off == 2


def test_late_is_what_nearly_all_answers_are_faster_than() -> None:
    pace = Pace()
    for n in range(FEWEST - 1):
        pace.note("lookup", n / 100)
    assert pace.late_after_s("lookup") is None
    for n in range(100):
        pace.note("lookup", n / 100)
    assert pace.late_after_s("lookup") == 0.95
    assert pace.late_after_s("snapshot") is None
