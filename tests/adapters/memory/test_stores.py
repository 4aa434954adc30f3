"""The stores in memory keep their contracts."""

import pytest

from adapters.memory.capacity_book import MemoryCapacityBook
from adapters.memory.catalogue_store import MemoryCatalogueStore
from adapters.memory.claims import MemoryClaims
from adapters.memory.database import MemoryDatabase
from adapters.memory.decisions import MemoryDecisions
from adapters.memory.feed_store import MemoryFeedStore
from adapters.memory.inbox import MemoryInbox
from adapters.memory.leases import MemoryLeases
from adapters.memory.location_store import MemoryLocationStore
from adapters.memory.pauses import MemoryPauses
from adapters.memory.profiles import MemoryProfiles
from adapters.memory.sightings import MemorySightings
from tests.contracts.capacity_book import CapacityBookContract
from tests.contracts.catalogue_store import CatalogueStoreContract
from tests.contracts.claims import TIMES
from tests.contracts.decisions import DecisionsContract
from tests.contracts.feed_store import FeedStoreContract
from tests.contracts.inbox import InboxContract
from tests.contracts.leases import LeasesContract
from tests.contracts.location_store import LocationStoreContract
from tests.contracts.pauses import PausesContract
from tests.contracts.profiles import ProfilesContract
from tests.contracts.sightings import LIVES_S, SightingsContract


class TestMemoryCatalogueStore(CatalogueStoreContract):
    @pytest.fixture
    def catalogue_store(self) -> MemoryCatalogueStore:
        return MemoryCatalogueStore()


class TestMemoryLocationStore(LocationStoreContract):
    @pytest.fixture
    def location_store(self) -> MemoryLocationStore:
        return MemoryLocationStore()


class TestMemoryFeedStore(FeedStoreContract):
    @pytest.fixture
    def feed_store(self) -> MemoryFeedStore:
        return MemoryFeedStore()


class TestMemoryInbox(InboxContract):
    @pytest.fixture
    def inbox(self) -> MemoryInbox:
        return MemoryInbox()


class TestMemoryLeases(LeasesContract):
    @pytest.fixture
    def leases(self) -> MemoryLeases:
        return MemoryLeases()


class TestMemoryProfiles(ProfilesContract):
    @pytest.fixture
    def published(self) -> MemoryProfiles:
        return MemoryProfiles()


class TestMemoryDecisions(DecisionsContract):
    @pytest.fixture
    def decisions(self) -> MemoryDecisions:
        return MemoryDecisions(lambda: 1_790_000_000_000)


class TestMemorySightings(SightingsContract):
    @pytest.fixture
    def sightings(self) -> MemorySightings:
        return MemorySightings(LIVES_S)


class TestMemoryCapacityBook(CapacityBookContract):
    @pytest.fixture
    def database(self) -> MemoryDatabase:
        return MemoryDatabase()

    @pytest.fixture
    def book(self, database: MemoryDatabase) -> MemoryCapacityBook:
        return MemoryCapacityBook(database)

    @pytest.fixture
    def claims(self, database: MemoryDatabase) -> MemoryClaims:
        return MemoryClaims(database, TIMES)


class TestMemoryPauses(PausesContract):
    @pytest.fixture
    def words(self) -> MemoryPauses:
        return MemoryPauses()
