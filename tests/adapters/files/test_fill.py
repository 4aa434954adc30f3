"""The command that fills in what real files lack refuses what it cannot read."""

from pathlib import Path

import pytest

from adapters.files.fill import main


def test_names_of_columns_and_places_can_be_stated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.csv").write_text("ean;label\n4006381333931;Pen\n", encoding="utf-8")
    (tmp_path / "s.csv").write_text("id,open\n101,yes\n102,no\n", encoding="utf-8")
    arguments = [
        "--products",
        str(tmp_path / "p.csv"),
        "--product-key",
        "ean",
        "--product-delimiter",
        ";",
        "--stores",
        str(tmp_path / "s.csv"),
    ]
    assert main([*arguments, "--store-key", "id", "--store-when", "open == 'yes'", "--out", str(tmp_path / "out"), "--seed", "3"]) == 0
    assert (tmp_path / "out" / "hours.csv").read_text(encoding="utf-8").splitlines()[0] == "location,opening"
    stock = (tmp_path / "out" / "stock.csv").read_text(encoding="utf-8").splitlines()
    assert len(stock) == 2
    assert stock[1].startswith("101,4006381333931,")
    assert "stock.csv: 1 rows" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--products", str(tmp_path / "absent.csv"), "--stores", str(tmp_path / "s.csv"), "--out", str(tmp_path)]) == 1
    assert "absent.csv cannot be read" in capsys.readouterr().err
