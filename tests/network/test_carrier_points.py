"""Carriers' parcel shops and lockers, read from the network file and from files that it names."""

from pathlib import Path

import pytest

from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.location import Address, CarrierPoint
from gateway.domain.network import Carrier
from gateway.domain.quantities import GeoPosition
from gateway.network.carrier_points import every_point
from gateway.network.file import load
from tests.network.test_reference import NETWORKS
from tests.support.sandbox_sources import environment

HEAD = "code,name,line1,postal_code,city,country_code,latitude,longitude,opening\n"
OWN = CarrierPoint("A", "Own", Address("FR", postal_code="75004"))


def in_file(folder: Path, *rows: str) -> Carrier:
    path = folder / "points.csv"
    path.write_text(HEAD + "\n".join(rows), encoding="utf-8")
    return Carrier("relay", points=(OWN,), points_file=str(path))


def test_a_file_adds_to_the_points_that_the_network_file_names(tmp_path: Path) -> None:
    rows = ('P1,Tabac,1 rue,69002,Lyon,FR,45.7,4.8,"Mo-Sa 08:00-19:00"', "P2,,,67000,Strasbourg,FR,,,")
    assert every_point(in_file(tmp_path, *rows)) == (
        OWN,
        CarrierPoint(
            "P1", "Tabac", Address("FR", line1="1 rue", postal_code="69002", city="Lyon"), GeoPosition(45.7, 4.8), ("Mo-Sa 08:00-19:00",)
        ),
        CarrierPoint("P2", "P2", Address("FR", postal_code="67000", city="Strasbourg")),
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("A,Again,,75004,Paris,FR,,,", "A is named twice"),
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
