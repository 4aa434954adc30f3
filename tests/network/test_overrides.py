"""The network file stands over what sources say of their places; public holidays close them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from gateway.domain.calendar import Period, WorkingCalendar
from gateway.domain.catalogue import ExternalId
from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.feeds import Batch
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.location import Location
from gateway.domain.location_override import LocationOverride, OpeningRule
from gateway.domain.network import Network
from gateway.domain.quantities import GeoPosition
from gateway.network.locations import NetworkLocations, has_locations
from gateway.network.overrides import held_locations
from gateway.network.postcodes import PostcodeColumns, load_postcodes
from gateway.network.public_holidays import holiday_dates

TODAY = date(2026, 11, 24)
POS, WMS = SourceCode("pos"), SourceCode("wms")
HOURS = (Period(time(10), time(19)),)
STORE = Location(
    LocationCode("101"),
    "Rivoli",
    "STORE",
    "Europe/Paris",
    POS,
    opening=WorkingCalendar("Europe/Paris", {1: HOURS}, {date(2026, 12, 25): HOURS}),
)


def network(*overrides: LocationOverride, holidays: str | None = None) -> Network:
    return Network("n", "EUR", "FR", "Europe/Paris", POS, locations=overrides, holidays=holidays)


def places_held(told: Sequence[Location], stated: Network, today: date) -> list[Location]:
    return [held.location for held in held_locations(told, stated, today)]


def test_the_narrowest_word_wins() -> None:
    wide = LocationOverride(LocationCode("*"), kind="STORE", services=("PICKUP",), lead_time=timedelta(hours=1))
    own = LocationOverride(LocationCode("101"), services=("SHIP",))
    (held,) = held_locations([STORE], network(own, wide), TODAY)
    assert held.location.services == ("SHIP",)
    assert held.location.lead_time == timedelta(hours=1)
    assert held.origin_by_field["services"] == "locations.101"
    assert held.origin_by_field["lead_time"] == "locations.* of kind STORE"
    assert held.origin_by_field["name"] == "source pos"
    assert held.origin_by_field["preparation_time"] == "default"


def test_words_for_one_kind_leave_the_others_alone() -> None:
    assert places_held([STORE], network(LocationOverride(LocationCode("*"), kind="WAREHOUSE", services=("SHIP",))), TODAY) == [STORE]


def test_holidays_close_a_place_but_for_days_it_speaks_of_itself() -> None:
    (place,) = places_held([STORE], network(holidays="FR"), TODAY)
    assert place.opening.periods_on(date(2026, 12, 25)) == HOURS
    assert place.opening.periods_on(date(2027, 1, 1)) == ()
    assert place.opening.weekly == {1: HOURS}


def test_an_empty_word_for_holidays_takes_them_away() -> None:
    (place,) = places_held([STORE], network(LocationOverride(LocationCode("101"), holidays=""), holidays="FR"), TODAY)
    assert place == STORE


def test_rules_of_the_file_replace_the_week_and_keep_the_sources_special_days() -> None:
    rules = (OpeningRule(periods=("Mo-Fr 09:30-12:00,14:00-18:00",)), OpeningRule(on=date(2026, 12, 24), periods=("10:00-17:00",)))
    (place,) = places_held([STORE], network(LocationOverride(LocationCode("101"), opening=rules)), TODAY)
    assert place.opening.weekly[5] == (Period(time(9, 30), time(12)), Period(time(14), time(18)))
    assert 6 not in place.opening.weekly
    assert place.opening.exceptions == {date(2026, 12, 25): HOURS, date(2026, 12, 24): (Period(time(10), time(17)),)}


def test_weekday_lists_and_whole_days_can_be_stated() -> None:
    rules = (OpeningRule(weekdays=(6, 7), periods=("00:00-24:00",)), OpeningRule(weekdays=(1,), periods=()))
    (place,) = places_held([STORE], network(LocationOverride(LocationCode("101"), working=rules)), TODAY)
    assert place.calendar.weekly == {6: (Period(time.min, time.min),), 7: (Period(time.min, time.min),), 1: ()}


async def test_a_place_that_only_the_file_defines_comes_with_its_source() -> None:
    depot = LocationOverride(LocationCode("DEP"), kind="WAREHOUSE", source=WMS, name="Depot", external_ids={WMS: "7"})

    class Stopped:
        def now(self) -> datetime:
            return datetime(2026, 11, 24, tzinfo=UTC)

    class Till:
        async def locations(self) -> Batch[Location]:
            return Batch((STORE,))

    (place,) = (await NetworkLocations(network(depot), WMS, None, Stopped()).locations()).rows
    assert (place.code, place.kind, place.name, place.time_zone) == ("DEP", "WAREHOUSE", "Depot", "Europe/Paris")
    assert place.external_ids == (ExternalId(WMS, "7"),)
    assert (await NetworkLocations(network(depot), POS, Till(), Stopped()).locations()).rows == (STORE,)
    assert has_locations(network(depot), WMS)
    assert not has_locations(network(depot), POS)


def test_public_holidays_are_told_by_country_and_region() -> None:
    dates = holiday_dates(["FR", "FR-57", "DE"], [2026])
    assert "2026-07-14" in dates["FR"]
    assert "2026-12-26" in dates["FR-57"]
    assert "2026-12-26" not in dates["FR"]
    assert "2026-10-03" in dates["DE"]


def test_postcodes_lie_at_the_mean_of_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("Code_postal;coordonnees_gps\n69002;45.0,4.0\n69002;46.0,5.0\n75001;\n", encoding="utf-8")
    positions = load_postcodes(path)
    assert positions("fr", "69 002") == GeoPosition(45.5, 4.5)
    assert positions("FR", "75001") is None
    assert len(positions) == 1


def test_a_postcode_file_without_its_columns_or_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_bytes(b"zip,lat\n1,2\n")
    with pytest.raises(ConfigurationInvalid, match="has no column Code_postal, coordonnees_gps"):
        load_postcodes(path)
    path.write_bytes("Code_postal;coordonnees_gps\n1;é\n".encode("latin-1"))
    with pytest.raises(ConfigurationInvalid, match="byte 30 is not utf-8"):
        load_postcodes(path, PostcodeColumns(encoding="utf-8"))
