"""Partners' files at a terminal: listed with what is wrong, taken in again, without a database."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.edi.writers import A, invrpt

NETWORK = """
[network]
name = "Brume"
currency = "EUR"
country = "FR"
time_zone = "Europe/Paris"
minting_source = "erp"

[[channels]]
code = "web"
name = "Web"
currency = "EUR"
time_zone = "Europe/Paris"

[[sources]]
code = "erp"
kind = "ERP"
adapter = "rest"

[sources.options]
base_url = "https://erp.example"

[sources.options.authentication]
scheme = "BEARER"
secret_env = "NEVER_SET"

[[sources]]
code = "atlas"
kind = "SUPPLIER"
adapter = "edi"

[sources.options]
standard = "EDIFACT"
partner = { id = "ATLAS", qualifier = "14" }
own = { id = "BRUME", qualifier = "14" }
mailbox = { folder = "mail", settle_s = 0 }
stock = { quantity = ["145"], location = "atlas", places = { DEPOT = "atlas" } }
"""


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "network.toml"
    path.write_text(NETWORK, encoding="utf-8")
    for name in ("in", "rejected", "reports"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return path


def run(network: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway", "edi", arguments[0], "--network", str(network), *arguments[1:]]
    return subprocess.run(command, capture_output=True, check=False, text=True, encoding="utf-8", timeout=60)  # noqa: S603 - ours


def put_aside(network: Path, content: str = "") -> str:
    """Let a file lie in the mailbox that was put aside before; return its kept name."""
    name = "20261128T080000.000001Z~1~INVRPT~a.edi"
    mail = network.parent / "mail"
    (mail / "rejected" / name).write_text(content or invrpt({A: 5}).replace("UNT+7", "UNT+9"), encoding="ascii")
    report = {
        "file": name,
        "came_as": "a.edi",
        "partner": "ATLAS",
        "control": "1",
        "at": "2026-11-28T08:00:00+00:00",
        "verdict": "QUARANTINED",
        "faults": [{"position": 8, "segment": "UNT", "reason": "says 9, there are 7 segments from UNH to UNT"}],
    }
    (mail / "reports" / f"{name}.json").write_text(json.dumps(report), encoding="ascii")
    return name


def test_a_file_is_listed_with_its_partner_its_place_and_the_reason(network: Path) -> None:
    name = put_aside(network)
    listed = run(network, "list")
    assert listed.returncode == 0
    assert "QUARANTINED atlas: a.edi of ATLAS interchange 1, 2026-11-28 08:00Z" in listed.stdout
    assert "segment 8 UNT: says 9, there are 7 segments from UNH to UNT" in listed.stdout
    assert name in listed.stdout
    (row,) = json.loads(run(network, "list", "--json").stdout)
    assert (row["source"], row["cameAs"], row["verdict"], row["faults"][0]["position"]) == ("atlas", "a.edi", "QUARANTINED", 8)


def test_a_file_that_is_still_wrong_ends_with_status_1_and_one_that_is_overlooked_is_taken(network: Path) -> None:
    put_aside(network)
    again = run(network, "replay")
    assert (again.returncode, "0 taken, 1 still wrong, 0 refused" in again.stdout) == (1, True)
    (name,) = [path.name for path in (network.parent / "mail" / "rejected").iterdir()]
    taken = run(network, "replay", name, "--overlook", "--source", "atlas")
    assert (taken.returncode, "1 taken" in taken.stdout) == (0, True)
    assert len(list((network.parent / "mail" / "archive").rglob("*.edi"))) == 1


def test_all_that_was_put_aside_is_taken_once_its_profile_is_right(network: Path) -> None:
    put_aside(network)
    network.write_text(NETWORK.replace('standard = "EDIFACT"', 'standard = "EDIFACT"\nwrong_count = "WARN"'), encoding="utf-8")
    done = run(network, "replay", "--source", "atlas", "--json")
    assert [one["outcome"] for one in json.loads(done.stdout)] == ["TAKEN"]
    assert list((network.parent / "mail" / "rejected").iterdir()) == []
    assert [row["verdict"] for row in json.loads(run(network, "list", "--json").stdout)] == ["WARNED"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["replay", "--source", "erp"], "'erp' has no mailbox; those that have one: atlas."),
        (["replay", "--overlook"], "Name the files whose faults are to be overlooked"),
        (["replay", "nothing"], "There is no file 'nothing'."),
    ],
)
def test_what_cannot_be_done_is_told_with_the_remedy(network: Path, arguments: list[str], words: str) -> None:
    done = run(network, *arguments)
    assert done.returncode == 1
    assert words in done.stdout + done.stderr
