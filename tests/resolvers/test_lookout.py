"""A process tells what it sees while it lives, and takes it back when it ends."""

import asyncio

from adapters.memory.sightings import MemorySightings
from gateway.domain.circuits import Circuit, CircuitState
from gateway.domain.errors import Unavailable
from gateway.domain.ids import SourceCode
from resolvers.lookout import Lookout

SEEN = Circuit(SourceCode("wms"), "stock.lookup", CircuitState.OPEN, 0.5)


class Interrupted(MemorySightings):
    """Is away at first."""

    calls = 0

    async def tell(self, process: str, circuits: object) -> None:
        self.calls += 1
        if self.calls == 1:
            raise Unavailable("the database is away")
        await super().tell(process, circuits)  # type: ignore[arg-type]


async def test_what_is_seen_is_told_again_and_again_through_outages_until_the_end() -> None:
    sightings = Interrupted()
    lookout = Lookout(sightings, lambda: [SEEN], every_s=0.001)
    lookout.start()
    async with asyncio.timeout(20):
        while sightings.calls < 3:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.001)
    assert list(await sightings.seen()) == [SEEN]
    await lookout.stop()
    assert list(await sightings.seen()) == []


async def test_one_that_was_never_started_ends_quietly() -> None:
    await Lookout(MemorySightings(), list, every_s=1).stop()
