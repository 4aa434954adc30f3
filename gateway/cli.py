"""The command `commerce-gateway`."""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from gateway.demo.options import MOST_SKUS, MOST_STORES, DemoOptions, DemoRefused
from gateway.demo.run import run_demo
from gateway.doctor import examine
from gateway.domain.errors import GatewayError
from gateway.network.file import load
from gateway.network.keys import new_key
from gateway.operate import Refused, serve_network, sync_network, work_network
from gateway.sandbox.network import SYSTEMS
from gateway.settings import Settings
from gateway.telemetry import configure_logs
from schema.build import build_schema

app = typer.Typer(
    name="commerce-gateway",
    help="One GraphQL graph of products, stock, promises and orders over a retailer's ERP, WMS, POS and suppliers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
console = Console(stderr=True)
HIGHEST_PORT = 65_535
NetworkFile = Annotated[Path, typer.Option("--network", help="The network file (TOML).")]
Embedded = Annotated[
    Path | None,
    typer.Option("--embedded", help="Run the embedded database on this folder, for as long as the command runs; no MONGODB_URI then."),
]
FaultList = Annotated[
    list[str] | None, typer.Option("--fault", help="Faults of a system from the start, as wms:latency_ms=200,error_rate=0.1. Repeatable.")
]


@app.command()
def demo(
    port: Annotated[
        int, typer.Option(min=0, max=HIGHEST_PORT, help="Port of the graph; a free one is taken when it is not free. 0: any.")
    ] = 8000,
    data: Annotated[Path, typer.Option(help="Folder of the database, the sandbox and the keys.")] = Path(".gateway-data"),
    seed: Annotated[int, typer.Option(help="The retailer follows from it.")] = 1,
    skus: Annotated[int, typer.Option(min=1, max=MOST_SKUS)] = 500,
    stores: Annotated[int, typer.Option(min=1, max=MOST_STORES)] = 12,
    speed: Annotated[float, typer.Option(min=0.1, help="How much faster than life the sandbox's systems work.")] = 1.0,
    fault: FaultList = None,
    ready_file: Annotated[Path | None, typer.Option(help="Written as JSON once the graph answers: addresses, keys, sources.")] = None,
) -> None:
    """Start the embedded database, the sandbox network, the first sync and the graph."""
    options = DemoOptions(data, port, seed, skus, stores, speed, faults(fault or []), ready_file)
    attempt(lambda: run_demo(options, Settings(), console))


@app.command()
def serve(
    network: NetworkFile,
    port: Annotated[int | None, typer.Option(min=0, max=HIGHEST_PORT, help="Port of the graph.")] = None,
    embedded: Embedded = None,
    with_worker: Annotated[bool, typer.Option("--with-worker", help="Run the loops too, in the same process.")] = False,  # noqa: FBT002 - typer's way
) -> None:
    """Answer requests over the systems of a network file; MONGODB_URI names the database, or --embedded runs one."""
    attempt(lambda: serve_network(load(network), with_port(port), console, embedded=embedded, with_worker=with_worker))


@app.command()
def worker(network: NetworkFile) -> None:
    """Run the loops: sync, relays, recovery, routing. Any number of workers share them."""
    attempt(lambda: work_network(load(network), Settings(), console))


@app.command()
def sync(
    source: Annotated[str, typer.Argument(help="Code of the source, or `all`.")], network: NetworkFile, embedded: Embedded = None
) -> None:
    """Make a full pass over every feed of a source and report what it brought."""
    attempt(lambda: sync_network(load(network), Settings(), source, console, embedded=embedded))


@app.command()
def doctor(network: NetworkFile) -> None:
    """Check a network file, reach each of its sources, and print what holds and from where."""
    attempt(lambda: asyncio.run(examine(load(network), Settings(), console)))


@app.command()
def schema() -> None:
    """Print the graph's SDL."""
    sys.stdout.write(build_schema().as_str() + "\n")


@app.command()
def key(caller: Annotated[str, typer.Argument(help="Id of the caller in the network file.")]) -> None:
    """Make a key for a caller: the key itself, and the digest that the network file holds."""
    try:
        made = new_key(caller)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="CALLER") from None
    sys.stdout.write(f'key = "{made.key}"\nkey_sha256 = "{made.key_sha256}"\n')


def faults(entries: list[str]) -> dict[str, str]:
    found = {}
    for entry in entries:
        system, colon, words = entry.partition(":")
        if not colon or system not in SYSTEMS:
            raise typer.BadParameter(f"{entry!r}: name a system ({', '.join(SYSTEMS)}), as in wms:latency_ms=200", param_hint="--fault")
        found[system] = words
    return found


def with_port(port: int | None) -> Settings:
    return Settings() if port is None else Settings().model_copy(update={"port": port})


def attempt(run: Callable[[], None]) -> None:
    """Run a command; what it refuses becomes a plain message and exit status 1, never a stack trace."""
    configure_logs()
    signal.signal(signal.SIGTERM, interrupted)
    try:
        run()
    except KeyboardInterrupt:
        console.print("Ended before it was ready.")
        raise typer.Exit(130) from None
    except ValidationError as error:
        told = "\n".join(f"GATEWAY_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())
        console.print(told, style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except (DemoRefused, Refused, GatewayError) as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


def interrupted(_number: int, _frame: FrameType | None) -> None:
    """Let SIGTERM end what was started as Ctrl-C does."""
    raise KeyboardInterrupt
