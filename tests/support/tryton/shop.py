"""A gateway over a real Tryton: both are processes of their own, and what is said between them goes over a wire that loses answers."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.tryton.seed import ROLES
from tests.support.demo import Demo
from tests.support.lossy_wire import LossyWire, lossy
from tests.support.real_retailer import ANSWERS, command
from tests.support.real_retailer import started as process
from tests.support.surroundings import keys_of, surroundings
from tests.support.tryton.retail import NETWORK_FILE, Retail, environment
from tests.support.tryton.server import running

CALLERS = ("storefront", "clienteling", "operator")


@dataclass
class Shop:
    """The gateway as callers see it, Tryton as its own people do, and the wire between the two."""

    gateway: Demo
    tryton: Retail
    wire: LossyWire


def prompt_network(folder: Path) -> Path:
    """Return the network file with a shorter settling time: nobody waits a minute between two looks here."""
    text, path = NETWORK_FILE.read_text(encoding="utf-8"), folder / "tryton.toml"
    path.write_text(text.replace('poll_every = "PT10S"', 'poll_every = "PT10S"\nsettle_delay = "PT3S"'), encoding="utf-8")
    return path


@contextlib.contextmanager
def shop(folder: Path) -> Iterator[Shop]:
    """Start Tryton, take everything in, serve. Raises NotToBeHad."""
    keys = keys_of(CALLERS)
    network, database, log = str(prompt_network(folder)), str(folder / "database"), folder / "serve.log"
    with running(folder / "tryton", list(ROLES)) as server, lossy(server.port) as wire:
        known, retail = surroundings(keys, environment(wire.url)), Retail(server)
        synced = command("gateway", "sync", "all", "--network", network, "--embedded", database, environment=known)
        (folder / "sync.txt").write_text(synced, encoding="utf-8")
        serving = ("gateway", "serve", "--network", network, "--port", "0", "--embedded", database, "--with-worker")
        with process(log, ANSWERS, *serving, environment=known) as (gateway, line):
            yield Shop(Demo(gateway, line.partition(ANSWERS)[2].strip(), keys, {}, log), retail, wire)
        for person in retail.people.values():
            person.close()
