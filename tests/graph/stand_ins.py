"""Stand-ins for the ports that the reading side needs, each counting how often it was asked."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gateway.domain.catalogue import Product
from gateway.domain.errors import SourceUnavailable, Unavailable
from gateway.domain.feeds import Batch, Item, StockRow
from gateway.domain.ids import LocationCode, Rid, Sku, SourceCode, sku_and_location
from gateway.domain.location import Location
from gateway.domain.order import PersonalData
from gateway.ports.browse import BrowseKey, BrowseQuery
from gateway.ports.ledger import Outcome, Statement, StockState
from gateway.ports.order_book import FulfillmentQuery, OrderQuery, Page, Record
from gateway.ports.stores import FeedState


@dataclass
class StoppedClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class KeptCatalogue:
    kept: dict[Sku, Product] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    async def products(self, skus: Collection[Sku]) -> dict[Sku, Product]:
        self.calls["products"] += 1
        return {sku: self.kept[sku] for sku in skus if sku in self.kept}

    async def skus_by_gtin(self, gtins: Collection[str]) -> dict[str, Sku]:
        self.calls["skus_by_gtin"] += 1
        return {product.gtin: sku for sku, product in self.kept.items() if product.gtin in gtins and product.gtin}

    async def skus_by_external(self, source: SourceCode, values: Collection[str]) -> dict[str, Sku]:
        return {}

    async def groups(self, codes: Collection[str]) -> dict[str, Sequence[Product]]:
        self.calls["groups"] += 1
        return {code: [product for product in self.kept.values() if product.group_code == code] for code in codes}


@dataclass
class KeptBrowse:
    """Sorts by sku or name; `index` empty: single products come from the store."""

    kept: dict[Sku, Product]

    async def refresh(self) -> None:
        return

    def products(self, skus: Collection[Sku]) -> dict[Sku, Product]:
        return {}

    def ordered(self, query: BrowseQuery, after: BrowseKey | None = None) -> Iterator[tuple[BrowseKey, Product]]:
        words = (query.search or "").lower().split()
        rows = sorted(((product.name, product.sku) if query.sort == "NAME" else (product.sku,), product) for product in self.kept.values())
        for key, product in rows:
            if all(word in product.name.lower() for word in words) and (after is None or key > after):
                yield key, product


@dataclass
class KeptLocations:
    kept: Sequence[Location] = ()
    calls: Counter[str] = field(default_factory=Counter)

    async def locations(self) -> Sequence[Location]:
        self.calls["locations"] += 1
        return self.kept


@dataclass
class KeptFeeds:
    kept: dict[tuple[SourceCode, str], FeedState] = field(default_factory=dict)
    away: bool = False

    async def feeds(self) -> Sequence[FeedState]:
        if self.away:
            raise Unavailable("the database is away")
        return tuple(self.kept.values())

    def put(self, state: FeedState) -> None:
        self.kept[state.source, state.name] = state


@dataclass
class HeldView:
    held: dict[Sku, dict[LocationCode, StockState]] = field(default_factory=dict)

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

    lag_s: float = 0.0
    filled: bool = True


@dataclass
class Stated:
    """The side of the ledger that takes in figures."""

    statements: list[Statement] = field(default_factory=list)

    async def state_all(self, source: SourceCode, statements: Sequence[Statement]) -> Outcome:
        self.statements += statements
        return Outcome(applied=len(statements))


@dataclass
class LiveStock:
    """A source's own figures, read live; `away` refuses."""

    figures: dict[tuple[str, LocationCode], int]
    now: datetime
    away: bool = False
    asked: list[frozenset[str | None]] = field(default_factory=list)

    async def positions(self, items: Collection[Item]) -> Batch[StockRow]:
        self.asked.append(frozenset(item.sku for item in items))
        if self.away:
            raise SourceUnavailable("wms", "refused")
        skus = {item.sku for item in items}
        rows = tuple(StockRow(place, Item(sku), units, as_of=self.now) for (sku, place), units in self.figures.items() if sku in skus)
        return Batch(rows, asked_at=self.now)


@dataclass
class KeptOrders:
    """The book of orders: newest first, by number, filtered by owner, channel and place."""

    kept: dict[Rid, Record] = field(default_factory=dict)
    people: dict[Rid, PersonalData] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    queries: list[Any] = field(default_factory=list)
    changed: list[Rid] = field(default_factory=list)

    def put(self, record: Record) -> None:
        self.kept[record.rid] = record

    async def records(self, rids: Collection[Rid]) -> dict[Rid, Record]:
        self.calls["records"] += 1
        return {rid: self.kept[rid] for rid in rids if rid in self.kept}

    async def by_number(self, numbers: Collection[str]) -> dict[str, Record]:
        self.calls["by_number"] += 1
        return {record.order.number: record for record in self.kept.values() if record.order and record.order.number in numbers}

    async def personal(self, rids: Collection[Rid]) -> dict[Rid, PersonalData]:
        self.calls["personal"] += 1
        return {rid: self.people[rid] for rid in rids if rid in self.people}

    async def orders(self, query: OrderQuery, first: int, after: tuple[str, ...] | None) -> Page:
        self.queries.append(query)
        found = [
            record
            for record in self.kept.values()
            if record.order
            and query.owner in {None, record.order.owner}
            and (query.channels is None or record.order.channel in query.channels)
        ]
        return page(sorted(found, key=lambda record: record.rid), first, after)

    async def with_fulfillments(self, query: FulfillmentQuery, first: int, after: tuple[str, ...] | None) -> Page:
        self.queries.append(query)
        found = [
            record
            for record in self.kept.values()
            if record.order and any(query.locations is None or work.location in query.locations for work in record.order.fulfillments)
        ]
        return page(sorted(found, key=lambda record: record.rid), first, after)

    async def watch(self) -> AsyncIterator[Rid]:
        for rid in self.changed:
            yield rid
        raise Unavailable("the stream is lost")


def page(records: list[Record], first: int, after: tuple[str, ...] | None) -> Page:
    rest = [record for record in records if after is None or (record.rid,) > after]
    shown = rest[:first]
    keys: tuple[tuple[str, ...], ...] = tuple((record.rid,) for record in shown)
    return Page(tuple(shown), keys[-1] if keys else None, len(rest) > first, len(records), keys)


@dataclass
class KeptOutbox:
    records: Sequence[Record] = ()

    async def counts(self) -> dict[SourceCode, dict[str, int]]:
        return {SourceCode("wms"): {"WAITING": 2, "PARKED": 1}}

    async def entries(self, query: object, first: int, after: tuple[str, ...] | None) -> Page:
        return page(list(self.records), first, after)


def as_of(state: StockState, at: datetime) -> StockState:
    return replace(state, as_of=at)
