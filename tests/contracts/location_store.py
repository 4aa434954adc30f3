"""What every LocationStore does."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from gateway.domain.calendar import Period, WorkingCalendar
from gateway.domain.catalogue import ExternalId
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.location import Address, CapacityRule, Location, Organization, Pickup
from gateway.domain.quantities import GeoPosition
from gateway.ports.stores import LocationStore

HOURS = WorkingCalendar("Europe/Paris", {1: (Period(time(9), time(12, 30)), Period(time(14), time.min))}, {date(2025, 12, 25): ()})
LYON = Location(
    LocationCode("LYON"),
    "Lyon Part-Dieu",
    "STORE",
    "Europe/Paris",
    SourceCode("pos"),
    organization=Organization("shops", "Shops SA"),
    paused_until=datetime(2025, 6, 26, 8, tzinfo=UTC),
    paused_services=("SHIP",),
    address=Address("FR", postal_code="69003", city="Lyon"),
    position=GeoPosition(45.76, 4.85),
    services=("SHIP", "PICKUP"),
    opening=HOURS,
    working=HOURS,
    lead_time=timedelta(minutes=30),
    processing_time=timedelta(hours=4),
    pickups=(Pickup("17:00", "15:30", (1, 2, 3), "colis"),),
    capacity=CapacityRule(40, unit="UNITS"),
    work_source=SourceCode("wms"),
    external_ids=(ExternalId(SourceCode("pos"), "0042"),),
)
DEPOT = Location(LocationCode("DEPOT"), "Dépôt", "WAREHOUSE", "Europe/Paris", SourceCode("wms"))


class LocationStoreContract(ABC):
    """Inherit, and give `location_store` (empty)."""

    @pytest.fixture
    @abstractmethod
    def location_store(self) -> LocationStore: ...

    async def test_what_was_saved_is_found_whole(self, location_store: LocationStore) -> None:
        assert await location_store.locations() == []
        assert await location_store.save([LYON, DEPOT]) == 2
        assert sorted(await location_store.locations(), key=lambda place: place.code) == [DEPOT, LYON]

    async def test_only_what_is_new_or_differs_is_counted(self, location_store: LocationStore) -> None:
        await location_store.save([LYON, DEPOT])
        paused = replace(LYON, status="PAUSED")
        assert await location_store.save([paused, DEPOT]) == 1
        assert sorted(await location_store.locations(), key=lambda place: place.code) == [DEPOT, paused]
        assert await location_store.save([]) == 0
