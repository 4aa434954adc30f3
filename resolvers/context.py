"""What a question or a command has at hand: the caller, the moment, and the world behind its ports."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from time import perf_counter
from typing import Any, TypeVar, cast

from gateway.domain.circuits import Circuit
from gateway.domain.ids import ChannelCode, LocationCode, Rid, Sku, SourceCode
from gateway.domain.network import Channel, Network
from gateway.domain.principal import Principal
from gateway.domain.promise.passages import Passages
from gateway.domain.promise.points import Points
from gateway.domain.quantities import GeoPosition
from gateway.domain.sourcing_terms import SourcingProfile
from gateway.domain.stock import StockPosition
from gateway.ports.browse import Browse, Unindexed
from gateway.ports.decisions import Decisions, Undecided
from gateway.ports.ledger import CapacityBook, Claims, StockBook, Unbooked
from gateway.ports.order_book import OrderBook, Outbox
from gateway.ports.profiles import Profiles, Unpublished
from gateway.ports.sources import (
    CatalogueSource,
    HandOverTarget,
    InboundSource,
    LocationSource,
    Mailbox,
    StockSource,
    WebhookReader,
    WorkNewsSource,
)
from gateway.ports.stores import CatalogueStore, Clock, FeedStore, Inbox, Leases, LocationStore, Pauses, Sightings, Unpaused, Unsighted
from gateway.ports.view import PositionView
from resolvers.order_news import OrderNews
from resolvers.promise_record import Judging, PromiseRecord
from resolvers.solving import Solvers
from resolvers.surroundings import Surroundings, SurroundingsCache


@dataclass(frozen=True, slots=True)
class SourcePorts:
    """One system behind the gateway by the roles that it plays; None: it does not play it."""

    code: SourceCode
    catalogue: CatalogueSource | None = None
    locations: LocationSource | None = None
    stock: StockSource | None = None
    inbound: InboundSource | None = None
    hand_over: HandOverTarget | None = None
    news: WorkNewsSource | None = None
    webhooks: WebhookReader | None = None
    mailbox: Mailbox | None = None
    circuits: Callable[[], Sequence[Circuit]] = tuple
    """How this process fares with it."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Server keys, newest first where they rotate."""

    tokens: tuple[bytes, ...]
    """Sign promise tokens."""
    orders: bytes
    """Derives order secrets and pickup codes: HMAC(key, rid, generation)."""


@dataclass(frozen=True)
class World:
    """Everything behind the ports, shared by all requests of a process; made once, by the wiring."""

    network: Network
    clock: Clock
    secrets: Secrets
    claims: Claims
    stock: StockBook
    orders: OrderBook
    outbox: Outbox
    view: PositionView
    catalogue: CatalogueStore
    locations: LocationStore
    feeds: FeedStore
    inbox: Inbox
    leases: Leases
    sources: Mapping[SourceCode, SourcePorts]
    read_profile: Callable[[str, str, tuple[ChannelCode, ...], Collection[LocationCode]], SourcingProfile]
    """The profile of a definition (TOML) under a name, for some channels, of some places; raises ProfileInvalid."""
    definition_of: Callable[[SourcingProfile], str]
    postcode_positions: Callable[[str, str], GeoPosition | None] = lambda _country, _postcode: None
    """Center of a postcode by (country, postcode)."""
    points: Points = field(default_factory=Points)
    """Carriers' parcel shops and lockers."""
    holidays: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """ISO dates of public holidays by country."""
    country_time_zones: Mapping[str, str] = field(default_factory=dict)
    """The time that all of a country keeps, of countries of which that can be said."""
    browse: Browse = field(default_factory=Unindexed)
    """The catalogue's index in this process."""
    profiles: Profiles = field(default_factory=Unpublished)
    loaded_at: datetime | None = None
    """When this process read the network file; None: now."""
    decisions: Decisions = field(default_factory=Undecided)
    sightings: Sightings = field(default_factory=Unsighted)
    news_at_once: int = 8
    """Orders of which news of one source is taken in at the same time."""
    capacity: CapacityBook = field(default_factory=Unbooked)
    passages: Passages = field(default_factory=Passages)
    """What the promise engine remembers from one request to the next."""
    pauses: Pauses = field(default_factory=Unpaused)
    solvers: Solvers = field(default_factory=Solvers)
    """Where integer programs of sourcing are solved."""
    judging: Judging = field(default_factory=Judging)
    """Which past promises count for the confidence in new ones."""
    view_max_lag_s: float = 15.0
    """Behind the ledger by more than this, positions are told as STALE."""

    @cached_property
    def surroundings(self) -> SurroundingsCache:
        """What this process last read of places, products and sources."""
        return SurroundingsCache(
            self.locations,
            self.feeds,
            self.browse,
            self.network,
            sightings=self.sightings,
            pauses=self.pauses,
            profiles=self.profiles,
            capacity=self.capacity,
        )

    @cached_property
    def promise_record(self) -> PromiseRecord:
        """How often past promises were kept, as this process last counted it."""
        return PromiseRecord(self.orders, self.judging)

    @cached_property
    def order_news(self) -> OrderNews:
        """News of orders for all who follow one in this process."""
        return OrderNews(self.orders)

    @cached_property
    def country_time_zone(self) -> dict[str, str]:
        """In which zone the days of a country are counted: of the retailer's own country, in its own."""
        return {**self.country_time_zones, self.network.country: self.network.time_zone}

    def circuits(self) -> Sequence[Circuit]:
        """Return how this process fares with every source."""
        return [circuit for ports in self.sources.values() for circuit in ports.circuits()]

    def channel(self, code: ChannelCode | str | None, principal: Principal) -> Channel | None:
        """Return the channel of a call: the named one, the caller's own, or the network's first; None for an unknown name."""
        wanted = code or principal.channel
        if wanted is None:
            return self.network.channels[0]
        return next((channel for channel in self.network.channels if channel.code == wanted), None)


