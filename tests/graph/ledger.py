"""A retailer whose stock lies in the memory ledger, seen without delay: for tests that change something."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from adapters.memory.claims import MemoryClaims
from adapters.memory.database import MemoryDatabase
from adapters.memory.stock_states import state_of
from gateway.domain.claims.documents import StockDoc
from gateway.domain.ids import LocationCode, Sku, sku_and_location, stock_key
from gateway.ports.ledger import StockState
from resolvers.context import World
from tests.domain.retailer import PLACES
from tests.graph.conftest import NOW, Retail
from tests.graph.order_book import ms


@dataclass
class LedgerView:
    """Looks into the ledger itself."""

    database: MemoryDatabase
    lag_s: float = 0.0
    filled: bool = True

    def states(self, sku: Sku, now: datetime) -> tuple[StockState, ...]:
        return tuple(state_of(doc) for key, doc in self.database.stock.items() if sku_and_location(key)[0] == sku)

    def knows(self, sku: Sku, location: LocationCode) -> bool:
        return stock_key(sku, location) in self.database.stock

    def skus_at(self, locations: Collection[LocationCode]) -> Collection[Sku]:
        held = ((sku_and_location(key), doc) for key, doc in self.database.stock.items())
        return {sku for (sku, place), doc in held if place in locations and doc.free > 0}

    def free_total(self, sku: Sku) -> int:
        return sum(max(0, state.free) for state in self.states(sku, NOW))


def stocked(retail: Retail, units: dict[tuple[Sku, LocationCode], int]) -> World:
    """Return a world whose ledger holds these units."""
    for (sku, place), quantity in units.items():
        at = ms(NOW)
        doc = StockDoc(stock_key(sku, place), PLACES[place].source, quantity, quantity, as_of_ms=at, sync_ms=at, changed_ms=at)
        retail.database.put_stock(doc)
    retail.claims = MemoryClaims(retail.database)
    retail.view = LedgerView(retail.database)
    return retail.world()


def key(**input: Any) -> dict[str, Any]:  # noqa: A002 - the name of the argument in the graph
    """Return the input with a key of its own."""
    return {"idempotencyKey": token_urlsafe(24), **input}
