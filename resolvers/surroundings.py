"""Places, the catalogue's index and the standing of sources as this process last read them: what every answer is told from."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from types import MappingProxyType
from typing import Any

from gateway.domain.capacity import Rooms
from gateway.domain.circuits import Circuit, CircuitState, worst_of
from gateway.domain.errors import Unavailable
from gateway.domain.ids import ChannelCode, LocationCode, SourceCode
from gateway.domain.location import Location
from gateway.domain.network import Channel, Network, Source
from gateway.domain.pauses import standing as standing_place
from gateway.domain.published import holding
from gateway.domain.scope import ChannelScope, channel_scope
from gateway.domain.sourcing_terms import DEFAULT_PROFILE, SourcingProfile, profile_by_channel
from gateway.ports.browse import Browse
from gateway.ports.ledger import CapacityBook, Unbooked
from gateway.ports.profiles import Profiles, Unpublished
from gateway.ports.stores import FeedState, FeedStore, LocationStore, Pauses, Sightings, SourceHealth, Unpaused, Unsighted
from resolvers.positions import SourceFacts, source_facts

LIFE_S = 1.0
MOMENT_S = 0.05
"""How long who finds a reading old waits for the next: a database at work needs a tenth of it."""
YESTERDAY = timedelta(days=1)
"""No place is behind UTC by more: its day of today is read."""
FAILURES_TO_BE_DOWN = 3
VITAL_FEEDS: Mapping[str, frozenset[str]] = MappingProxyType({"ERP": frozenset({"catalogue"})})
"""The feeds whose loss takes a kind of source down; of the kinds not named here it is stock."""
STOCK = frozenset({"stock"})
VITAL_CIRCUITS: Mapping[str, frozenset[str]] = MappingProxyType({"ERP": frozenset({"catalogue", "hand_over.order"})})
"""The operations whose open circuit does so, likewise."""
STOCK_CIRCUITS = frozenset({"stock.snapshot", "stock.changes"})


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source does: `since` is when it became what it is, None when it always was."""

    source: Source
    health: SourceHealth
    since: datetime | None
    feeds: tuple[FeedState, ...] = ()
    circuits: tuple[Circuit, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One reading, the same for the whole of a request. Locations stand in the order of their codes."""

    locations: Mapping[LocationCode, Location]
    standings: Mapping[SourceCode, Standing]
    facts: Mapping[SourceCode, SourceFacts]
    untold: frozenset[LocationCode]
    """Places that their owner, which is away, never told whole: no position there does not mean none there."""
    read_at_s: float = float("-inf")
    rooms: Mapping[LocationCode, Rooms] = field(default_factory=dict)
    """What of the places' capacity is booked, or was set otherwise."""
    profiles: Mapping[ChannelCode, SourcingProfile] = field(default_factory=dict)
    """By what each channel's orders are sourced."""
    derived: dict[tuple[str, str], Any] = field(default_factory=dict)
    """What the outer rooms made of this reading, kept as long as it."""
    _scopes: dict[ChannelCode, ChannelScope] = field(default_factory=dict)

    def profile(self, channel: ChannelCode) -> SourcingProfile:
        return self.profiles.get(channel, DEFAULT_PROFILE)

    def scope(self, channel: Channel) -> ChannelScope:
        if channel.code not in self._scopes:
            self._scopes[channel.code] = channel_scope(channel, self.locations.values())
        return self._scopes[channel.code]


class SurroundingsCache:
    """The last reading of this process, read again once it is older than a second, kept while the database is away.

    Whoever finds it old starts the reading and gives it a moment; a database that hangs keeps nobody waiting for more.
    """

    def __init__(
        self,
        locations: LocationStore,
        feeds: FeedStore,
        browse: Browse,
        network: Network,
        life_s: float = LIFE_S,
        sightings: Sightings | None = None,
        pauses: Pauses | None = None,
        capacity: CapacityBook | None = None,
        profiles: Profiles | None = None,
    ) -> None:
        self._locations, self._feeds, self._browse, self._network, self._life_s = locations, feeds, browse, network, life_s
        self._sightings, self._pauses, self._capacity = sightings or Unsighted(), pauses or Unpaused(), capacity or Unbooked()
        self._profiles = profiles or Unpublished()
        self._last: Surroundings | None = None
        self._reading: asyncio.Task[None] | None = None

    async def current(self, now: datetime) -> Surroundings:
        """Return the reading to answer from; raises Unavailable when there never was one and the database is away."""
        if self._last is None:
            self._last = await self._read(now)
        elif not self._is_young(self._last) and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(self._read_again(now), name="surroundings")
            await asyncio.wait([self._reading], timeout=MOMENT_S)
        return self._last

    async def anew(self, now: datetime) -> Surroundings:
        """Read now, for those who have just changed something; raises Unavailable when the database is away."""
        if self._reading is not None:
            self._reading.cancel()
        self._last = await self._read(now)
        return self._last

    @property
    def last(self) -> Surroundings:
        """Return the last reading without waiting; raises LookupError before there is one."""
        if self._last is None:
            raise LookupError("await current() first: nothing was read yet")
        return self._last

    def _is_young(self, reading: Surroundings) -> bool:
        return monotonic() - reading.read_at_s < self._life_s

    async def _read_again(self, now: datetime) -> None:
        with contextlib.suppress(Unavailable):
            self._last = await self._read(now)

    async def _read(self, now: datetime) -> Surroundings:
        (told, pauses, published, _), (feeds, seen, rooms) = await asyncio.gather(
            asyncio.gather(self._locations.locations(), self._pauses.pauses(), self._profiles.profiles(), self._browse.refresh()),
            asyncio.gather(self._feeds.feeds(), self._sightings.seen(), self._capacity.rooms((now - YESTERDAY).date())),
        )
        word_by_place = {pause.location: pause for pause in pauses}
        places = [self._as_known(standing_place(place, word_by_place.get(place.code), now)) for place in told]
        reading = surroundings(self._network, places, feeds, worst_of(seen), now, monotonic())
        return replace(reading, rooms=rooms, profiles=holding(self._network.profiles, published))

    def _as_known(self, place: Location) -> Location:
        """Return the very object of the last reading where nothing has changed: what was reckoned for it stays."""
        known = self._last.locations.get(place.code) if self._last else None
        return known if known is not None and known == place else place


def surroundings(
    network: Network,
    places: Iterable[Location],
    feeds: Sequence[FeedState],
    circuits: Sequence[Circuit],
    now: datetime,
    read_at_s: float,
) -> Surroundings:
    by_code = {place.code: place for place in sorted(places, key=lambda place: place.code)}
    by_source = standings(network, feeds, circuits, now)
    facts = {code: source_facts(told.source, told.feeds, down=told.health == "DOWN") for code, told in by_source.items()}
    untold = frozenset(code for code, place in by_code.items() if is_untold(place, by_source, facts))
    profiles = profile_by_channel(network.profiles)
    return Surroundings(MappingProxyType(by_code), by_source, MappingProxyType(facts), untold, read_at_s, profiles=profiles)


def is_untold(place: Location, by_source: Mapping[SourceCode, Standing], facts: Mapping[SourceCode, SourceFacts]) -> bool:
    standing = by_source.get(place.source)
    if standing is None or place.code in facts[place.source].as_of_by_location:
        return False
    stock = next((feed for feed in standing.feeds if feed.name in STOCK), None)
    return stock is None or stock.failures > 0 or stock.last_full_at is None


def standings(network: Network, feeds: Sequence[FeedState], circuits: Sequence[Circuit], now: datetime) -> Mapping[SourceCode, Standing]:
    told: dict[SourceCode, Standing] = {}
    for source in network.sources:
        of_it = tuple(sorted((feed for feed in feeds if feed.source == source.code), key=lambda feed: feed.name))
        told[source.code] = standing(source, of_it, tuple(one for one in circuits if one.source == source.code), now)
    return MappingProxyType(told)


def standing(source: Source, feeds: tuple[FeedState, ...], circuits: tuple[Circuit, ...], now: datetime) -> Standing:
    """Judge a source: DOWN when its vital feed failed three times in a row, or the circuit of that is open.

    DEGRADED when any feed fails, is late or not believed, or any circuit is not closed; else UP.
    """
    names, ways = VITAL_FEEDS.get(source.kind, STOCK), VITAL_CIRCUITS.get(source.kind, STOCK_CIRCUITS)
    vital = [feed for feed in feeds if feed.name in names] or feeds
    down = [feed.failing_since for feed in vital if feed.failures >= FAILURES_TO_BE_DOWN]
    down += [circuit.since for circuit in circuits if circuit.operation in ways and circuit.state is CircuitState.OPEN]
    if down:
        return Standing(source, "DOWN", earliest(down), feeds, circuits)
    behind = [feed for feed in feeds if feed.failures or feed.whole_error or feed.quarantines or is_late(source, feed, now)]
    ailing = [ailing_since(source, feed) for feed in behind]
    ailing += [circuit.since for circuit in circuits if circuit.state is not CircuitState.CLOSED]
    if ailing:
        return Standing(source, "DEGRADED", earliest(ailing), feeds, circuits)
    return Standing(source, "UP", None, feeds, circuits)


def ailing_since(source: Source, feed: FeedState) -> datetime | None:
    return feed.failing_since or earliest(one.at for one in feed.quarantines) or late_since(source, feed)


def is_late(source: Source, feed: FeedState, now: datetime) -> bool:
    """Tell whether a feed that is polled has not come in for longer than its figures count as fresh."""
    late_at = late_since(source, feed)
    return feed.name in STOCK and late_at is not None and now > late_at


def late_since(source: Source, feed: FeedState) -> datetime | None:
    return None if feed.last_sync_at is None else feed.last_sync_at + max(source.fresh_for, source.poll_every)


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
