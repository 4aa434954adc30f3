"""What a person says of a source's stock: believe what looked like garbage, or know that it counts anew."""

from dataclasses import replace

from gateway.domain.errors import NotFound
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.quarantine import Quarantine
from gateway.ports.stores import FeedState
from resolvers.context import World
from resolvers.sync.asking import ask_again


async def quarantined(world: World, source: SourceCode | None = None) -> dict[SourceCode, tuple[Quarantine, ...]]:
    """Return the places whose last figures are not believed, by source."""
    feeds = [feed for feed in await world.feeds.feeds() if feed.quarantines and source in {None, feed.source}]
    return {feed.source: feed.quarantines for feed in feeds}


async def release(world: World, source: SourceCode, location: LocationCode | None = None) -> tuple[LocationCode, ...]:
    """Let the next pass over these places (None: all) be believed whatever it says; raises NotFound where there is nothing to release."""
    feed = await stock_feed(world, source)
    meant = [one.location for one in feed.quarantines if location in {None, one.location}]
    if not meant:
        raise NotFound("quarantined stock of", source if location is None else f"{source} at {location}")
    released = tuple(replace(one, released=one.released or one.location in meant) for one in feed.quarantines)
    await world.feeds.save(replace(feed, quarantines=released))
    return tuple(meant)


async def declare_epoch(world: World, source: SourceCode) -> str:
    """Take it that the source counts anew from now on (it was restored and does not say so itself); return the name of its new numbering.

    Claims stay subtracted; the source is asked for every order that it had acknowledged.
    """
    feed = await stock_feed(world, source)
    count = feed.declared + 1
    epoch = f"{feed.epoch.partition('~')[0]}~{count}"
    await world.feeds.save(replace(feed, declared=count, epoch=epoch, cursor=None, order=None, last_full_at=None))
    await ask_again(world, next(one for one in world.network.sources if one.code == source))
    return epoch


async def stock_feed(world: World, source: SourceCode) -> FeedState:
    if source not in {one.code for one in world.network.sources}:
        raise NotFound("source", source)
    return await world.feeds.feed(source, "stock")
