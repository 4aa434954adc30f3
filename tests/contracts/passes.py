"""What every StockBook does while one process makes a whole pass and another one hears words about the same place."""

from abc import abstractmethod
from dataclasses import replace

from gateway.domain.ids import Sku, stock_key
from gateway.ports.ledger import Difference, Outcome, StockBook
from tests.contracts.arrivals import ArrivalContract
from tests.contracts.stock_book import DEPOT, WMS, at, figure, reach

MANY = [f"S{n:03}" for n in range(150)]
"""More than are written one by one when they only confirm."""


class PassContract(ArrivalContract):
    """Inherit, and give `another`: the stock book of another process on the same database."""

    @abstractmethod
    async def another(self, stock_book: StockBook) -> StockBook: ...

    async def told(self, book: StockBook, order: int, **others: int) -> None:
        """Let a part of a whole pass say ten of each of many articles, save of those named."""
        rows = [figure(others.get(sku, 10), order, key=stock_key(Sku(sku), DEPOT)) for sku in MANY]
        await book.state_all(WMS, rows, of_pass=True)

    async def ended(self, book: StockBook, order: int) -> None:
        assert await book.zero_unlisted(WMS, DEPOT, frozenset(map(Sku, MANY)), reach(order), at(order)) == 0

    async def quantity(self, book: StockBook, sku: str) -> int:
        return (await self.state(book, stock_key(Sku(sku), DEPOT))).quantity

    async def test_an_older_figure_that_another_process_hears_during_a_pass_does_not_win(self, stock_book: StockBook) -> None:
        other, key = await self.another(stock_book), stock_key(Sku("S007"), DEPOT)
        await self.told(stock_book, 3)
        await self.told(stock_book, 5)
        await other.state_all(WMS, [figure(12, 4, key=key)])
        await self.ended(stock_book, 5)
        for book in (stock_book, other):
            assert await self.quantity(book, "S007") == 10
            assert await book.state_all(WMS, [figure(12, 4, key=key)]) == Outcome(superseded=1)
            assert await book.state_all(WMS, [figure(10, 5, key=key)]) == Outcome(unchanged=1)
        assert await other.state_all(WMS, [figure(9, 6, key=key)]) == Outcome(applied=1)

    async def test_differences_that_another_process_hears_during_a_pass_count_once(self, stock_book: StockBook) -> None:
        other, key = await self.another(stock_book), stock_key(Sku("S007"), DEPOT)
        await self.told(stock_book, 3)
        await self.told(stock_book, 5)
        await other.apply_differences(WMS, [Difference(key, "e4", 2, at(4), 4)])
        await self.ended(stock_book, 5)
        await other.apply_differences(WMS, [Difference(key, "e5", -2, at(5), 5)])
        assert await self.quantity(stock_book, "S007") == 10
        await other.apply_differences(WMS, [Difference(key, "e6", -2, at(6), 6)])
        assert await self.quantity(stock_book, "S007") == 8

    async def test_a_newer_figure_that_another_process_hears_during_a_pass_stands(self, stock_book: StockBook) -> None:
        other = await self.another(stock_book)
        await self.told(stock_book, 3)
        await self.told(stock_book, 5)
        await other.state_all(WMS, [figure(12, 6, key=stock_key(Sku("S007"), DEPOT))])
        await self.ended(stock_book, 5)
        assert await self.quantity(stock_book, "S007") == 12

    async def test_of_two_passes_at_once_the_later_one_counts_whichever_ends_last(self, stock_book: StockBook) -> None:
        other = await self.another(stock_book)
        await self.told(stock_book, 3)
        await self.told(stock_book, 5)
        await self.told(other, 4, S007=12)
        await self.ended(stock_book, 5)
        await self.told(other, 4, S008=12)
        await self.ended(other, 4)
        late = [figure(12, 5, key=stock_key(Sku(sku), DEPOT)) for sku in MANY[:20]]
        assert await other.state_all(WMS, late) == Outcome(superseded=20)
        assert {await self.quantity(stock_book, sku) for sku in MANY[:20]} == {10}

    async def test_a_pass_that_another_process_makes_zeroes_nothing_that_a_later_one_lists(self, stock_book: StockBook) -> None:
        other = await self.another(stock_book)
        await self.told(stock_book, 3)
        await self.told(stock_book, 5)
        await other.zero_unlisted(WMS, DEPOT, frozenset(map(Sku, MANY[1:])), reach(4), at(4))
        await self.ended(stock_book, 5)
        assert await self.quantity(stock_book, MANY[0]) == 10
        await self.told(other, 6)
        await self.ended(other, 6)
        assert await stock_book.zero_unlisted(WMS, DEPOT, frozenset(map(Sku, MANY[1:])), reach(5), at(5)) == 0
        assert await self.quantity(stock_book, MANY[0]) == 10

    async def test_what_is_no_part_of_a_pass_is_known_to_every_process_at_once(self, stock_book: StockBook) -> None:
        other, rows = await self.another(stock_book), [figure(10, 3, key=stock_key(Sku(sku), DEPOT)) for sku in MANY]
        await stock_book.state_all(WMS, rows)
        await stock_book.state_all(WMS, [replace(row, order=5) for row in rows])
        assert await other.state_all(WMS, [replace(rows[0], quantity=12, order=4)]) == Outcome(superseded=1)
