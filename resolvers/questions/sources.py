"""Sources: how the systems behind the gateway do, how old their news is, and what is owed to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.circuits import Circuit
from gateway.domain.ids import SourceCode
from gateway.domain.network import Source
from gateway.domain.outbox import HandOverState
from gateway.domain.stock import Freshness
from gateway.ports.stores import FeedState, SourceHealth
from resolvers.context import Context
from resolvers.surroundings import FAILURES_TO_BE_DOWN


@dataclass(frozen=True, slots=True)
class SourceTold:
    """A source as a caller may see it: `feeds`, `circuits` and `owed` None for callers without sources:read."""

    source: Source
    health: SourceHealth
    since: datetime | None
    feeds: tuple[FeedState, ...] | None
    owed: dict[HandOverState, int] | None
    circuits: tuple[Circuit, ...] | None = None


async def sources(context: Context) -> Sequence[SourceTold]:
    standings = context.surroundings.standings.values()
    if not context.principal.may("sources:read"):
        return [SourceTold(told.source, told.health, told.since, None, None) for told in standings]
    counts = await context.world.outbox.counts()
    return [
        SourceTold(told.source, told.health, told.since, told.feeds, counts.get(told.source.code, {}), told.circuits) for told in standings
    ]


def source_named(context: Context, code: SourceCode) -> SourceTold:
    """Return a source as it stands beside a figure or message of its own; what is owed to it is told by `sources` alone."""
    standing = context.surroundings.standings.get(code)
    if standing is None:
        return SourceTold(Source(code, "FILES", ""), "DOWN", None, None, None)
    if not context.principal.may("sources:read"):
        return SourceTold(standing.source, standing.health, standing.since, None, None)
    return SourceTold(standing.source, standing.health, standing.since, standing.feeds, None, standing.circuits)


def as_of(feed: FeedState) -> datetime | None:
    """Return the time of the feed's newest figure."""
    return max((feed.as_of_by_location or {}).values(), default=feed.last_sync_at)


def lag_s(feed: FeedState, now: datetime) -> int | None:
    newest_at = as_of(feed)
    return None if newest_at is None else max(0, int((now - newest_at).total_seconds()))


def last_error(feed: FeedState) -> str | None:
    """Return why its last pass failed, or else its last whole one."""
    return feed.last_error or feed.whole_error


def freshness(source: Source, feed: FeedState, now: datetime) -> Freshness:
    if feed.failures >= FAILURES_TO_BE_DOWN or feed.last_sync_at is None:
        return "DOWN"
    bound = max(source.fresh_for, source.full_every) if feed.name in {"catalogue", "locations"} else source.fresh_for
    return "FRESH" if now - feed.last_sync_at <= bound else "STALE"
