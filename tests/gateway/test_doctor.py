"""The doctor's word and its exit status: every finding is printed, and one source that does not answer is a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def doctor(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "gateway", "doctor", "--network", str(folder / "network.toml")],
        env={**os.environ, "COLUMNS": "200"},
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
