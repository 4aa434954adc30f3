"""The time that a country keeps, from the table of the time zone data base."""

from zoneinfo import ZoneInfo

from gateway.network.codes import country_time_zones


def test_a_country_that_keeps_one_time_has_its_zone() -> None:
    known = country_time_zones()
    expected = {"FR": "Europe/Paris", "GB": "Europe/London", "RE": "Indian/Reunion", "DE": "Europe/Berlin", "CH": "Europe/Zurich"}
    assert {country: known[country] for country in expected} == expected
    assert all(ZoneInfo(name).key == name for name in known.values())


def test_a_country_that_keeps_several_has_none() -> None:
    assert not {"US", "CA", "BR", "AU", "NZ", "ES", "PT"} & set(country_time_zones())
