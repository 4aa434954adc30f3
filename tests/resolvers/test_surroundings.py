"""What every answer is told from is read now and then, and never keeps a reader waiting."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from adapters.memory.catalogue_store import MemoryCatalogueStore
from adapters.memory.feed_store import MemoryFeedStore
from adapters.memory.search import CatalogueIndex
from gateway.domain.errors import Unavailable
from gateway.domain.ids import SourceCode
from gateway.domain.location import Location
from gateway.domain.network import Network
from resolvers.surroundings import SurroundingsCache

NETWORK = Network(name="n", currency="EUR", country="FR", time_zone="Europe/Paris", minting_source=SourceCode("erp"))
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Places:
    """A location store that can hang or be away."""

    def __init__(self) -> None:
        self.readings, self.answers, self.away = 0, asyncio.Event(), False
        self.answers.set()

    async def locations(self) -> Sequence[Location]:
        self.readings += 1
        await self.answers.wait()
        if self.away:
            raise Unavailable("away")
        return ()

    async def save(self, locations: Sequence[Location]) -> int:
        return len(locations)


def cache(places: Places, life_s: float = 0.0) -> SurroundingsCache:
    return SurroundingsCache(places, MemoryFeedStore(), CatalogueIndex(MemoryCatalogueStore()), NETWORK, life_s)


async def test_a_young_reading_is_not_read_again() -> None:
    places = Places()
    kept = cache(places, life_s=3600)
    assert await kept.current(NOW) is await kept.current(NOW)
    assert places.readings == 1


async def test_an_old_reading_is_read_again_before_the_answer_where_that_takes_no_time() -> None:
    kept = cache(Places())
    first = await kept.current(NOW)
    assert await kept.current(NOW) is not first


async def test_a_database_that_hangs_keeps_nobody_waiting_and_is_asked_once() -> None:
    places = Places()
    kept = cache(places)
    first = await kept.current(NOW)
    places.answers.clear()
    async with asyncio.timeout(60):
        assert await asyncio.gather(*(kept.current(NOW) for _ in range(20))) == [first] * 20
    assert places.readings == 2
    places.answers.set()
    await asyncio.sleep(0.01)
    assert await kept.current(NOW) is not first


async def test_a_database_that_is_away_leaves_the_last_reading_and_the_first_is_refused() -> None:
    places = Places()
    kept = cache(places)
    first = await kept.current(NOW)
    places.away = True
    assert await kept.current(NOW) is first
    with pytest.raises(Unavailable):
        await cache(places).current(NOW)
