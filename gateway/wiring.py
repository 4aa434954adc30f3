"""The one file that says which adapter stands behind which port."""

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from adapters.built import BuiltPorts
from adapters.edi import source as edi
from adapters.files import source as files
from adapters.memory.search import CatalogueIndex
from adapters.memory.view.follower import ViewFollower
from adapters.memory.view.whole import WholeView
from adapters.mongo.capacity_book import MongoCapacityBook
from adapters.mongo.catalogue_store import MongoCatalogueStore
from adapters.mongo.claims import MongoClaims
from adapters.mongo.client import Database, answers, connect, patient
from adapters.mongo.combining import Combining
from adapters.mongo.decisions import MongoDecisions
from adapters.mongo.embedded import EmbeddedDatabase
from adapters.mongo.feed_store import MongoFeedStore
from adapters.mongo.inbox import MongoInbox
from adapters.mongo.leases import MongoLeases
from adapters.mongo.location_store import MongoLocationStore
from adapters.mongo.order_book import MongoOrderBook
from adapters.mongo.outbox import MongoOutbox
from adapters.mongo.pauses import MongoPauses
from adapters.mongo.profiles import MongoProfiles
from adapters.mongo.sightings import MongoSightings
from adapters.mongo.stock_book import MongoStockBook
from adapters.mongo.writes import Bounds, outwaiting
from adapters.rest import source as rest
from adapters.transport.breaker import BreakerBounds
from adapters.transport.bulkhead import BulkheadBounds
from adapters.transport.calls import Limits
from adapters.tryton import source as tryton
from gateway.domain.claims.meaning import Times
from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.ids import SourceCode
from gateway.domain.network import Network, Source
from gateway.domain.promise.points import Points
from gateway.domain.quantities import GeoPosition
from gateway.network.carrier_points import points_of
from gateway.network.codes import country_time_zones
from gateway.network.locations import NetworkLocations, has_locations
from gateway.network.postcodes import load_postcodes
from gateway.network.profiles import definition_of, read_profile
from gateway.network.public_holidays import holiday_dates
from gateway.ports.sources import Mailbox
from gateway.ports.stores import Clock
from gateway.settings import Settings
from resolvers.context import Secrets, SourcePorts, World
from resolvers.lookout import Lookout
from resolvers.promise_record import Judging
from resolvers.questions.profiles import of_file_since
from resolvers.solving import Solvers

