"""The stores in MongoDB keep their contracts."""

from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.capacity_book import MongoCapacityBook
from adapters.mongo.catalogue_store import MongoCatalogueStore
from adapters.mongo.claims import MongoClaims
from adapters.mongo.decisions import MongoDecisions
from adapters.mongo.feed_store import MongoFeedStore
from adapters.mongo.inbox import MongoInbox
from adapters.mongo.leases import MongoLeases
from adapters.mongo.location_store import MongoLocationStore
from adapters.mongo.pauses import MongoPauses
from adapters.mongo.profiles import MongoProfiles
from adapters.mongo.sightings import MongoSightings
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

Database = AsyncIOMotorDatabase[dict[str, Any]]


class TestMongoCatalogueStore(CatalogueStoreContract):
    @pytest.fixture
    def catalogue_store(self, database: Database) -> MongoCatalogueStore:
        return MongoCatalogueStore(database)


class TestMongoLocationStore(LocationStoreContract):
    @pytest.fixture
    def location_store(self, database: Database) -> MongoLocationStore:
        return MongoLocationStore(database)


class TestMongoFeedStore(FeedStoreContract):
    @pytest.fixture
    def feed_store(self, database: Database) -> MongoFeedStore:
        return MongoFeedStore(database)


class TestMongoInbox(InboxContract):
    @pytest.fixture
    def inbox(self, database: Database) -> MongoInbox:
        return MongoInbox(database)


class TestMongoLeases(LeasesContract):
    @pytest.fixture
    def leases(self, database: Database) -> MongoLeases:
        return MongoLeases(database)


class TestMongoProfiles(ProfilesContract):
    @pytest.fixture
    def published(self, database: Database) -> MongoProfiles:
        return MongoProfiles(database)


class TestMongoDecisions(DecisionsContract):
    @pytest.fixture
    def decisions(self, database: Database) -> MongoDecisions:
        return MongoDecisions(database)


class TestMongoSightings(SightingsContract):
    @pytest.fixture
    def sightings(self, database: Database) -> MongoSightings:
        return MongoSightings(database, lives_s=LIVES_S)


class TestMongoCapacityBook(CapacityBookContract):
    @pytest.fixture
    def book(self, database: Database) -> MongoCapacityBook:
        return MongoCapacityBook(database)

    @pytest.fixture
    def claims(self, database: Database) -> MongoClaims:
        return MongoClaims(database, TIMES)


class TestMongoPauses(PausesContract):
    @pytest.fixture
    def words(self, database: Database) -> MongoPauses:
        return MongoPauses(database)
