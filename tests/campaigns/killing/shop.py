"""One process of the retailer: orders and ledger in MongoDB, its systems' books in a file, goods of its own for every case."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.mongo.claims import MongoClaims
from adapters.mongo.client import connect
from adapters.mongo.order_book import MongoOrderBook
from adapters.mongo.outbox import MongoOutbox
from adapters.mongo.stock_book import MongoStockBook
from adapters.mongo.stock_documents import stock_document
from gateway.domain.catalogue import Price, Product
from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.ids import LocationCode, Sku, StockKey, sku_and_location, stock_key
from resolvers.context import SourcePorts
from tests.campaigns.killing.books import FIRST_PLACE, BookedTarget, Books
from tests.domain.retailer import LYON, NANTES, PLACES, WAREHOUSE
from tests.support.memory_shop import POS, MemoryShop, SteppedClock

TIMES = Times(deadline_ms=2_000, skew_ms=3_000)
UNITS: dict[LocationCode, int] = {WAREHOUSE: 6, LYON: 4, NANTES: 4}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process finds everything."""

    uri: str
    database: str
    folder: Path


class PassingOutbox(MongoOutbox):
    """Judges leases by the server's time, or by what the trial has let pass, if that is later."""

    def __init__(self, database: Any, trial: SteppedClock) -> None:
        super().__init__(database)
        self._trial = trial

    async def now(self) -> datetime:
        return max(await super().now(), self._trial.now())


class KilledShop(MemoryShop):
    """A world whose orders and ledger outlive it."""

    async def on(self, database: Any, place: Place, skus: list[Sku]) -> "KilledShop":
        await self.fill()
        await self.world.catalogue.save([Product(sku, sku, price=Price(Decimal(20), "EUR"), weight_g=400) for sku in skus])
        for sku in skus:
            for location, units in UNITS.items():
                self.shelf(sku, location, units)
        self.mongo, self.books = database, Books(place.folder / "books.jsonl")
        sources = {
            source.code: SourcePorts(source.code, hand_over=BookedTarget(self.books, source.code, source.hand_over or "A"))
            for source in self.network.sources
        }
        self.world = replace(
            self.world,
            claims=MongoClaims(database, TIMES),
            orders=MongoOrderBook(database, TIMES),
            outbox=PassingOutbox(database, self.clock),
            stock=MongoStockBook(database, TIMES, time_ordered={POS}),
            sources=sources,
        )
        return self

    async def stored(self) -> None:
        """Put the goods on the shelves, as their owners have stated them."""
        docs = [replace(doc, order=FIRST_PLACE if doc.order == FIRST_PLACE else doc.order) for doc in self.database.stock.values()]
        await self.mongo["stock"].insert_many([stock_document(doc) for doc in docs])

    def figures(self, owner: str) -> dict[StockKey, int]:
        """Return what an owner has of every position."""
        left = self.books.left()
        owned = (doc for doc in self.database.stock.values() if PLACES[sku_and_location(doc.key)[1]].source == owner)
        return {doc.key: doc.q - left[doc.key] for doc in owned}

    def sees_less(self, of: Collection[Sku]) -> None:
        """Let all but the last of places look as good as empty of these, so that what is planned from now on is planned elsewhere."""
        docs = self.database.stock.items()
        seldom = {key for key, _ in docs if sku_and_location(key)[0] in of and not key.endswith(NANTES)}
        self.view.frozen = {key: replace(doc, q=1, free=1) if key in seldom else doc for key, doc in docs}

    def shelf_of(self, sku: Sku, location: LocationCode) -> StockDoc:
        return self.database.stock[stock_key(sku, location)]


@asynccontextmanager
async def opened(place: Place, skus: list[Sku]) -> AsyncIterator[KilledShop]:
    """Connect as the product does, and build the world."""
    async with connect(place.uri, place.database, 2.0, TIMES) as database:
        clock = SteppedClock(datetime.now(UTC).replace(microsecond=0))
        yield await KilledShop(clock=clock).on(database, place, skus)
