"""All feeds of one source, in the order in which they build on each other."""

import asyncio
from collections.abc import Sequence

from gateway.domain.ids import SourceCode
from resolvers.context import World
from resolvers.sync.catalogue import take_locations, take_products
from resolvers.sync.feeds import Pass, sync_feed
from resolvers.sync.inbound import take_inbound
from resolvers.sync.news import take_news
from resolvers.sync.report import Progress, SyncReport, quiet
from resolvers.sync.stock import take_changes, take_snapshot

MASTER_DATA: dict[str, Pass] = {"locations": take_locations, "catalogue": take_products}
FIGURES: dict[str, Pass] = {"stock": take_snapshot, "inbound": take_inbound}
DELTAS: dict[str, Pass] = {"stock": take_changes, "inbound": take_inbound, "news": take_news}


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
    return await sync_feeds(world, source, {**MASTER_DATA, **FIGURES}, full=True, progress=progress)


async def sync_everything(world: World, progress: Progress = quiet) -> list[SyncReport]:
    """Make the first full pass: places, then the minting source's catalogue, then all else, sources side by side."""
    codes = list(world.sources)
    minting = world.network.minting_source
    others = [code for code in codes if code != minting]
    reports = await sync_side_by_side(world, codes, {"locations": take_locations}, progress)
    reports += await sync_feeds(world, minting, {"catalogue": take_products}, full=True, progress=progress)
    reports += await sync_side_by_side(world, others, {"catalogue": take_products}, progress)
    return reports + await sync_side_by_side(world, codes, FIGURES, progress)


async def sync_side_by_side(world: World, codes: Sequence[SourceCode], feeds: dict[str, Pass], progress: Progress) -> list[SyncReport]:
    passes = [sync_feeds(world, code, feeds, full=True, progress=progress) for code in codes]
    return [report for reports in await asyncio.gather(*passes) for report in reports]
