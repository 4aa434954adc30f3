"""What stands in for the database: documents in dictionaries, one clock, and those who watch them."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gateway.domain.claims.documents import KeyDoc, OrderDoc, StockDoc
from gateway.domain.ids import Rid, StockKey, is_capacity
from gateway.domain.movement import Movement
from gateway.domain.personal import PersonalData


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class MemoryDatabase:
    """All state that the memory adapters share. A write is one assignment between two awaits, so it is atomic."""

    now_ms: Callable[[], int] = wall_ms
    stock: dict[StockKey, StockDoc] = field(default_factory=dict)
    capacity: dict[StockKey, StockDoc] = field(default_factory=dict)
    """What places can prepare, by shift: documents like those of stock."""
    orders: dict[Rid, OrderDoc] = field(default_factory=dict)
    keys: dict[Rid, KeyDoc] = field(default_factory=dict)
    personal: dict[Rid, PersonalData] = field(default_factory=dict)
    personal_waits_since: dict[Rid, int] = field(default_factory=dict)
    """Of personal data whose order is not known to be placed: when it was saved."""
    movements: dict[str, Movement] = field(default_factory=dict)
    called: dict[StockKey, frozenset[Rid]] = field(default_factory=dict)
    """For positions below zero: the orders that a person was called to."""
    stock_watchers: "list[asyncio.Queue[StockDoc | int]]" = field(default_factory=list)
    """Each gets every stock document that changes, and heartbeats as their time in ms."""
    order_watchers: "list[asyncio.Queue[Rid]]" = field(default_factory=list)

    def put_stock(self, doc: StockDoc) -> None:
        self.stock[doc.key] = doc
        for queue in self.stock_watchers:
            queue.put_nowait(doc)

    def claimable(self, key: StockKey) -> StockDoc | None:
        return (self.capacity if is_capacity(key) else self.stock).get(key)

    def put_order(self, doc: OrderDoc) -> None:
        self.orders[doc.rid] = doc
        for queue in self.order_watchers:
            queue.put_nowait(doc.rid)

    def record(self, movements: Iterable[Movement]) -> None:
        """Add what is not there yet: a movement never changes."""
        for movement in movements:
            self.movements.setdefault(movement.id, movement)
