"""A real Tryton for a test module: a server on fresh copies of the seeded databases."""

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway.demo.tryton import installation
from gateway.demo.tryton.server import Tryton, started


@contextlib.contextmanager
def running(folder: Path, roles: Sequence[str]) -> Iterator[Tryton]:
    """Run a server; raises NotToBeHad where Tryton cannot be installed."""
    files = installation.seeded()
    (folder / "db").mkdir(parents=True)
    for role in roles:
        shutil.copyfile(files[role], folder / "db" / f"{role}.sqlite")
    with started(installation.cache(), folder, roles) as server:
        yield server
