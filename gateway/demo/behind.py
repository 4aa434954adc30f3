"""What stands behind the demo's graph, started with it and ended with it: the sandbox's systems, or a real Tryton."""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from gateway.demo import network
from gateway.demo.keyring import Keyring
from gateway.demo.options import DemoOptions, DemoRefused
from gateway.demo.tryton import installation
from gateway.demo.tryton.server import NotToBeHad, started
from gateway.sandbox import processes
from gateway.sandbox.network import Retailer
from gateway.sandbox.processes import SystemNotStarted

Sources = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Behind:
    """`template`: the network file; `surroundings`: what fills its placeholders, and its secrets; `pushes`: news come by themselves."""

    sources: Sources
    template: Path
    surroundings: Callable[[Keyring], Mapping[str, str]]
    pushes: bool


@contextlib.contextmanager
def behind(options: DemoOptions, data: Path, console: Console) -> Iterator[Behind]:
    """Start what was asked for. Raises DemoRefused when it cannot be had."""
    with tryton(data, console) if options.behind == "tryton" else sandbox(options, data) as systems:
        yield systems


@contextlib.contextmanager
def sandbox(options: DemoOptions, data: Path) -> Iterator[Behind]:
    retailer = Retailer(options.seed, options.skus, options.stores)
    try:
        starting = processes.start(retailer=retailer, data=data / "sandbox", speed=options.speed, faults=options.faults)
    except SystemNotStarted as error:
        raise DemoRefused(f"The sandbox did not start: {error}") from error
    with starting as systems:
        told: Sources = {
            code: {"url": system.url, "pid": system.pid, "command": system.command_again()} for code, system in systems.systems.items()
        }
        yield Behind(told, network.TEMPLATE, lambda keys: network.values(systems, keys) | network.secrets(systems, keys), pushes=True)


@contextlib.contextmanager
def tryton(data: Path, console: Console) -> Iterator[Behind]:
    """Start a Tryton of the demo's own, on databases that stay in the data folder."""
    console.print("Tryton is looked for; the first time it is installed and seeded, which takes minutes.")
    folder = data / "tryton"
    try:
        files = installation.seeded()
        (folder / "db").mkdir(parents=True, exist_ok=True)
        for role, path in files.items():
            if not (folder / "db" / path.name).exists():
                shutil.copyfile(path, folder / "db" / f"{role}.sqlite")
        with started(installation.cache(), folder, list(files)) as server:
            told: Sources = {role: {"url": f"{server.url}/{role}", "pid": server.process.pid} for role in files}
            yield Behind(told, network.TRYTON_TEMPLATE, lambda keys: network.tryton_values(server.url, keys), pushes=False)
    except NotToBeHad as error:
        raise DemoRefused(f"Tryton {error}. Start the demo without --with tryton, or make its packages reachable for pip.") from error
