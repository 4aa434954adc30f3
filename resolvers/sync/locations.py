"""Places: taken from the sources that own them."""

from dataclasses import replace

from gateway.domain.feeds import Batch
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.location import Location
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.sync.feeds import check_whole, duplicates
from resolvers.sync.report import Progress, SyncReport


async def take_locations(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    """Save a source's places. It may tell of another's only where that one tells of none itself."""
    if ports.locations is None:
        return before
    batch: Batch[Location] = await ports.locations.locations()
    positions = report.take(batch)
    twice = duplicates([place.code for place in batch.rows])
    report.refuse(twice, positions)
    check_whole(report, before, complete=batch.complete)
    again = {refused.index for refused in twice}
    places = [place for index, place in enumerate(batch.rows) if index not in again and speaks_for(world, ports.code, place)]
    report.applied = await world.locations.save(places)
    report.unchanged = len(places) - report.applied
    progress(report)
    return replace(before, last_full_at=world.clock.now())


def speaks_for(world: World, source: SourceCode, place: Location) -> bool:
    owner = world.sources.get(place.source)
    return place.source == source or (owner is not None and owner.locations is None)


async def known_places(world: World) -> frozenset[LocationCode]:
    return frozenset(place.code for place in await world.locations.locations())
