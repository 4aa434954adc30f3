"""Stock documents as a channel sees them: safety stock in, freshness judged by the owner's bounds, ended holds free."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.domain.ids import LocationCode, Sku, SourceCode, sku_and_location
from gateway.domain.location import Location
from gateway.domain.network import Channel, Source
from gateway.domain.scope import ChannelScope, in_channel, kept_back
from gateway.domain.stock import Freshness, StockPosition
from gateway.ports.ledger import StockState
from gateway.ports.stores import FeedState


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is known of an owner of stock. `as_of_by_location`: as of when a complete pass left unchanged rows of it true."""

    fresh_for: timedelta
    stop_selling_when_older_than: timedelta
    states_on_hand: bool
    down: bool = False
    as_of_by_location: Mapping[LocationCode, datetime] = field(default_factory=dict)
    quarantined: frozenset[LocationCode] = frozenset()
    """Places whose last figures are not believed: the ones before stand, marked."""
    unread: Mapping[tuple[Sku, LocationCode | None], datetime | None] = field(default_factory=dict)
    """As of when that last held for positions of which a row was refused since; None: never."""

    def as_of(self, sku: Sku, location: LocationCode, stated_at: datetime) -> datetime:
        """Return as of when a figure holds: the later of its own time and of the last complete pass that told it."""
        told_at = self.as_of_by_location.get(location)
        if told_at is not None and self.unread:
            for position in ((sku, location), (sku, None)):
                if position in self.unread:
                    last_at = self.unread[position]
                    told_at = min(told_at, last_at) if told_at and last_at else None
        return stated_at if told_at is None else max(stated_at, told_at)


def source_facts(source: Source, feeds: Iterable[FeedState], *, down: bool) -> SourceFacts:
    """Return the facts of one source from its configuration, the watermarks of its feeds, and whether it is away."""
    as_of: dict[LocationCode, datetime] = {}
    own = [feed for feed in feeds if feed.source == source.code]
    for feed in own:
        for location, at in (feed.as_of_by_location or {}).items():
            as_of[location] = max(at, as_of.get(location, at))
    unread = {(one.sku, one.location): one.as_of for feed in own for one in feed.unread_positions}
    doubted = frozenset(one.location for feed in own for one in feed.quarantines)
    return SourceFacts(
        source.fresh_for, source.stop_selling_when_older_than, source.states == "ON_HAND", down, as_of, quarantined=doubted, unread=unread
    )


def positions_of(
    states: Sequence[StockState],
    channel: Channel,
    locations: Mapping[LocationCode, Location],
    facts_by_source: Mapping[SourceCode, SourceFacts],
    now: datetime,
) -> tuple[StockPosition, ...]:
    """Return the positions of the channel's locations; a place that the network no longer has, or of another channel, is left out."""
    positions = []
    for state in states:
        sku, code = sku_and_location(state.key)
        location = locations.get(code)
        facts = facts_by_source.get(state.source)
        if location is not None and facts is not None and in_channel(channel, location):
            positions.append(_position(state, sku, channel, location, facts, now))
    return tuple(positions)


def _position(state: StockState, sku: Sku, channel: Channel, location: Location, facts: SourceFacts, now: datetime) -> StockPosition:
    as_of = facts.as_of(sku, location.code, state.as_of)
    reserved, ended = 0, 0
    for marker in state.markers:
        if marker.expires_at is None:
            continue
        if marker.expires_at > now:
            reserved += marker.units
        else:
            ended += marker.units
    return StockPosition(
        sku=sku,
        location=location.code,
        stated=state.quantity,
        unavailable=state.unavailable,
        reserved=reserved,
        allocated=state.quantity - state.free - reserved - ended,
        safety_stock=kept_back(channel.safety_stock, sku, location) if channel.safety_stock else 0,
        as_of=as_of,
        source=state.source,
        freshness=_freshness(as_of, facts, now, doubted=location.code in facts.quarantined),
        states_on_hand=facts.states_on_hand,
        changed_at=state.changed_at,
        inbound=state.lots,
        sellable=now - as_of <= facts.stop_selling_when_older_than,
    )


def _freshness(as_of: datetime, facts: SourceFacts, now: datetime, *, doubted: bool) -> Freshness:
    if facts.down:
        return "DOWN"
    return "FRESH" if now - as_of <= facts.fresh_for and not doubted else "STALE"


def source_known(
    scope: ChannelScope,
    positions: Sequence[StockPosition],
    locations: Mapping[LocationCode, Location],
    facts_by_source: Mapping[SourceCode, SourceFacts],
) -> bool:
    """Tell whether "no position" means "none there": False when the owner of such a place is away and never told that place whole."""
    told = {position.location for position in positions}
    for code in scope:
        if code in told:
            continue
        facts = facts_by_source.get(locations[code].source)
        if facts is not None and facts.down and code not in facts.as_of_by_location:
            return False
    return True
