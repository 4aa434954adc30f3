"""The stock book in MongoDB keeps its contract, also where others write the same documents."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.confirmations import TRIES
from adapters.mongo.projection_indexes import ensure_projection_indexes
from adapters.mongo.stock_book import MongoStockBook
from adapters.mongo.stock_documents import stock_document
from gateway.domain.claims.documents import StockDoc
from gateway.domain.ids import Sku, stock_key
from gateway.domain.movement import Movement
from gateway.ports.ledger import Outcome, StockBook
from tests.contracts.passes import MANY, PassContract
from tests.contracts.stock_book import DEPOT, TIME_ORDERED, WMS, figure

Database = AsyncIOMotorDatabase[dict[str, Any]]


def book_of(database: Database) -> MongoStockBook:
    return MongoStockBook(database, time_ordered=TIME_ORDERED)


class TestMongoStockBook(PassContract):
    @pytest.fixture
    async def stock_book(self, database: Database) -> StockBook:
        await ensure_projection_indexes(database)
        return book_of(database)

    async def another(self, stock_book: StockBook) -> StockBook:
        assert isinstance(stock_book, MongoStockBook)
        return book_of(stock_book.store.collection.database)

    async def plant(self, stock_book: StockBook, doc: StockDoc) -> None:
        assert isinstance(stock_book, MongoStockBook)
        if any(marker.waits for marker in doc.markers.values()):
            await stock_book.store.acknowledged.note(doc.key)
        await stock_book.store.collection.replace_one({"_id": doc.key}, stock_document(doc, 1), upsert=True)

    async def movements(self, stock_book: StockBook) -> list[Movement]:
        assert isinstance(stock_book, MongoStockBook)
        return await stock_book.movements.all()

    # --- rows that are remembered and not written

    async def test_what_a_pass_that_is_not_believed_has_confirmed_holds_nothing_up_in_another_process(self, stock_book: StockBook) -> None:
        other = await self.another(stock_book)
        await self.told(stock_book, 3)
        await self.told(stock_book, 5)
        await stock_book.abandon(WMS, DEPOT)
        assert await other.state_all(WMS, [figure(12, 4, key=stock_key(Sku("S007"), DEPOT))]) == Outcome(applied=1)
        assert await self.quantity(stock_book, "S007") == 12

    # --- at the very moment

    async def end_when(
        self, book: MongoStockBook, piece: str, meanwhile: Callable[[], Awaitable[object]], monkeypatch: Any, times: int
    ) -> None:
        """Let something happen in another process, so many times, right after a piece of the book's work was done."""
        sound, left = getattr(book, piece), iter(range(times))

        async def with_company(*args: Any, **kwargs: Any) -> Any:
            done = await sound(*args, **kwargs)
            if next(left, None) is not None:
                await meanwhile()
            return done

        monkeypatch.setattr(book, piece, with_company)

    async def test_an_older_figure_that_is_judged_before_a_pass_and_written_after_it_does_not_win(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await ensure_projection_indexes(database)
        first, second = book_of(database), book_of(database)
        await self.told(first, 3)

        async def whole_pass() -> None:
            await self.told(first, 5)
            await self.ended(first, 5)

        await self.end_when(second, "_standing", whole_pass, monkeypatch, 1)
        await second.state_all(WMS, [figure(12, 4, key=stock_key(Sku("S007"), DEPOT))])
        assert await self.quantity(first, "S007") == 10

    async def test_an_older_figure_that_was_judged_before_its_own_process_confirmed_a_newer_one_does_not_win(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await ensure_projection_indexes(database)
        book = book_of(database)
        await self.told(book, 3)
        await self.end_when(book, "_standing", lambda: self.told(book, 5), monkeypatch, 1)
        await book.state_all(WMS, [figure(12, 4, key=stock_key(Sku("S007"), DEPOT))])
        assert await self.quantity(book, "S007") == 10

    @pytest.mark.parametrize("times", [1, 2, TRIES + 1])
    async def test_older_figures_that_come_while_a_pass_ends_do_not_win(
        self, database: Database, monkeypatch: pytest.MonkeyPatch, times: int
    ) -> None:
        await ensure_projection_indexes(database)
        first, second = book_of(database), book_of(database)
        await self.told(first, 3)
        await self.told(first, 5)
        late = iter(MANY)

        async def older() -> None:
            await second.state_all(WMS, [figure(12, 4, key=stock_key(Sku(next(late)), DEPOT))])

        await older()
        await self.end_when(first, "_retell", older, monkeypatch, times)
        await self.ended(first, 5)
        told_late = [figure(12, 4, key=stock_key(Sku(sku), DEPOT)) for sku in MANY]
        outcome = await second.state_all(WMS, told_late)
        assert (outcome.superseded, {await self.quantity(second, sku) for sku in MANY[:9]}) == (len(MANY), {10})
