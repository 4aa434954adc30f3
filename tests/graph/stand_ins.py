"""What stands around the memory adapters in tests of the graph: counted calls, a clock that stands still, a view and live figures."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.memory.catalogue_store import MemoryCatalogueStore
from gateway.domain.catalogue import Product
from gateway.domain.errors import SourceError, Unavailable
from gateway.domain.feeds import Batch, Item, StockRow
from gateway.domain.ids import LocationCode, Sku, SourceCode, sku_and_location
from gateway.ports.browse import BrowseKey, BrowseQuery
from gateway.ports.ledger import Outcome, Statement, StockState


class Counted:
    """Passes every call on and counts it, with the arguments of the last ones; `away` refuses them all."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.calls, self.away = inner, Counter[str](), False
        self.asked: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return self.counted(name, getattr(self.inner, name))

    def counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def passed_on(*arguments: Any) -> Any:
            if self.away:
                raise Unavailable("the database is away")
            self.calls[name] += 1
            self.asked.append(arguments)
            return call(*arguments)

        return passed_on


@dataclass
class StoppedClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


class KeptBrowse:
    """Sorts by sku or name; single products come from the store, so that calls can be counted."""

    def __init__(self, store: MemoryCatalogueStore) -> None:
        self.store, self.kept = store, list[Product]()

    async def refresh(self) -> None:
        self.kept = list(await self.store.everything())

    def products(self, skus: Collection[Sku]) -> dict[Sku, Product]:
        return {}

    def ordered(self, query: BrowseQuery, after: BrowseKey | None = None) -> Iterator[tuple[BrowseKey, Product]]:
        words = (query.search or "").lower().split()
        rows = sorted(((product.name, product.sku) if query.sort == "NAME" else (product.sku,), product) for product in self.kept)
        for key, product in rows:
            if all(word in product.name.lower() for word in words) and (after is None or key > after):
                yield key, product


@dataclass
class HeldView:
    held: dict[Sku, dict[LocationCode, StockState]] = field(default_factory=dict)
    lag_s: float = 0.0
    filled: bool = True

    def put(self, state: StockState) -> None:
        sku, location = sku_and_location(state.key)
        self.held.setdefault(sku, {})[location] = state

    def states(self, sku: Sku, now: datetime) -> tuple[StockState, ...]:
        return tuple(self.held.get(sku, {}).values())

    def knows(self, sku: Sku, location: LocationCode) -> bool:
        return location in self.held.get(sku, {})

    def skus_at(self, locations: Collection[LocationCode]) -> Collection[Sku]:
        return {sku for sku, at in self.held.items() for place, state in at.items() if place in locations and state.free > 0}

    def free_total(self, sku: Sku) -> int:
        return sum(max(0, state.free) for state in self.held.get(sku, {}).values())


@dataclass
class Stated:
    """The side of the ledger that takes in figures."""

    statements: list[Statement] = field(default_factory=list)

    async def state_all(self, source: SourceCode, statements: Sequence[Statement]) -> Outcome:
        self.statements += statements
        return Outcome(applied=len(statements))


@dataclass
class LiveStock:
    """A source's own figures, read live; `fault` is raised instead."""

    figures: dict[tuple[str, LocationCode], int]
    now: datetime
    fault: SourceError | None = None
    asked: list[frozenset[str | None]] = field(default_factory=list)

    async def positions(self, items: Collection[Item]) -> Batch[StockRow]:
        self.asked.append(frozenset(item.sku for item in items))
        if self.fault:
            raise self.fault
        skus = {item.sku for item in items}
        rows = tuple(StockRow(place, Item(sku), units, as_of=self.now) for (sku, place), units in self.figures.items() if sku in skus)
        return Batch(rows, asked_at=self.now)
