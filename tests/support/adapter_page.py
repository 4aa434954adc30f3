"""The files that docs/write-an-adapter.md is made of, laid out as its reader would have them."""

import re
import sqlite3
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "write-an-adapter.md"
_FENCE = re.compile(r"^```(?:sql|toml|python) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files() -> dict[str, str]:
    """Return the page's files by name; what stands in several blocks is one file."""
    found: dict[str, str] = {}
    for name, text in _FENCE.findall(PAGE.read_text(encoding="utf-8")):
        found[name] = f"{found[name]}\n\n{text}" if name in found else text
    return found


def laid_out(folder: Path) -> dict[str, str]:
    """Write the files and the till's database; return the environment that the page sets."""
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")
    database = folder / "till.db"
    with sqlite3.connect(database) as connection:
        connection.executescript(files()["shop.sql"])
    connection.close()
    return {"TILL_DATABASE": str(database), "PYTHONPATH": str(folder)}
