"""The memory shop with sources to read from: what each tells can be set, broken off and switched off."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.memory.sources import MemoryCatalogue, MemoryInbound, MemoryLocations, MemoryNews, MemoryStock, MemoryWebhooks, Switch
from gateway.domain.catalogue import Product
from gateway.domain.claims.documents import StockDoc
from gateway.domain.errors import SourceError
from gateway.domain.feeds import Batch, Item, StockDelta, StockRow
from gateway.domain.ids import LocationCode, Sku, SourceCode, sku_and_location, stock_key
from gateway.domain.network import Network, Source
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts
from resolvers.sync.feeds import sync_feed
from resolvers.sync.report import SyncReport
from resolvers.sync.source import DELTAS, WHOLE, sync_everything
from tests.domain.retailer import LYON, NANTES, PLACES, WAREHOUSE
from tests.support.memory_shop import ERP, NETWORK, POS, WMS, A, B, MemoryShop, SteppedClock

SUPPLIER = SourceCode("mill")
C = Sku("C")
SECRET = b"pushes"
GTINS = {A: "4000000000006", B: "4000000000013", C: "4000000000020"}
WITH_SUPPLIER = replace(NETWORK, sources=(*NETWORK.sources, Source(SUPPLIER, "SUPPLIER", "memory", hand_over="C")))


def product(sku: str, gtin: str | None = None, *, name: str = "") -> Product:
    return Product(Sku(sku), name or f"Product {sku}", gtin=gtin if gtin is not None else GTINS.get(Sku(sku)))


def row(sku: str, place: LocationCode, quantity: object, *, sequence: int | None = None, at: datetime | None = None) -> StockRow:
    return StockRow(place, Item(sku=sku), quantity, as_of=at, sequence=sequence)  # type: ignore[arg-type] # what a mapping may let through


@dataclass
class PagedStock:
    """A StockSource of pages that are set; `breaks` is raised after the last of them."""

    pages: Sequence[Batch[StockRow]]
    breaks: Exception | None = None
    told: Sequence[Batch[StockRow | StockDelta]] = (Batch(()),)
    breaks_changes: bool = True
    """False for a system without a change feed, which is not asked then."""

    async def snapshot(self) -> AsyncIterator[Batch[StockRow]]:
        for page in self.pages:
            yield page
        if self.breaks:
            raise self.breaks

    async def changes(self, cursor: str | None) -> AsyncIterator[Batch[StockRow | StockDelta]]:
        for page in self.told:
            yield page
        if self.breaks and self.breaks_changes:
            raise self.breaks

    async def positions(self, items: Collection[Item]) -> Batch[StockRow]:
        return Batch(tuple(row for page in self.pages for row in page.rows if row.item in items))


class MemoryNetwork(MemoryShop):
    """An ERP with products and supply, a WMS that numbers, a POS that only times, a supplier with names of its own; nothing synced yet."""

    def __init__(self, network: Network = WITH_SUPPLIER, clock: SteppedClock | None = None) -> None:
        super().__init__(network, clock or SteppedClock())
        clock = self.clock
        self.catalogue = MemoryCatalogue([product("A"), product("B"), product("C")], clock=clock)
        self.inbound = MemoryInbound(clock=clock)
        self.depot = MemoryLocations([PLACES[WAREHOUSE]], clock=clock)
        self.depot_stock = MemoryStock([row("A", WAREHOUSE, 10), row("B", WAREHOUSE, 4)], clock=clock)
        self.shops = MemoryLocations([PLACES[LYON], PLACES[NANTES]], clock=clock)
        self.shop_stock = MemoryStock([row("A", LYON, 5), row("B", LYON, 2), row("A", NANTES, 3)], clock=clock)
        self.names = MemoryCatalogue([product("M-1", GTINS[A])], clock=clock)
        self.depot_news, self.shop_news = MemoryNews(clock), MemoryNews(clock)
        self.depot_pushes, self.shop_pushes = MemoryWebhooks(SECRET), MemoryWebhooks(SECRET)
        self.connect(
            SourcePorts(ERP, self.catalogue, inbound=self.inbound),
            SourcePorts(WMS, locations=self.depot, stock=self.depot_stock, news=self.depot_news, webhooks=self.depot_pushes),
            SourcePorts(POS, locations=self.shops, stock=self.shop_stock, news=self.shop_news, webhooks=self.shop_pushes),
            SourcePorts(SUPPLIER, self.names),
        )

    def connect(self, *ports: SourcePorts) -> None:
        """Let these stand in for the sources of their code; who takes messages stays."""
        told = {one.code: replace(one, hand_over=self.targets[one.code]) for one in ports}
        self.world = replace(self.world, sources={**self.world.sources, **told})

    def with_ports(self, code: SourceCode, **ports: object) -> None:
        self.connect(replace(self.world.sources[code], **ports))  # type: ignore[arg-type]

    def switches(self, code: SourceCode) -> list[Switch]:
        ports = self.world.sources[code]
        played = (ports.catalogue, ports.locations, ports.stock, ports.inbound, ports.news, ports.hand_over)
        return [port.switch for port in played if port and hasattr(port, "switch")]

    def lose(self, code: SourceCode, fault: SourceError) -> None:
        for switch in self.switches(code):
            switch.fault = fault

    def find_again(self, code: SourceCode) -> None:
        for switch in self.switches(code):
            switch.fault = None

    async def sync(self) -> dict[tuple[str, str], SyncReport]:
        """Make the first full pass over everything."""
        return {(report.source, report.feed): report for report in await sync_everything(self.world)}

    async def full(self, code: SourceCode, feed: str = "stock") -> SyncReport:
        return await sync_feed(self.world, code, feed, WHOLE[feed], full=True)

    async def changes(self, code: SourceCode, feed: str) -> SyncReport:
        return await sync_feed(self.world, code, feed, DELTAS[feed])

    async def delta(self, code: SourceCode) -> SyncReport:
        return await self.changes(code, "stock")

    async def feed(self, code: SourceCode, name: str = "stock") -> FeedState:
        return await self.world.feeds.feed(code, name)

    def stock(self, sku: str, place: LocationCode) -> StockDoc:
        return self.database.stock[stock_key(Sku(sku), place)]

    def quantities(self, place: LocationCode) -> dict[str, int]:
        named = ((*sku_and_location(key), doc.q) for key, doc in self.database.stock.items())
        return {sku: quantity for sku, where, quantity in named if where == place}


def refusals(report: SyncReport) -> list[tuple[int, str, str]]:
    return [(one.index, one.item, one.reason) for one in report.rejected]
