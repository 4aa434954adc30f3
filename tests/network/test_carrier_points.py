"""Carriers' parcel shops and lockers, read from the network file and from files that it names."""

from datetime import date
from pathlib import Path

import pytest

from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.location import Address, CarrierPoint
from gateway.domain.network import Carrier
from gateway.domain.quantities import GeoPosition
from gateway.network.carrier_points import every_point, points_of
from gateway.network.file import load
from gateway.wiring import holidays_of
from tests.network.test_reference import NETWORKS
from tests.support.sandbox_sources import environment

HEAD = "code,name,line1,postal_code,city,country_code,latitude,longitude,opening,exceptions,holidays\n"
OWN = CarrierPoint("A", "Own", Address("FR", postal_code="75004"))


def in_file(folder: Path, *rows: str) -> Carrier:
    path = folder / "points.csv"
    path.write_text(HEAD + "\n".join(rows), encoding="utf-8")
    return Carrier("relay", points=(OWN,), points_file=str(path))


def test_a_file_adds_to_the_points_that_the_network_file_names(tmp_path: Path) -> None:
    rows = (
        'P1,Tabac,1 rue,69002,Lyon,FR,45.7,4.8,"Mo-Sa 08:00-19:00",2026-12-24 08:00-12:00; 2026-12-26 closed,FR',
        "P2,,,67000,Strasbourg,FR,,,,,",
    )
    assert every_point(in_file(tmp_path, *rows)) == (
        OWN,
        CarrierPoint(
            "P1",
            "Tabac",
            Address("FR", line1="1 rue", postal_code="69002", city="Lyon"),
            GeoPosition(45.7, 4.8),
            ("Mo-Sa 08:00-19:00",),
            ("2026-12-24 08:00-12:00", "2026-12-26 closed"),
            "FR",
        ),
        CarrierPoint("P2", "P2", Address("FR", postal_code="67000", city="Strasbourg")),
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            "P1,Tabac,,69002,Lyon,FR,,,,24/12/2026 closed,",
            "points.P1.exceptions: '24/12/2026 closed' names no date; write it as 2026",
        ),
        ("P1,Tabac,,69002,Lyon,FR,,,,2026-12-24 8-12,", "points.P1.exceptions: '8' is no hour"),
        ("P1,Tabac,,69002,Lyon,FR,,,,2026-12-24 closed; 2026-12-24 09:00-12:00,", "points.P1.exceptions: 2026-12-24 is named twice"),
        ("P1,Tabac,,69002,Lyon,FR,,,,,XX", "points.P1.holidays: no public holidays are known for 'XX'"),
        ("A,Again,,75004,Paris,FR,,,,,", "A is named twice"),
        ("P1,Tabac,,69002,Lyon,,,,", "code and country_code are needed"),
        ("P1,Tabac,,69002,Lyon,FR,north,4.8,", "is no position"),
        ("P1,Tabac,,69002,Lyon,FR,,,always", "P1.opening"),
    ],
)
def test_what_no_point_can_be_is_refused_with_its_place(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(ConfigurationInvalid) as refused:
        every_point(in_file(tmp_path, row))
    assert problem in " ".join(refused.value.problems)


def test_the_sandboxs_carrier_has_points() -> None:
    network = load(NETWORKS / "sandbox.toml", environment({}))
    (carrier,) = [one for one in network.carriers if one.points_file]
    assert {point.code for point in every_point(carrier)} >= {"75-01", "69-01"}
    assert all(point.position and point.opening for point in every_point(carrier))


def test_the_holidays_that_close_a_point_are_known_where_nothing_else_names_them() -> None:
    network = load(NETWORKS / "sandbox.toml", environment({}))
    assert points_of(network).closed_by == {"FR", "FR-6AE"}
    holidays = holidays_of(network, points_of(network), date(2026, 1, 1))
    assert "2026-12-26" in holidays["FR-6AE"] - holidays["FR"]
