"""A gateway over a real Tryton: both are processes of their own, and what is said between them goes over a wire that loses answers."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.tryton.seed import ROLES, gtin
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


WEAVER, PARTY, WEAVES = "WEAVER", "WEAVE", 30
"""A place whose work the ERP has its supplier do, that supplier's party there, and the article that it sends."""
DROP_SHIPPING = f"""
[[sources]]
code = "list"
kind = "FILES"
adapter = "files"
states = "AVAILABLE"
settle_delay = "PT1S"

[sources.options.stock]
file = "%s"
fields = {{ location = "'{WEAVER}'", gtin = "ean", quantity = "units" }}

[[locations]]
code = "{WEAVER}"
kind = "SUPPLIER"
name = "Weaver"
# Its list of stock comes as a file; its work goes through the ERP.
source = "list"
work_source = "erp"
services = ["SHIP"]
address = {{ country_code = "FR", postal_code = "44000", city = "Nantes" }}
"""


def prompt_network(folder: Path) -> Path:
    """Return the network file with a shorter settling time, nobody waits a minute between two looks here, and with a drop shipper."""
    text, path, stock = NETWORK_FILE.read_text(encoding="utf-8"), folder / "tryton.toml", folder / "weaver.csv"
    stock.write_text(f"ean,units\n{gtin(WEAVES)},9\n", encoding="utf-8")
    text = text.replace('poll_every = "PT10S"', 'poll_every = "PT10S"\nsettle_delay = "PT3S"')
    roles = 'roles = ["catalogue", "hand_over"]'
    assert roles in text
    text = text.replace(roles, f'roles = ["catalogue", "hand_over", "news"]\ndrop_shippers = {{ {WEAVER} = "{PARTY}" }}')
    path.write_text(text + DROP_SHIPPING % stock, encoding="utf-8")
    return path


@contextlib.contextmanager
def shop(folder: Path) -> Iterator[Shop]:
    """Start Tryton, take everything in, serve. Raises NotToBeHad."""
    keys = keys_of(CALLERS)
    network, database, log = str(prompt_network(folder)), str(folder / "database"), folder / "serve.log"
    with running(folder / "tryton", list(ROLES)) as server, lossy(server.port) as wire:
        known, retail = surroundings(keys, environment(wire.url)), Retail(server)
        retail.drop_shipper(PARTY, gtin(WEAVES))
        synced = command("gateway", "sync", "all", "--network", network, "--embedded", database, environment=known)
        (folder / "sync.txt").write_text(synced, encoding="utf-8")
        serving = ("gateway", "serve", "--network", network, "--port", "0", "--embedded", database, "--with-worker")
        with process(log, ANSWERS, *serving, environment=known) as (gateway, line):
            yield Shop(Demo(gateway, line.partition(ANSWERS)[2].strip(), keys, {}, log), retail, wire)
        for person in retail.people.values():
            person.close()
