"""A graph over a small retailer: Gonesse, Lyon and Nantes, two products, a web channel and one caller of each kind."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from strawberry import Schema

from adapters.memory.capacity_book import MemoryCapacityBook
from adapters.memory.catalogue_store import MemoryCatalogueStore
from adapters.memory.database import MemoryDatabase
from adapters.memory.decisions import MemoryDecisions
from adapters.memory.feed_store import MemoryFeedStore
from adapters.memory.location_store import MemoryLocationStore
from adapters.memory.order_book import MemoryOrderBook
from adapters.memory.outbox import MemoryOutbox
from adapters.memory.pauses import MemoryPauses
from adapters.memory.profiles import MemoryProfiles
from adapters.memory.sightings import MemorySightings
from gateway.domain.catalogue import Attribute, Price, Product
from gateway.domain.claims.documents import OrderDoc
from gateway.domain.ids import ChannelCode, LocationCode, Sku, SourceCode, stock_key
from gateway.domain.network import CallerKind, Channel, Network, Source
from gateway.domain.principal import SCOPES, Principal
from gateway.domain.promise.points import Points
from gateway.network.codes import country_time_zones
from gateway.network.profiles import definition_of, read_profile
from gateway.ports.ledger import Marker, StockState
from gateway.ports.stores import FeedState
from resolvers.context import Context, Secrets, SourcePorts, World
from schema.build import build_schema
from tests.domain.retailer import BIKE, LYON, NANTES, PARIS_TIME, PLACES, POST, THURSDAY_8, WAREHOUSE, WEB
from tests.graph.stand_ins import Counted, HeldView, KeptBrowse, LiveStock, Stated, StoppedClock

NOW = THURSDAY_8
SHIRT, SHOE = Sku("SHIRT-1"), Sku("SHOE-1")
WMS, POS = SourceCode("wms"), SourceCode("pos")
COUNTER = Channel(ChannelCode("counter"), "Counter", "EUR", PARIS_TIME, services=WEB.services, locations=(LYON,))


NETWORK = Network(
    "Test",
    "EUR",
    "FR",
    PARIS_TIME,
    WMS,
    sources=(Source(WMS, "WMS", "memory", hand_over="A"), Source(POS, "POS", "memory")),
    channels=(WEB, COUNTER),
    carriers=(POST, BIKE),
)


class Retail:
    """The world of a test over the memory adapters, its calls counted."""

    def __init__(self) -> None:
        self.database = MemoryDatabase(now_ms=lambda: round(self.clock.at.timestamp() * 1000))
        self.clock = StoppedClock(NOW)
        self.products = MemoryCatalogueStore()
        self.catalogue = Counted(self.products)
        self.places = MemoryLocationStore()
        self.locations = Counted(self.places)
        self.feed_store = MemoryFeedStore()
        self.feeds = Counted(self.feed_store)
        self.sightings = MemorySightings()
        self.profiles = MemoryProfiles()
        self.decisions = MemoryDecisions(lambda: 0)
        self.pauses = MemoryPauses()
        self.orders = Counted(MemoryOrderBook(self.database))
        self.outbox = MemoryOutbox(self.database)
        self.view: Any = HeldView()
        self.claims: Any = None
        self.stock = Stated()
        self.capacity = MemoryCapacityBook(self.database)
        self.live: dict[SourceCode, LiveStock] = {}
        self.network = NETWORK
        self.points = Points()

    def world(self) -> World:
        parts: dict[str, Any] = {
            "network": self.network,
            "clock": self.clock,
            "secrets": Secrets((b"t" * 32,), b"o" * 32),
            "claims": self.claims,
            "stock": self.stock,
            "capacity": self.capacity,
            "orders": self.orders,
            "outbox": self.outbox,
            "view": self.view,
            "catalogue": self.catalogue,
            "locations": self.locations,
            "feeds": self.feeds,
            "inbox": None,
            "leases": None,
            "sightings": self.sightings,
            "decisions": self.decisions,
            "profiles": self.profiles,
            "read_profile": partial(read_profile, known=frozenset(channel.code for channel in self.network.channels)),
            "definition_of": definition_of,
            "country_time_zones": country_time_zones(),
            "pauses": self.pauses,
            "points": self.points,
            "sources": {code: SourcePorts(code, stock=live) for code, live in self.live.items()},  # type: ignore[arg-type]
            "browse": KeptBrowse(self.products),
            "postcode_positions": lambda _country, postcode: PLACES[LYON].position if postcode.startswith("69") else None,
        }
        return World(**parts)

    def shelf(self, sku: Sku, location: LocationCode, units: int, *, free: int | None = None, held: int = 0, age_s: float = 60) -> None:
        at = NOW - timedelta(seconds=age_s)
        markers = (Marker(held, NOW + timedelta(minutes=15)),) if held else ()
        left = units - held if free is None else free
        self.view.put(StockState(stock_key(sku, location), units, 0, left, at, at, PLACES[location].source, markers))

    def put(self, doc: OrderDoc) -> None:
        self.database.put_order(doc)


def caller(kind: CallerKind, *locations: LocationCode, channel: str | None = None, session: str | None = None, id: str = "") -> Principal:  # noqa: A002
    return Principal(
        id or kind.lower(), kind, kind.title(), SCOPES[kind], ChannelCode(channel) if channel else None, frozenset(locations), session
    )


SHOPPER = caller("STOREFRONT", channel="web", session="s1")
CLERK = caller("STAFF", LYON, channel="web")
MARKETPLACE = caller("PARTNER", channel="web")
MAKER = caller("SUPPLIER", NANTES)
OPERATOR = caller("OPERATOR")


@pytest.fixture(scope="session")
def schema() -> Schema:
    return build_schema()


@pytest.fixture
async def retail() -> Retail:
    """Two products; ten shirts in Gonesse, two in Lyon; every source was heard a minute ago."""
    retail = Retail()
    await retail.products.save(
        [product(SHIRT, "Shirt blue", "20.00", "4000000000006"), product(SHOE, "Shoe black", "35.00", "4000000000013")]
    )
    await retail.places.save(tuple(PLACES.values()))
    heard_at = NOW - timedelta(seconds=60)
    for source, places in ((WMS, (WAREHOUSE,)), (POS, (LYON, NANTES))):
        heard = dict.fromkeys(places, heard_at)
        await retail.feed_store.save(
            FeedState(source, "stock", last_sync_at=heard_at, last_full_at=heard_at, as_of_by_location=heard, rows=2)
        )
    retail.shelf(SHIRT, WAREHOUSE, 10)
    retail.shelf(SHIRT, LYON, 3, free=2)
    return retail


def product(sku: Sku, name: str, price: str, gtin: str) -> Product:
    return Product(
        sku,
        name,
        gtin=gtin,
        brand="Acme",
        attributes=(Attribute("color", "blue"),),
        weight_g=400,
        group_code="spring",
        group_name="Spring",
        price=Price(Decimal(price), "EUR", compare_at=Decimal("49.00")),
    )


Asked = Callable[..., Any]


@pytest.fixture
def ask(schema: Schema, retail: Retail) -> Asked:
    """Run an operation as a caller and return its data; `errors=True` returns the errors instead."""
    world: list[World] = []

    async def asked(
        document: str, who: Principal = SHOPPER, *, errors: bool = False, context: Context | None = None, **variables: Any
    ) -> Any:
        if not world:
            world.append(retail.world())
        context = context or Context(world[0], who, retail.clock.now(), "trace")
        result = await schema.execute(document, variable_values=variables, context_value=context)
        if errors:
            return result.errors
        assert result.errors is None, result.errors
        return result.data

    return asked
