"""The small retailer of tests/domain/retailer.py behind memory adapters: a world in which commands run as they do on a database."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from adapters.memory.capacity_book import MemoryCapacityBook
from adapters.memory.catalogue_store import MemoryCatalogueStore
from adapters.memory.claims import MemoryClaims
from adapters.memory.database import MemoryDatabase
from adapters.memory.decisions import MemoryDecisions
from adapters.memory.feed_store import MemoryFeedStore
from adapters.memory.inbox import MemoryInbox
from adapters.memory.leases import MemoryLeases
from adapters.memory.location_store import MemoryLocationStore
from adapters.memory.order_book import MemoryOrderBook
from adapters.memory.outbox import MemoryOutbox
from adapters.memory.pauses import MemoryPauses
from adapters.memory.profiles import MemoryProfiles
from adapters.memory.sightings import MemorySightings
from adapters.memory.sources import MemoryHandOver
from adapters.memory.stock_book import MemoryStockBook
from adapters.memory.stock_states import state_of
from gateway.domain.catalogue import Price, Product
from gateway.domain.claims.documents import OrderDoc, StockDoc
from gateway.domain.ids import ChannelCode, LocationCode, Rid, Sku, SourceCode, StockKey, capacity_key, sku_and_location, stock_key
from gateway.domain.location import CapacityRule
from gateway.domain.network import CallerKind, Network, Source
from gateway.domain.order import Order
from gateway.domain.principal import SCOPES, Principal
from gateway.network.profiles import definition_of, read_profile
from gateway.ports.ledger import StockState
from gateway.ports.order_book import Record
from gateway.ports.stores import FeedState
from resolvers.context import Context, Secrets, SourcePorts, World
from tests.domain.retailer import BIKE, LYON, NANTES, PLACES, POST, THURSDAY_8, WAREHOUSE, WEB

ERP, WMS, POS = SourceCode("erp"), SourceCode("wms"), SourceCode("pos")
A, B = Sku("A"), Sku("B")
FREE_OF_CHARGE = Sku("NO-PRICE")
MARKET = replace(WEB, code=ChannelCode("market"), name="Market")
NETWORK = Network(
    name="Small",
    currency="EUR",
    country="FR",
    time_zone="Europe/Paris",
    minting_source=ERP,
    sources=(
        Source(ERP, "ERP", "memory", hand_over="B"),
        Source(WMS, "WMS", "memory", ordered_by="SEQUENCE", hand_over="A"),
        Source(POS, "POS", "memory", hand_over="A"),
    ),
    channels=(WEB, MARKET),
    carriers=(POST, BIKE),
)


def caller(
    kind: CallerKind, *locations: LocationCode, channel: str | None = "web", session: str | None = None, name: str = ""
) -> Principal:
    own = ChannelCode(channel) if channel else None
    return Principal(name or kind.lower(), kind, kind.title(), SCOPES[kind], own, frozenset(locations), session)


SHOPPER = caller("STOREFRONT", session="s1")
OTHER_SHOPPER = caller("STOREFRONT", session="s2")
CLERK = caller("STAFF", LYON, channel=None)
MARKETPLACE = caller("PARTNER", channel="market")
OPERATOR = caller("OPERATOR", channel=None)


@dataclass
class SteppedClock:
    """Stands still until it is told to go on; the database's time is the same."""

    at: datetime = THURSDAY_8

    def now(self) -> datetime:
        return self.at

    def now_ms(self) -> int:
        return int(self.at.timestamp() * 1000)

    def pass_by(self, span: timedelta) -> None:
        self.at += span


class DirectView:
    """A view that is never behind: it reads the memory database itself."""

    lag_s, filled = 0.0, True

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self.frozen: dict[StockKey, StockDoc] | None = None
        """Set to the documents of an earlier moment to let it lag."""

    @property
    def _docs(self) -> dict[StockKey, StockDoc]:
        return self._database.stock if self.frozen is None else self.frozen

    def states(self, sku: Sku, now: datetime) -> tuple[StockState, ...]:
        return tuple(freed(state_of(doc), now) for key, doc in self._docs.items() if sku_and_location(key)[0] == sku)

    def knows(self, sku: Sku, location: LocationCode) -> bool:
        return stock_key(sku, location) in self._docs

    def skus_at(self, locations: Collection[LocationCode]) -> Collection[Sku]:
        return {sku for sku, place in map(sku_and_location, self._docs) if place in locations and self.free_total(sku)}

    def free_total(self, sku: Sku) -> int:
        return sum(max(0, doc.free) for key, doc in self._docs.items() if sku_and_location(key)[0] == sku)

    def freeze(self) -> None:
        self.frozen = dict(self._database.stock)


def freed(state: StockState, now: datetime) -> StockState:
    """Count what ended holds keep as free."""
    ended = sum(marker.units for marker in state.markers if marker.expires_at is not None and marker.expires_at <= now)
    kept = tuple(marker for marker in state.markers if marker.expires_at is None or marker.expires_at > now)
    return replace(state, free=state.free + ended, markers=kept)