Build = Callable[..., BuiltPorts]
ADAPTERS: Mapping[str, Build] = {"rest": rest.build, "files": files.build, "edi": edi.build, "tryton": tryton.build}
YEARS = 3
"""So far back past orders are sourced again, and so long a process runs: of all these years it knows the public holidays."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@contextlib.contextmanager
def embedded_database(data: Path) -> Iterator[str]:
    """Run the embedded database on a folder; yield its address."""
    with EmbeddedDatabase(data) as database:
        yield database.uri


def in_no_hurry(settings: Settings) -> contextlib.AbstractContextManager[None]:
    """Let a pass outwait a database that is busy with it: nobody waits for its answer."""
    return outwaiting(settings.pass_patience_s)


@contextlib.asynccontextmanager
async def built_sources(
    network: Network, settings: Settings, chosen: Sequence[Source] | None = None
) -> AsyncIterator[dict[SourceCode, SourcePorts]]:
    """Build the ports of every source, or of some; close them at the end."""
    built = [(source, build(source, network, SystemClock(), settings)) for source in (network.sources if chosen is None else chosen)]
    try:
        yield {source.code: ports(source, network, one, SystemClock()) for source, one in built}
    finally:
        await asyncio.gather(*(one.close() for _, one in built), return_exceptions=True)


def with_mailbox(network: Network) -> list[Source]:
    """Return the sources whose files lie in a mailbox."""
    return [source for source in network.sources if "mailbox" in source.options]


@contextlib.asynccontextmanager
async def mailboxes(network: Network, settings: Settings, codes: Collection[SourceCode]) -> AsyncIterator[dict[SourceCode, Mailbox]]:
    """Open the mailboxes of some sources; no other source is built, so that none of their credentials is needed."""
    async with built_sources(network, settings, [one for one in with_mailbox(network) if one.code in codes]) as sources:
        yield {code: ports.mailbox for code, ports in sources.items() if ports.mailbox}


def build(source: Source, network: Network, clock: Clock, settings: Settings) -> BuiltPorts:
    return builder(source)(source, network, clock, limits=limits_of_calls(settings))


def builder(source: Source) -> Build:
    """Return what builds a source: an adapter of ours by its name, any other as `module:function`."""
    module, colon, name = source.adapter.partition(":")
    if not colon:
        return ADAPTERS[source.adapter]
    try:
        found: Build = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        problem = f"sources.{source.code}.adapter: {source.adapter} cannot be imported ({error}); install it, or set PYTHONPATH"
        raise ConfigurationInvalid(f"source {source.code}", [problem]) from error
    return found


def limits_of_calls(settings: Settings) -> Limits:
    """Return what calls to a source may cost; its section of the network file stands over it."""
    return Limits(
        read_timeout_s=settings.read_timeout_s,
        feed_timeout_s=settings.feed_timeout_s,
        mutation_timeout_s=settings.mutation_timeout_s,
        connect_timeout_s=settings.connect_timeout_s,
        budget_margin_s=settings.budget_margin_s,
        slow_share=settings.slow_share,
        max_bytes=settings.source_max_bytes,
        feed_max_bytes=settings.feed_max_bytes,
        max_depth=settings.source_max_json_depth,
        second_tries_share=settings.second_tries_share,
        second_tries_saved=settings.second_tries_saved,
        hedge_after_s=settings.hedge_after_s,
        bulkhead=BulkheadBounds(settings.bulkhead_fewest, settings.bulkhead_most, settings.bulkhead_wait_s, settings.bulkhead_loops_share),
        breaker=BreakerBounds(
            settings.breaker_window_s,
            settings.breaker_fewest_calls,
            settings.breaker_failed_share,
            settings.breaker_slow_share,
            settings.breaker_pause_s,
            settings.breaker_longest_pause_s,
            settings.breaker_pause_spread,
            settings.breaker_probes,
            settings.breaker_forget_after_s,
        ),
    )


def ports(source: Source, network: Network, built: BuiltPorts, clock: Clock) -> SourcePorts:
    """Return a source's ports with the network file's words on places laid over the source's own."""
    tells_places = built.locations is not None or has_locations(network, source.code)
    return SourcePorts(
        code=source.code,
        catalogue=built.catalogue,
        locations=NetworkLocations(network, source.code, built.locations, clock) if tells_places else None,
        stock=built.stock,
        inbound=built.inbound,
        hand_over=built.hand_over,
        news=built.news,
        webhooks=built.webhooks,
        mailbox=built.mailbox,
        circuits=built.circuits,
    )


@dataclass
class Running:
    """A wired world, and what must be started before it answers and closed after."""

    world: World
    database: Database
    follower: ViewFollower
    lookout: Lookout
    closing: contextlib.AsyncExitStack
    stop_s: float

    async def start(self) -> None:
        """Fill the view and follow the ledger; tell what is seen of the sources, and since when the file's profiles are known."""
        await self.follower.start()
        await of_file_since(self.world)
        self.lookout.start()

    async def stop(self) -> None:
        """Close everything; what hangs, as it does over a database that does not answer, is left behind after a while."""
        for closed in (self.lookout.stop(), self.follower.stop(), self.closing.aclose()):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.stop_s):
                    await closed

    async def database_answers(self) -> bool:
        return await answers(self.database)

    def positions(self) -> int:
        return self.follower.metrics.positions

    def rebuilds(self) -> int:
        return self.follower.metrics.rebuilds


