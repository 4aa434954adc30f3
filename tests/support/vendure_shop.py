"""A gateway over a real Vendure by docs/networks/vendure.toml alone; what is said between them goes over a wire that loses answers."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.demo import Demo
from tests.support.lossy_wire import LossyWire, lossy
from tests.support.real_retailer import ANSWERS, command, started
from tests.support.surroundings import keys_of, surroundings
from tests.support.vendure import CALLERS, NETWORK_FILE, Vendure, running


@dataclass
class VendureShop:
    """The gateway as callers see it, Vendure as its own people do, and the wire between the two."""

    gateway: Demo
    vendure: Vendure
    wire: LossyWire


@contextlib.contextmanager
def vendure_shop(folder: Path) -> Iterator[VendureShop]:
    """Start Vendure, take everything in, serve. Raises NotHere."""
    keys, database, log = keys_of(kind.lower() for kind in CALLERS), str(folder / "database"), folder / "serve.log"
    with running(folder) as server, lossy(int(server.url.rpartition(":")[2])) as wire:
        known = surroundings(keys, server.environment(wire.url))
        network = ("--network", str(NETWORK_FILE))
        command("gateway", "sync", "all", *network, "--embedded", database, environment=known)
        serving = ("gateway", "serve", *network, "--port", "0", "--embedded", database, "--with-worker")
        with started(log, ANSWERS, *serving, environment=known) as (process, line):
            yield VendureShop(Demo(process, line.partition(ANSWERS)[2].strip(), keys, {}, log), server, wire)
