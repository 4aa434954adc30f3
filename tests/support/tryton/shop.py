"""A gateway over a real Tryton: both are processes of their own, and what is said between them goes over a wire that loses answers."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.tryton.seed import ROLES
from tests.support.demo import Demo
from tests.support.real_retailer import ANSWERS, command
from tests.support.real_retailer import started as process
from tests.support.tryton.lossy_wire import LossyWire, lossy
from tests.support.tryton.retail import NETWORK_FILE, Retail, environment
from tests.support.tryton.server import running

CALLERS = ("storefront", "clienteling", "operator")


@dataclass
class Shop:
    """The gateway as callers see it, Tryton as its own people do, and the wire between the two."""

    gateway: Demo
    tryton: Retail
    wire: LossyWire


def surroundings(url: str, keys: dict[str, str]) -> dict[str, str]:
    """Return what the network file and the server are told by the environment."""
    digests = {f"{kind.upper()}_KEY_SHA256": hashlib.sha256(key.partition(".")[2].encode()).hexdigest() for kind, key in keys.items()}
    own = {"GATEWAY_TOKEN_KEYS": secrets.token_urlsafe(32), "GATEWAY_ORDER_KEY": secrets.token_urlsafe(32)}
    haste = {"GATEWAY_POLL_FACTOR": "0.2", "COLUMNS": "200"}
    kept = {name: value for name, value in os.environ.items() if name != "MONGODB_URI"}
    return {**kept, **environment(url), **digests, **own, **haste}


def prompt_network(folder: Path) -> Path:
    """Return the network file with a shorter settling time: nobody waits a minute between two looks here."""
    text, path = NETWORK_FILE.read_text(encoding="utf-8"), folder / "tryton.toml"
    path.write_text(text.replace('poll_every = "PT10S"', 'poll_every = "PT10S"\nsettle_delay = "PT3S"'), encoding="utf-8")
    return path


@contextlib.contextmanager
def shop(folder: Path) -> Iterator[Shop]:
    """Start Tryton, take everything in, serve. Raises NotToBeHad."""
    keys = {kind: f"{kind}.{secrets.token_urlsafe(24)}" for kind in CALLERS}
    network, database, log = str(prompt_network(folder)), str(folder / "database"), folder / "serve.log"
    with running(folder / "tryton", list(ROLES)) as server, lossy(server.port) as wire:
        known, retail = surroundings(wire.url, keys), Retail(server)
        synced = command("gateway", "sync", "all", "--network", network, "--embedded", database, environment=known)
        (folder / "sync.txt").write_text(synced, encoding="utf-8")
        serving = ("gateway", "serve", "--network", network, "--port", "0", "--embedded", database, "--with-worker")
        with process(log, ANSWERS, *serving, environment=known) as (gateway, line):
            yield Shop(Demo(gateway, line.partition(ANSWERS)[2].strip(), keys, {}, log), retail, wire)
        for person in retail.people.values():
            person.close()
