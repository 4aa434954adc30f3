"""What Pauses do, wherever they are kept."""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.domain.done import Done
from gateway.domain.ids import LocationCode, Rid
from gateway.domain.order import Actor
from gateway.domain.pauses import Pause
from gateway.ports.stores import Pauses

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LYON = Pause(
    LocationCode("LYON"),
    "PAUSED",
    Actor("STAFF", "Camille"),
    NOW,
    services=("SHIP", "COURIER"),
    until=datetime(2026, 3, 3, tzinfo=UTC),
    note="flooded",
    reassign=False,
    done=(Done(Rid("CALL"), "fp", NOW),),
)


class PausesContract(ABC):
    """Inherit, and give `words` (empty)."""

    @pytest.fixture
    @abstractmethod
    def words(self) -> Pauses: ...

    async def test_the_last_word_on_each_place_is_read_as_it_was_written(self, words: Pauses) -> None:
        assert list(await words.pauses()) == []
        nantes = replace(LYON, location=LocationCode("NANTES"), services=(), until=None, note=None, done=())
        assert await words.write(LYON)
        assert await words.write(nantes)
        over = replace(LYON, state="OVER", v=2, services=())
        assert await words.write(over)
        assert sorted(await words.pauses(), key=lambda word: word.location) == [over, nantes]

    async def test_a_word_that_knows_not_the_one_before_it_is_not_taken(self, words: Pauses) -> None:
        assert not await words.write(replace(LYON, v=2))
        assert await words.write(LYON)
        assert not await words.write(replace(LYON, note="another"))
        assert not await words.write(replace(LYON, v=3))
        assert list(await words.pauses()) == [LYON]

    async def test_of_words_said_at_once_one_is_taken(self, words: Pauses) -> None:
        assert await words.write(LYON)
        said = await asyncio.gather(*(words.write(replace(LYON, v=2, note=str(n))) for n in range(4)))
        assert sorted(said) == [False, False, False, True]
        (left,) = await words.pauses()
        assert left.note == str(said.index(True))