async def connected(settings: Settings, network: Network, *, with_sources: bool = True) -> Running:
    """Connect to the database, check it, and wire everything; raises Unavailable or a start-up refusal.

    Without sources no credential of theirs is needed, and none can be called.
    """
    closing = contextlib.AsyncExitStack()
    times = times_of(settings)
    bounds = Bounds(settings.database_timeout_s)
    database = await closing.enter_async_context(connect(str(settings.mongodb_uri), settings.database, settings.database_timeout_s, times))
    sources = await closing.enter_async_context(built_sources(network, settings)) if with_sources else {}
    reading = closing.enter_context(patient(str(settings.mongodb_uri), settings.database, bounds))
    stock = MongoStockBook(database, times, time_ordered(network), bounds, reading, settings.view_asks_every_s)
    clock, view = SystemClock(), WholeView()
    catalogue, points = MongoCatalogueStore(database, bounds), points_of(network)
    combining = Combining(settings.most_combined, settings.admission_s, settings.folded_from, settings.most_markers, settings.most_folds)
    world = World(
        network=network,
        clock=clock,
        secrets=secrets_of(settings),
        claims=MongoClaims(database, times, bounds, combining),
        stock=stock,
        orders=MongoOrderBook(database, times, bounds, combining),
        outbox=MongoOutbox(database, bounds, combining),
        view=view,
        catalogue=catalogue,
        locations=MongoLocationStore(database, bounds),
        feeds=MongoFeedStore(database, bounds),
        inbox=MongoInbox(database, bounds),
        leases=MongoLeases(database, bounds),
        capacity=MongoCapacityBook(database, bounds),
        pauses=MongoPauses(database, bounds),
        profiles=MongoProfiles(database, bounds),
        loaded_at=clock.now(),
        decisions=MongoDecisions(database, bounds),
        sightings=MongoSightings(database, bounds, settings.sighting_lives_s),
        sources=sources,
        read_profile=partial(read_profile, known=frozenset(channel.code for channel in network.channels)),
        definition_of=definition_of,
        postcode_positions=postcode_positions(network),
        points=points,
        holidays=holidays_of(network, points, clock.now().date()),
        country_time_zones=country_time_zones(),
        browse=CatalogueIndex(catalogue),
        news_at_once=settings.news_at_once,
        judging=Judging(settings.promises_judged_days, settings.promises_judged_most, settings.promises_judged_every_s),
        view_max_lag_s=settings.view_max_lag_s,
        solvers=Solvers(settings.solver_threads),
    )
    lookout = Lookout(world.sightings, world.circuits, settings.sighting_every_s)
    return Running(world, database, ViewFollower(stock, view), lookout, closing, settings.stop_s)


def times_of(settings: Settings) -> Times:
    return Times(*(round(seconds * 1000) for seconds in (settings.claim_deadline_s, settings.clock_skew_s, settings.supply_early_s)))


def time_ordered(network: Network) -> frozenset[SourceCode]:
    """Return the sources that number nothing."""
    return frozenset(source.code for source in network.sources if source.ordered_by == "TIME")


def secrets_of(settings: Settings) -> Secrets:
    """Return the server's own keys; a command that answers no request runs without."""
    tokens = settings.token_keys.get_secret_value().split(",") if settings.token_keys else []
    orders = settings.order_key.get_secret_value() if settings.order_key else ""
    return Secrets(tuple(key.strip().encode() for key in tokens), orders.encode())


def postcode_positions(network: Network) -> Callable[[str, str], GeoPosition | None]:
    return load_postcodes(Path(network.postcode_file)) if network.postcode_file else lambda _country, _postcode: None


def holidays_of(network: Network, points: Points, today: date) -> dict[str, frozenset[str]]:
    """Return the public holidays of every country, and region, that something is delivered to, or whose holidays close a parcel shop."""
    zones = [zone for carrier in network.carriers for one in carrier.services for zone in one.zones]
    named = {network.country, *(zone.country for zone in zones), *(zone.holidays for zone in zones if zone.holidays), *points.closed_by}
    return holiday_dates(named, range(today.year - YEARS, today.year + YEARS + 1))