@dataclass
class MemoryShop:
    """The world, its clock, and what a test asks of it."""

    network: Network = NETWORK
    clock: SteppedClock = field(default_factory=SteppedClock)

    def __post_init__(self) -> None:
        self.database = MemoryDatabase(self.clock.now_ms)
        self.view = DirectView(self.database)
        self.targets = {source.code: MemoryHandOver(source.code, source.hand_over or "A") for source in self.network.sources}
        catalogue, locations, feeds = MemoryCatalogueStore(), MemoryLocationStore(), MemoryFeedStore()
        self.world = World(
            network=self.network,
            clock=self.clock,
            secrets=Secrets((b"t" * 32,), b"o" * 32),
            claims=MemoryClaims(self.database),
            stock=MemoryStockBook(self.database, time_ordered={POS}),
            orders=MemoryOrderBook(self.database),
            outbox=MemoryOutbox(self.database),
            view=self.view,
            catalogue=catalogue,
            locations=locations,
            feeds=feeds,
            inbox=MemoryInbox(),
            leases=MemoryLeases(),
            capacity=MemoryCapacityBook(self.database),
            profiles=MemoryProfiles(),
            read_profile=partial(read_profile, known=frozenset(channel.code for channel in self.network.channels)),
            definition_of=definition_of,
            decisions=MemoryDecisions(self.clock.now_ms),
            sightings=MemorySightings(),
            pauses=MemoryPauses(),
            sources={code: SourcePorts(code, hand_over=target) for code, target in self.targets.items()},
            postcode_positions=lambda _country, postcode: PLACES[LYON].position if postcode.startswith("69") else None,
        )

    async def fill(self) -> "MemoryShop":
        """Save places and products, and let every source have been heard a minute ago."""
        await self.world.locations.save(tuple(PLACES.values()))
        priced = {A: "20.00", B: "35.00"}
        products = [
            Product(sku, f"Product {sku}", gtin=f"40000000000{n}", price=Price(Decimal(p), "EUR"), weight_g=400)
            for n, (sku, p) in enumerate(priced.items())
        ]
        await self.world.catalogue.save([*products, Product(FREE_OF_CHARGE, "Without a price")])
        heard_at = self.clock.at - timedelta(minutes=1)
        for source, places in ((WMS, (WAREHOUSE,)), (POS, (LYON, NANTES))):
            heard = dict.fromkeys(places, heard_at)
            await self.world.feeds.save(FeedState(source, "stock", last_sync_at=heard_at, last_full_at=heard_at, as_of_by_location=heard))
        return self

    def shelf(self, sku: Sku, location: LocationCode, units: int) -> None:
        """State what a place has; its owner's order counts from 100."""
        at_ms = self.clock.now_ms() - 60_000
        source = PLACES[location].source
        order = 100 if source == WMS else at_ms
        self.database.put_stock(StockDoc(stock_key(sku, location), source, units, units, order=order, as_of_ms=at_ms, sync_ms=at_ms))

    async def limit(self, location: LocationCode, rule: CapacityRule) -> None:
        """Let a place prepare no more than so much."""
        await self.world.locations.save((replace(PLACES[location], capacity=rule),))
        self.look_again()

    def look_again(self) -> None:
        """Let the next request read places and what they have booked anew."""
        vars(self.world).pop("surroundings", None)

    def room(self, location: LocationCode, day: date, shift: int = 0) -> tuple[int, int]:
        """Return what is free of a shift that somebody has booked, and what it has in all."""
        doc = self.database.capacity[capacity_key(location, day, shift)]
        assert doc.free + sum(marker.q for marker in doc.markers.values()) == doc.q
        return doc.free, doc.q

    def free(self, sku: Sku, location: LocationCode) -> int:
        return self.database.stock[stock_key(sku, location)].free

    def held(self, sku: Sku, location: LocationCode) -> int:
        return sum(marker.q for marker in self.database.stock[stock_key(sku, location)].markers.values())

    def context(self, who: Principal = SHOPPER) -> Context:
        return Context(self.world, who, self.clock.now(), "trace")

    def doc(self, rid: Rid) -> OrderDoc:
        return self.database.orders[rid]

    async def record(self, rid: Rid) -> Record:
        return (await self.world.orders.records([rid]))[rid]


def order_of(record: Record) -> Order:
    """Return the order that a record must have."""
    assert record.order is not None
    return record.order


def check_sums(order: Order) -> None:
    """Assert that no unit of any line is lost or made."""
    assert {line.id: sum(group.quantity for group in line.units) for line in order.lines} == {
        line.id: line.quantity for line in order.lines
    }


def check_ledger(database: MemoryDatabase) -> None:
    """Assert I2 of every position, and that at rest no marker holds units that no order claims."""
    for doc in (*database.stock.values(), *database.capacity.values()):
        assert doc.free + sum(marker.q for marker in doc.markers.values()) == doc.q
    claimed = {claim.mid for order in database.orders.values() if order.st in {"HELD", "PLACED"} for claim in order.claims}
    holding = {mid for doc in (*database.stock.values(), *database.capacity.values()) for mid, marker in doc.markers.items() if marker.q}
    assert holding <= claimed
    assert not any(order.change or order.undo or order.taken for order in database.orders.values())
