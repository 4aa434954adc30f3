"""What of Tryton is built once, in a folder of the user's cache: its packages, an empty database, and a seeded one for each role.

`python -m gateway.demo.tryton.installation` builds all of it and tells how long each part took.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from gateway.demo.tryton import rpc, seed
from gateway.demo.tryton.rpc import PASSWORD, Rpc
from gateway.demo.tryton.seed import ROLES
from gateway.demo.tryton.server import NotToBeHad, program, started

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
MODULES = (
    "sale",
    "purchase",
    "stock",
    "stock_supply",
    "sale_supply_drop_shipment",
    "sale_point",
    "sale_stock_quantity",
    "sale_price_list",
    "sale_shipment_cost",
    "stock_product_location",
    "stock_forecast",
)


def cache() -> Path:
    """Return the folder of this set of packages."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "commerce-gateway" / f"tryton-{digest(REQUIREMENTS.read_bytes(), *map(str.encode, MODULES))}"


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


@contextlib.contextmanager
def alone() -> Iterator[Path]:
    """Hold the lock of the folder: of several at once one builds, the others wait for it."""
    folder = cache()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def seeded() -> dict[str, Path]:
    """Return the seeded database of each role, built as far as it is missing. Raises NotToBeHad."""
    with alone() as folder:
        installed(folder)
        sources = (Path(module.__file__ or "").read_bytes() for module in (rpc, seed))
        made = folder / f"seeded-{digest(*sources, str(datetime.now(UTC).year).encode())}"
        files = {role: made / f"{role}.sqlite" for role in ROLES}
        if not all(path.exists() for path in files.values()):
            sow(folder, files)
        return files


def installed(folder: Path) -> None:
    """Install the pinned packages, and make the empty database of their modules."""
    ready = folder / "installed"
    if not ready.exists():
        shutil.rmtree(folder / "venv", ignore_errors=True)
        run("make a virtual environment", [sys.executable, "-m", "venv", str(folder / "venv")])
        run(
            "reach its packages with pip",
            [str(program(folder, "python")), "-m", "pip", "install", "-q", "--retries", "1", "-r", str(REQUIREMENTS)],
        )
        ready.touch()
    if not (folder / "schema.sqlite").exists():
        make_schema(folder)


def make_schema(folder: Path) -> None:
    work = folder / "making"
    shutil.rmtree(work, ignore_errors=True)
    (work / "db").mkdir(parents=True)
    (work / "db" / "schema.sqlite").touch()
    (work / "password").write_text(PASSWORD, encoding="utf-8")
    (work / "trytond.conf").write_text(f"[database]\nuri = sqlite://\npath = {work / 'db'}\n", encoding="utf-8")
    command = [str(program(folder, "trytond-admin")), "-c", str(work / "trytond.conf"), "-d", "schema", "--administrator"]
    for step in (["--all", "--email", "admin@example.org"], ["-u", *MODULES, "--activate-dependencies"]):
        run("make its schema", [*command, *step], {"TRYTONPASSFILE": str(work / "password")})
    (work / "db" / "schema.sqlite").replace(folder / "schema.sqlite")
    shutil.rmtree(work)


def sow(folder: Path, files: dict[str, Path]) -> None:
    """Seed a copy of the empty database for each role, over HTTP."""
    work = folder / "sowing"
    shutil.rmtree(work, ignore_errors=True)
    (work / "db").mkdir(parents=True)
    for role in files:
        shutil.copyfile(folder / "schema.sqlite", work / "db" / f"{role}.sqlite")
    with started(folder, work, list(files)) as server:
        for role in files:
            person = Rpc(server.url, role)
            seed.seed(person, ROLES[role])
            person.close()
    for role, path in files.items():
        path.parent.mkdir(exist_ok=True)
        whole(work / "db" / f"{role}.sqlite")
        (work / "db" / f"{role}.sqlite").replace(path)
    shutil.rmtree(work)


def whole(path: Path) -> None:
    """Take what still stands in the journal of a database into its file."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def run(what: str, command: Sequence[str], extra: dict[str, str] | None = None) -> None:
    done = subprocess.run(  # noqa: S603 - ours
        command, env={**os.environ, **(extra or {})}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise NotToBeHad(f"cannot {what}: {lines[-1] if lines else f'exit code {done.returncode}'}")


def main() -> None:
    """Build what is missing; say how long each part took."""
    began = time.monotonic()
    with alone() as folder:
        installed(folder)
    built = time.monotonic()
    seeded()
    now = time.monotonic()
    sys.stdout.write(f"{cache()}: packages and schema {built - began:.0f} s, seed {now - built:.0f} s\n")


if __name__ == "__main__":
    main()
