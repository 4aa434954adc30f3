"""Lists of work are swept to their end by each sweeper, which begin at different places."""

import random
from collections.abc import Sequence

import pytest

from gateway.domain.ids import Rid
from gateway.ports.order_book import WorkPlace
from resolvers.sweeping import swept

MOST = 5


class Work:
    """A list of orders that wait; all that are met are done, but those that never succeed."""

    def __init__(self, length: int, failing: frozenset[int] = frozenset()) -> None:
        self.waiting, self.failing = list(range(length)), failing

    async def part(self, after: WorkPlace | None, skip: int) -> Sequence[int]:
        return [one for one in self.waiting if after is None or place(one) > after][skip : skip + MOST]

    def do(self, found: Sequence[int]) -> None:
        self.waiting = [one for one in self.waiting if one not in found or one in self.failing]


def place(one: int) -> WorkPlace:
    return one // 3, Rid(f"{one:04}")


@pytest.mark.parametrize("length", [0, 1, 4, 5, 6, 11, 40])
@pytest.mark.parametrize("start", [0, 1, 7, 39, 999])
async def test_everything_is_met_once_wherever_it_begins_and_what_fails_too(
    length: int, start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "randrange", lambda _most: start)
    work, met = Work(length, frozenset({0, 1, 2, 3, 4, 5, 8})), list[int]()
    async for found in swept(work.part, place, MOST):
        met += found
        work.do(found)
    assert sorted(met) == list(range(length))


async def test_two_sweepers_share_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = iter([20, 0])
    monkeypatch.setattr(random, "randrange", lambda _most: next(starts))
    work, met = Work(40), list[int]()
    one, other = swept(work.part, place, MOST), swept(work.part, place, MOST)
    for _ in range(4):
        for sweeper in (one, other):
            found = await anext(sweeper)
            met += found
            work.do(found)
    assert (sorted(met), work.waiting) == (list(range(40)), [])
