"""The doctor's word and its exit status: every finding is printed, and one source that does not answer is a failure."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.pauses import MongoPauses
from adapters.mongo.profiles import MongoProfiles
from gateway.domain.ids import LocationCode
from gateway.domain.order import Actor
from gateway.domain.pauses import Pause
from tests.contracts.profiles import PUBLISHED

NETWORK = """
[network]
name = "Maison"
currency = "EUR"
country = "FR"
time_zone = "Europe/Paris"
minting_source = "files"

[[sources]]
code = "files"
kind = "FILES"
adapter = "files"
[sources.options.catalogue]
file = "products.csv"
fields = { sku = "code", name = "name" }
[sources.options.stock]
file = "stock.csv"
fields = { location = "place", sku = "code", quantity = "units" }

[[channels]]
code = "web"
name = "Web"
currency = "EUR"
time_zone = "Europe/Paris"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    (tmp_path / "products.csv").write_text("code,name\nA,Lamp\nB,Chair\n", encoding="utf-8")
    (tmp_path / "stock.csv").write_text("place,code,units\nlille,A,5\n", encoding="utf-8")
    return tmp_path


PLACES = """
[[locations]]
code = "lille"
kind = "STORE"
source = "files"
processing_time = "PT2H"

[[locations]]
code = "*"
kind = "STORE"
lead_time = "PT15M"
"""
NOWHERE = """
[[locations]]
code = "lilel"
lead_time = "PT1H"

[[callers]]
id = "till"
kind = "STAFF"
locations = ["lille", "999"]
key_sha256 = "%s"
""" % ("0" * 64)


def doctor(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "gateway", "doctor", "--network", str(folder / "network.toml")],
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


def test_a_network_whose_every_source_answers_is_well(folder: Path) -> None:
    told = doctor(folder)
    assert told.returncode == 0, told.stderr
    assert "2 products in the first batch" in told.stderr
    assert "1 positions in the first batch" in told.stderr


def test_a_source_that_does_not_answer_in_a_role_is_named_after_all_is_printed_and_the_status_tells(folder: Path) -> None:
    (folder / "stock.csv").unlink()
    told = doctor(folder)
    assert told.returncode == 1, told.stderr
    assert "2 products in the first batch" in told.stderr
    assert told.stderr.splitlines()[-1] == "1 of 2 answers are missing: files (stock). The table says why of each."
    assert "Traceback" not in told.stderr


def added(folder: Path, *parts: str) -> None:
    with (folder / "network.toml").open("a", encoding="utf-8") as file:
        file.writelines(parts)


def test_what_holds_for_places_is_told_with_who_said_so(folder: Path) -> None:
    added(folder, PLACES)
    told = doctor(folder)
    assert told.returncode == 0, told.stderr
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in told.stderr.splitlines() if "│" in line]
    assert ["processing_time", "2:00:00", "locations.lille", "lille"] in rows
    assert ["lead_time", "0:15:00", "locations.* of kind STORE", "lille"] in rows


def test_places_that_nothing_defines_are_named(folder: Path) -> None:
    added(folder, PLACES, NOWHERE)
    told = doctor(folder)
    assert told.returncode == 1
    assert "callers.till.locations: there is no location '999'" in told.stderr
    assert "locations.lilel: there is no location 'lilel'; did you mean 'lille'?" in told.stderr


async def test_a_place_that_pauses_is_told_with_who_said_so(
    folder: Path, mongo_uri: str, database: AsyncIOMotorDatabase[dict[str, Any]]
) -> None:
    added(folder, PLACES)
    lille = Pause(LocationCode("lille"), "PAUSED", Actor("STAFF", "Camille"), datetime(2026, 3, 2, 9, 30, tzinfo=UTC), note="flooded")
    await MongoPauses(database).write(lille)
    told = doctor(folder, MONGODB_URI=mongo_uri, GATEWAY_DATABASE=database.name)
    assert told.returncode == 0, told.stderr
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in told.stderr.splitlines() if "│" in line]
    assert ["status", "PAUSED", "pauseLocation by Camille, 2026-03-02 09:30Z: flooded", "lille"] in rows


async def test_who_said_by_what_a_channel_is_sourced(folder: Path, database: Any, mongo_uri: str) -> None:
    told = doctor(folder)
    channels = [[cell.strip() for cell in line.split("│")[1:-1]] for line in told.stderr.splitlines() if "│" in line]
    assert ["web", "default", "default"] in channels
    await MongoProfiles(database).add(PUBLISHED)
    told = doctor(folder, MONGODB_URI=mongo_uri, GATEWAY_DATABASE=database.name)
    assert told.returncode == 0, told.stderr
    channels = [[cell.strip() for cell in line.split("│")[1:-1]] for line in told.stderr.splitlines() if "│" in line]
    assert ["web", "near 2", "publishSourcingProfile by Ada, 2026-03-01 09:00Z: nearer first"] in channels


def test_a_database_that_is_away_keeps_no_source_from_being_examined(folder: Path) -> None:
    told = doctor(folder, MONGODB_URI="mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200")
    assert told.returncode == 0, told.stderr
    assert "What places have said of themselves, and which profiles were published, is not known" in told.stderr
