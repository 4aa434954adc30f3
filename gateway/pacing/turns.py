"""Turns: who is let in now, who waits and how long, where there is not room for all; the foremost rank goes first."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

Rank = TypeVar("Rank", bound=Hashable)


class Full(Exception):
    """No turn came in time."""


class Turns(Generic[Rank]):
    """`ranks` from the foremost to the last; `fits` tells whether one more of a rank has room beside those in `inside`."""

    def __init__(self, ranks: Sequence[Rank], fits: Callable[[Rank], bool]) -> None:
        self._fits = fits
        self._waiting: dict[Rank, deque[asyncio.Future[None]]] = {rank: deque() for rank in ranks}
        self.inside: Counter[Rank] = Counter()

    @property
    def all_inside(self) -> int:
        return self.inside.total()

    async def enter(self, rank: Rank, wait_s: float) -> None:
        """Take a place, to be given back by `leave`; raise Full when none comes in time."""
        if self._fits(rank) and not self._is_kept_back(rank):
            self.inside[rank] += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[rank].append(turn)
        try:
            async with asyncio.timeout(wait_s):
                await turn
        except TimeoutError:
            self._give_up(turn, rank)
            raise Full from None
        except asyncio.CancelledError:
            self._give_up(turn, rank)
            raise

    def leave(self, rank: Rank) -> None:
        self.inside[rank] -= 1
        for waiting_rank, queue in self._waiting.items():
            while queue and self._fits(waiting_rank):
                turn = queue.popleft()
                if not turn.done():
                    self.inside[waiting_rank] += 1
                    turn.set_result(None)

    def _is_kept_back(self, rank: Rank) -> bool:
        """Tell whether somebody of the same rank, or before it, waits already."""
        for other, queue in self._waiting.items():
            if queue:
                return True
            if other == rank:
                return False
        return False

    def _give_up(self, turn: "asyncio.Future[None]", rank: Rank) -> None:
        """Leave the queue; a turn that came at the same moment goes to the next."""
        if turn.done() and not turn.cancelled():
            self.leave(rank)
        elif turn in self._waiting[rank]:
            self._waiting[rank].remove(turn)
