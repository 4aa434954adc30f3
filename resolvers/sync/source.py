"""All feeds of one source, in the order in which they build on each other."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from gateway.domain.ids import SourceCode
from gateway.domain.network import Source
from gateway.ports.stores import FeedState
from resolvers.context import World
from resolvers.sync.catalogue import take_products
from resolvers.sync.feeds import Pass, sync_feed
from resolvers.sync.inbound import take_inbound
from resolvers.sync.locations import take_locations
from resolvers.sync.news import take_news
from resolvers.sync.report import Progress, SyncReport, quiet
from resolvers.sync.stock import take_changes, take_snapshot

MASTER_DATA: dict[str, Pass] = {"locations": take_locations, "catalogue": take_products}
FIGURES: dict[str, Pass] = {"stock": take_snapshot, "inbound": take_inbound}
WHOLE = {**MASTER_DATA, **FIGURES}
DELTAS: dict[str, Pass] = {"catalogue": take_products, "stock": take_changes, "inbound": take_inbound, "news": take_news}
FEEDS = (*WHOLE, "news")


def plays(world: World, source: SourceCode, feed: str) -> bool:
    ports = world.sources[source]
    roles = {
        "locations": ports.locations,
        "catalogue": ports.catalogue,
        "stock": ports.stock,
        "inbound": ports.inbound,
        "news": ports.news,
    }
    return roles[feed] is not None


async def sync_feeds(
    world: World, source: SourceCode, feeds: dict[str, Pass], *, full: bool, progress: Progress = quiet
) -> list[SyncReport]:
    return [
        await sync_feed(world, source, name, run, full=full, progress=progress) for name, run in feeds.items() if plays(world, source, name)
    ]


async def sync_source(world: World, source: SourceCode, progress: Progress = quiet) -> list[SyncReport]:
    """Make a full pass over every feed of one source."""
    return await sync_feeds(world, source, WHOLE, full=True, progress=progress)


async def sync_everything(world: World, progress: Progress = quiet) -> list[SyncReport]:
    """Make the first full pass: places, then the minting source's catalogue, then all else, sources side by side.

    Until that catalogue has been read once nothing else can be named, so nothing else is read.
    """
    codes = list(world.sources)
    minting = world.network.minting_source
    others = [code for code in codes if code != minting]
    reports = await sync_side_by_side(world, codes, {"locations": take_locations}, progress)
    if minting in world.sources:
        reports += await sync_feeds(world, minting, {"catalogue": take_products}, full=True, progress=progress)
    if not await has_names(world):
        return reports
    reports += await sync_side_by_side(world, others, {"catalogue": take_products}, progress)
    return reports + await sync_side_by_side(world, codes, FIGURES, progress)


async def sync_side_by_side(world: World, codes: Sequence[SourceCode], feeds: dict[str, Pass], progress: Progress) -> list[SyncReport]:
    passes = [sync_feeds(world, code, feeds, full=True, progress=progress) for code in codes]
    return [report for reports in await asyncio.gather(*passes) for report in reports]


async def has_names(world: World) -> bool:
    """Tell whether our skus are known: the minting source's catalogue was read once, or it has none to read."""
    minting = world.network.minting_source
    ports = world.sources.get(minting)
    if ports is None or ports.catalogue is None:
        return True
    return (await world.feeds.feed(minting, "catalogue")).last_full_at is not None


async def sync_due(world: World, source: Source) -> list[SyncReport]:
    """Make one round over a source: feeds whose whole pass is due, else what changed in them, and news of its work."""
    feeds = [name for name in FEEDS if plays(world, source.code, name)]
    reports = [await sync_in_turn(world, source, name) for name in feeds if await may_be_read(world, source.code, name)]
    return [report for report in reports if report]


async def sync_in_turn(world: World, source: Source, feed: str) -> SyncReport | None:
    """Read a feed whole when that is due, else what changed; after a failure changes get their turn first, where there are any."""
    state = await world.feeds.feed(source.code, feed)
    due = feed in WHOLE and is_due(source, state, world)
    report = None if due and is_turn_of_whole(state) else await sync_changes(world, source.code, feed)
    if due and (report is None or report.unasked):
        return await sync_feed(world, source.code, feed, WHOLE[feed], full=True)
    return report


async def sync_changes(world: World, source: SourceCode, feed: str) -> SyncReport | None:
    """Make a pass over what changed; None where a feed has none, or would be read whole each time."""
    run = DELTAS.get(feed)
    return await sync_feed(world, source, feed, run) if run and await has_changes(world, source, feed) else None


async def may_be_read(world: World, source: SourceCode, feed: str) -> bool:
    """Tell whether a feed's rows can be named; places and the minting catalogue itself always can, and news names orders."""
    if feed in {"locations", "news"} or (feed == "catalogue" and source == world.network.minting_source):
        return True
    return await has_names(world)


async def has_changes(world: World, source: SourceCode, feed: str) -> bool:
    """A catalogue without a cursor would be read whole each time."""
    return feed != "catalogue" or (await world.feeds.feed(source, feed)).cursor is not None


def is_due(source: Source, state: FeedState, world: World) -> bool:
    """Tell whether a feed must be read whole: never read so, or too long ago, or to see whether it says again what was not believed."""
    if state.last_full_at is not None and state.quarantines:
        waited = world.clock.now() - source.guard.confirm_after
        return any(one.released or one.looked_at is None or one.looked_at <= waited for one in state.quarantines)
    return state.last_full_at is None or world.clock.now() - state.last_full_at > full_every(source, state)


def is_turn_of_whole(state: FeedState) -> bool:
    """A feed that was never read whole is tried every time, any other one at every second failure."""
    return state.last_full_at is None or state.failures % 2 == 0


def full_every(source: Source, state: FeedState) -> timedelta:
    """Stock without a change feed is read whole often enough to stay fresh."""
    if state.name == "stock" and state.cursor is None:
        return min(source.full_every, max(source.poll_every, source.fresh_for / 2))
    return source.full_every
