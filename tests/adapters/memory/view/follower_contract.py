"""What a follower does with any StockBook: fill, follow, resume, read anew, and tell its lag."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from adapters.memory.view.follower import Pace, ViewFollower
from adapters.memory.view.whole import WholeView
from gateway.domain.errors import Unavailable
from gateway.domain.ids import Sku
from gateway.ports.ledger import StockBook, StockChange, StockState
from tests.contracts.stock_book import KEY, OTHER, OTHER_KEY, SKU, WMS, figure

QUICK = Pace(beat_s=0.05, retry_s=0.01, too_far_s=20)


async def eventually(question: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not question():  # noqa: ASYNC110 - the view tells nobody
            await asyncio.sleep(0.005)


def free(view: WholeView, sku: Sku = SKU) -> list[int]:
    return [state.free for state in view.states(sku, datetime.now(UTC))]


class Faulty:
    """A book whose stream can be cut, made to fail at once, or told too old; all else is the real one's."""

    def __init__(self, book: StockBook) -> None:
        self.book = book
        self.cut = asyncio.Event()
        self.broken = False
        self.beats_late_by = timedelta(0)
        self.scans = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.book, name)

    async def scan(self) -> AsyncIterator[StockState]:
        self.scans += 1
        async for state in self.book.scan():
            yield state

    async def beat(self, now: datetime) -> None:
        await self.book.beat(now - self.beats_late_by)

    async def changes(self, token: object | None) -> AsyncGenerator[StockChange, None]:
        if self.broken:
            raise Unavailable("cannot be resumed")
        changes = self.book.changes(token)
        assert isinstance(changes, AsyncGenerator)
        async with aclosing(changes) as opened:
            while True:
                step, cut = asyncio.ensure_future(anext(opened)), asyncio.ensure_future(self.cut.wait())
                await asyncio.wait({step, cut}, return_when=asyncio.FIRST_COMPLETED)
                cut.cancel()
                if self.cut.is_set():
                    step.cancel()
                    await asyncio.gather(step, cut, return_exceptions=True)
                    self.cut.clear()
                    raise Unavailable("cut")
                yield step.result()


class FollowerContract(ABC):
    """Inherit, and give `stock_book` (empty)."""

    @pytest.fixture
    @abstractmethod
    def stock_book(self) -> StockBook: ...

    @pytest.fixture
    def faulty(self, stock_book: StockBook) -> Faulty:
        return Faulty(stock_book)

    @asynccontextmanager
    async def following(self, faulty: Faulty, view: WholeView) -> AsyncIterator[ViewFollower]:
        follower = ViewFollower(faulty, view, QUICK)  # type: ignore[arg-type]
        await follower.start()
        try:
            yield follower
        finally:
            await follower.stop()

    async def test_it_is_filled_when_it_has_started_and_current_after_that(self, stock_book: StockBook, faulty: Faulty) -> None:
        await stock_book.state_all(WMS, [figure(10, 5)])
        view = WholeView()
        assert not view.filled
        async with self.following(faulty, view) as follower:
            assert (view.filled, free(view), follower.metrics.positions) == (True, [10], 1)
            await stock_book.state_all(WMS, [figure(8, 6), figure(3, 6, key=OTHER_KEY)])
            await eventually(lambda: free(view) == [8] and free(view, OTHER) == [3])
            assert (follower.metrics.positions, follower.metrics.rebuilds) == (2, 0)

    async def test_its_heartbeat_tells_its_lag(self, faulty: Faulty) -> None:
        view = WholeView()
        async with self.following(faulty, view):
            await asyncio.sleep(0.5)
            assert view.lag_s < 1.5

    async def test_after_a_lost_stream_nothing_is_missing(self, stock_book: StockBook, faulty: Faulty) -> None:
        await stock_book.state_all(WMS, [figure(10, 5)])
        view = WholeView()
        async with self.following(faulty, view) as follower:
            for order in range(6, 12):
                faulty.cut.set()
                await stock_book.state_all(WMS, [figure(order, order)])
                await eventually(lambda order=order: free(view) == [order])  # type: ignore[misc]
            assert follower.metrics.losses > 0

    async def test_a_stream_that_cannot_be_resumed_is_read_anew_while_the_old_figures_answer(
        self, stock_book: StockBook, faulty: Faulty
    ) -> None:
        await stock_book.state_all(WMS, [figure(10, 5), figure(4, 5, key=OTHER_KEY)])
        view = WholeView()
        async with self.following(faulty, view) as follower:
            faulty.broken = True
            faulty.cut.set()
            await stock_book.state_all(WMS, [figure(8, 6)])
            await eventually(lambda: faulty.scans > 1)
            assert free(view, OTHER) == [4]
            await eventually(lambda: free(view) == [8])
            faulty.broken = False
            await stock_book.state_all(WMS, [figure(7, 7)])
            await eventually(lambda: free(view) == [7])
            assert follower.metrics.rebuilds >= 1

    async def test_too_far_behind_it_reads_anew(self, stock_book: StockBook, faulty: Faulty) -> None:
        view = WholeView()
        async with self.following(faulty, view) as follower:
            await eventually(lambda: follower.metrics.events > 0)
            faulty.beats_late_by = timedelta(seconds=60)
            await eventually(lambda: follower.metrics.rebuilds > 0)

    async def test_subscribers_learn_which_of_their_skus_changed(self, stock_book: StockBook, faulty: Faulty) -> None:
        await stock_book.state_all(WMS, [figure(10, 5)])
        async with self.following(faulty, WholeView()) as follower, aclosing(follower.subscribe([SKU, Sku("NONE")])) as news:
            told = asyncio.ensure_future(anext(news))
            await asyncio.sleep(0)
            await stock_book.state_all(WMS, [figure(1, 6, key=OTHER_KEY), figure(9, 6, key=KEY)])
            async with asyncio.timeout(10):
                assert await told == {SKU}

    async def test_an_outage_at_the_start_is_told(self, faulty: Faulty) -> None:
        async def away() -> object:
            raise Unavailable("away")

        faulty.__dict__["stream_token"] = away
        with pytest.raises(Unavailable):
            await ViewFollower(faulty, WholeView(), QUICK).start()  # type: ignore[arg-type]
