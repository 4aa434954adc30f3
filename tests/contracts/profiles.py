"""What Profiles do, wherever they are kept."""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.domain.done import Done
from gateway.domain.ids import ChannelCode, LocationCode, Rid
from gateway.domain.order import Actor
from gateway.domain.published import PublishedProfile
from gateway.domain.sourcing_terms import CostTerms, PlaceCosts, Search, SourcingProfile, SplitPolicy, Strategy
from gateway.ports.profiles import Profiles

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
PROFILE = SourcingProfile(
    "near",
    (ChannelCode("web"),),
    2,
    comment="nearer first",
    strategies=(
        Strategy(
            "shops", ("STORE",), (LocationCode("LYO"),), 50_000, split=SplitPolicy(2, 1, "FREELY", min_value_per_shipment=Decimal(20))
        ),
        Strategy("rest", fallback=True, split=SplitPolicy(on_shortage="BACKORDER", ship_complete=True)),
    ),
    tolerance_days=(0, 2, 5),
    costs=CostTerms(
        per_unit=Decimal("0.35"), places=(PlaceCosts(kind="STORE", penalty=Decimal("1.10")),), replenished_after=timedelta(days=3)
    ),
    search=Search(1000, timedelta(seconds=2)),
)
PUBLISHED = PublishedProfile(PROFILE, "tolerance_days = [0, 2, 5]\n", AT, Actor("OPERATOR", "Ada"), Done(Rid("CALL"), "fp", AT))


class ProfilesContract(ABC):
    """Inherit, and give `published` (empty)."""

    @pytest.fixture
    @abstractmethod
    def published(self) -> Profiles: ...

    async def test_versions_come_back_as_they_were_written_the_oldest_first(self, published: Profiles) -> None:
        draft = replace(PUBLISHED, profile=replace(PROFILE, version=3, draft=True), created_at=AT + timedelta(hours=1), done=None)
        assert list(await published.profiles()) == []
        assert await published.add(PUBLISHED)
        assert await published.add(draft)
        assert list(await published.profiles()) == [PUBLISHED, draft]

    async def test_a_version_is_written_once(self, published: Profiles) -> None:
        said = await asyncio.gather(*(published.add(replace(PUBLISHED, definition=str(n))) for n in range(4)))
        assert sorted(said) == [False, False, False, True]
        assert len(await published.profiles()) == 1

    async def test_what_a_network_file_states_is_known_since_it_was_first_loaded(self, published: Profiles) -> None:
        later = AT + timedelta(hours=1)
        assert await published.loaded(["near|1|a", "far|1|b"], AT) == {"near|1|a": AT, "far|1|b": AT}
        assert await published.loaded(["near|1|a", "near|1|c"], later) == {"near|1|a": AT, "near|1|c": later}
        assert list(await published.profiles()) == []