L = TypeVar("L")
A = TypeVar("A")


@dataclass
class Context:
    """One operation of one caller. Loaders live as long as it does (resolvers/loaders.py)."""

    world: World
    principal: Principal
    now: datetime
    trace_id: str = ""
    max_age_s: int | None = None
    """The tightest bound asked for in this request; counts for the whole of it."""
    secret_rids: set[Rid] = field(default_factory=set)
    """Orders whose own secret this request has shown: their personal data may be told."""
    stock_cells: int = 0
    """Figures of locations x skus asked for so far; bounded."""
    products_told: int = 0
    """Products of groups answered so far; bounded."""
    products_quoted: int = 0
    """Products whose promises were asked for one by one so far; bounded."""
    planning_s: float = 0.0
    """How long the engine has searched for this operation's plans."""
    positions: dict[tuple[ChannelCode, Sku], tuple[StockPosition, ...]] = field(default_factory=dict)
    """Positions that this request has judged already."""
    _surroundings: Surroundings | None = None
    _loaders: dict[Callable[["Context"], Any], Any] = field(default_factory=dict)

    async def ready(self) -> Surroundings:
        """Take the reading of places and sources that this request is answered from; needed once, before anything is asked."""
        if self._surroundings is None:
            self._surroundings = await self.world.surroundings.current(self.now)
        return self._surroundings

    async def planned(self, ask: Callable[[], A]) -> A:
        """Return what the engine says to a repeatable question, large plans searched for aside; how long that took is counted."""
        begun_s = perf_counter()
        try:
            return await self.world.solvers.answered(ask)
        finally:
            self.planning_s += perf_counter() - begun_s

    async def look_again(self) -> Surroundings:
        """Answer the rest of this request from what holds after its own change of places."""
        self.forget()
        self._surroundings = await self.world.surroundings.anew(self.now)
        return self._surroundings

    @property
    def surroundings(self) -> Surroundings:
        if self._surroundings is None:
            self._surroundings = self.world.surroundings.last
        return self._surroundings

    def later(self) -> "Context":
        """Return a context of the same caller and trace at this moment, with nothing loaded yet."""
        return Context(self.world, self.principal, self.world.clock.now(), self.trace_id, self.max_age_s, self.secret_rids)

    def forget(self) -> None:
        """Drop what was loaded: a command of this request has changed it."""
        self._loaders.clear()
        self.positions.clear()

    def loader(self, kind: Callable[["Context"], L]) -> L:
        """Return this request's one loader of a kind; made at first use, inside the running loop."""
        if kind not in self._loaders:
            self._loaders[kind] = kind(self)
        return cast("L", self._loaders[kind])
