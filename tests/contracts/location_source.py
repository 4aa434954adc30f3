"""What every LocationSource does."""

from abc import ABC, abstractmethod
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.errors import SourceError
from gateway.ports.sources import LocationSource


class LocationSourceContract(ABC):
    """Inherit, and give `source`, `codes` (its places) and `lose` (what makes it fail)."""

    @pytest.fixture
    @abstractmethod
    def source(self) -> LocationSource: ...

    @abstractmethod
    def codes(self) -> set[str]: ...

    @abstractmethod
    def lose(self, source: LocationSource) -> None: ...

    async def test_every_place_is_told_once(self, source: LocationSource) -> None:
        assert sorted(place.code for place in (await source.locations()).rows) == sorted(self.codes())

    async def test_places_belong_to_one_source_and_have_a_time_zone(self, source: LocationSource) -> None:
        rows = (await source.locations()).rows
        assert len({place.source for place in rows}) == 1
        for place in rows:
            assert ZoneInfo(place.time_zone)
            assert place.opening.time_zone == place.time_zone

    async def test_codes_can_stand_in_the_identity_of_a_position(self, source: LocationSource) -> None:
        assert not [place.code for place in (await source.locations()).rows if "|" in place.code or " " in place.code]

    async def test_an_outage_is_an_error_and_no_empty_batch(self, source: LocationSource) -> None:
        self.lose(source)
        with pytest.raises(SourceError):
            await source.locations()
