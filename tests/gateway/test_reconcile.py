"""What a person does about figures and orders at a terminal: quarantine, epochs, audit, reoptimize, by the command on a real database."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from tests.gateway.test_doctor import NETWORK

pytestmark = pytest.mark.scenario
PLACE = '\n[[locations]]\ncode = "lille"\nkind = "STORE"\nsource = "files"\n'
SKUS = [f"S{n:02}" for n in range(25)]
WRITTEN_S = 1_790_000_000
Database = AsyncIOMotorDatabase[dict[str, Any]]


@dataclass
class Shop:
    """A network of files, and the command on its database."""

    folder: Path
    uri: str
    database: Database
    written: int = 0

    def __post_init__(self) -> None:
        self.file("network.toml").write_text(NETWORK + PLACE, encoding="utf-8")
        self.file("products.csv").write_text("\n".join(["code,name", *(f"{sku},Lamp" for sku in SKUS)]), encoding="utf-8")

    def file(self, name: str) -> Path:
        return self.folder / name

    def state(self, units: int) -> None:
        """Write the file of stock anew, later than the one before."""
        path = self.file("stock.csv")
        path.write_text("\n".join(["place,code,units", *(f"lille,{sku},{units}" for sku in SKUS)]), encoding="utf-8")
        self.written += 1
        os.utime(path, (WRITTEN_S + self.written, WRITTEN_S + self.written))

    def run(self, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        told = subprocess.run(  # noqa: S603 - ours
            [sys.executable, "-m", "gateway", *arguments, "--network", str(self.file("network.toml"))],
            env={
                **os.environ,
                "COLUMNS": "250",
                "MONGODB_URI": self.uri,
                "GATEWAY_DATABASE": self.database.name,
                "GATEWAY_AUDIT_PAUSE_S": "0.1",
                "GATEWAY_RECOVER_EVERY_S": "0.05",
            },
            capture_output=True,
            check=False,
            text=True,
            encoding="utf-8",
            timeout=120,
        )
        assert told.returncode == status, told.stderr
        assert "Traceback" not in told.stderr
        return told

    async def units(self) -> set[int]:
        return {document["q"] async for document in self.database["stock"].find()}

    async def plant(self, units: int) -> str:
        """Let a position keep units for an order that nobody knows; return its key."""
        document = await self.database["stock"].find_one({"_id": f"{SKUS[0]}|lille"})
        assert document is not None
        marker = {"q": units, "dl": 1, "ok": True}
        change = {"$set": {"m.NOBODY_1_1": marker, "free": document["free"] - units}, "$inc": {"rev": 1}}
        await self.database["stock"].update_one({"_id": document["_id"]}, change)
        return str(document["_id"])


@pytest.fixture
def shop(tmp_path: Path, mongo_uri: str, database: Database) -> Shop:
    return Shop(tmp_path, mongo_uri, database)


async def test_figures_that_look_like_garbage_are_listed_and_believed_when_a_person_says_so(shop: Shop) -> None:
    shop.state(5)
    shop.run("sync", "files")
    shop.state(0)
    shop.run("sync", "files")
    assert await shop.units() == {5}
    (held,) = json.loads(shop.run("quarantine", "list", "--json").stdout)
    assert (held["source"], held["location"], held["rows"], held["released"]) == ("files", "lille", 25, False)
    assert "lille" in shop.run("quarantine", "list").stdout
    shop.run("quarantine", "release", "files", "--location", "lille")
    assert await shop.units() == {0}
    told = shop.run("quarantine", "release", "files", status=1).stderr
    assert told.splitlines()[-1] == "There is no quarantined stock of 'files'."


async def test_a_source_that_counts_anew_is_read_whole_again(shop: Shop) -> None:
    shop.state(5)
    shop.run("sync", "files")
    told = shop.run("epoch", "files").stderr
    assert "files counts anew as '~1'" in told
    feed = await shop.database["feeds"].find_one({"_id": "files|stock"})
    assert feed is not None
    assert (feed["state"]["declared"], feed["state"]["epoch"], feed["state"]["cursor"]) == (1, "~1", None)
    assert shop.run("epoch", "flies", status=1).stderr.splitlines()[-1] == "There is no source 'flies'."


async def test_orders_that_wait_are_planned_again_by_the_command(shop: Shop) -> None:
    shop.state(5)
    shop.run("sync", "files")
    found = shop.file("found.json")
    assert "0 orders wait, 0 could be improved: nothing saved" in shop.run("reoptimize", "--dry-run", "--json", str(found)).stderr
    assert json.loads(found.read_text(encoding="utf-8")) == {"dryRun": True, "orders": 0, "saved": {}, "units": 0, "improved": []}


async def test_the_audit_lists_what_does_not_fit_and_puts_it_right_on_request(shop: Shop) -> None:
    shop.state(5)
    shop.run("sync", "files")
    position, found = await shop.plant(2), shop.file("found.json")
    told = shop.run("audit", "--json", str(found), status=1)
    assert "ORPHAN" in told.stderr
    report = json.loads(found.read_text(encoding="utf-8"))
    assert [(one["kind"], one["position"], one["claim"], one["repaired"]) for one in report["drifts"]] == [
        ("ORPHAN", position, "NOBODY_1_1", False)
    ]
    assert report["left"] == 1
    assert "1 repaired, 0 left" in shop.run("audit", "--repair").stderr
    after = await shop.database["stock"].find_one({"_id": position})
    assert after is not None
    assert (after["free"], after["q"]) == (5, 5)
    assert "0 drifts, 0 repaired, 0 left" in shop.run("audit").stderr
