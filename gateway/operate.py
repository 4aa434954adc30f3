"""Serving, working and syncing over a network file, and the database that MONGODB_URI names or the embedded one on a folder."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from gateway.app import gateway_on
from gateway.domain.ids import SourceCode
from gateway.domain.network import Network
from gateway.http.draining import Draining
from gateway.leasing import in_turn, pass_lease
from gateway.monitoring import side_door
from gateway.serving import bound, serve
from gateway.serving import run as run_to_end
from gateway.settings import Settings
from gateway.sync_console import bars, print_reports
from gateway.wiring import Running, connected, embedded_database, in_no_hurry
from gateway.worker import Worker
from resolvers.context import World
from resolvers.sync.source import sync_everything, sync_source

SHORTEST_SECRET = 32
T = TypeVar("T")


class Refused(Exception):
    """The command cannot run; the message says why and what to do."""


def serve_network(
    network: Network, settings: Settings, console: Console, *, embedded: Path | None = None, with_worker: bool = False
) -> None:
    """Answer requests until a signal; `with_worker`: run the loops in the same process."""
    check_secrets(settings)
    sock = taken(settings.host, settings.port, "GATEWAY_PORT or --port")

    async def ready(url: str) -> None:
        console.print(f"The graph of {network.name} answers at {url}/graphql", highlight=False, soft_wrap=True)

    async def run(settings: Settings) -> None:
        running = await connected(settings, network)
        worker = Worker(running.world, settings) if with_worker else None
        gateway = gateway_on(running, settings, worker)
        await serve(gateway.app(), gateway.draining, sock, settings, ready)

    with sock, with_database(settings, embedded) as ready_settings:
        run_to_end(run(ready_settings))


def taken(host: str, port: int, named: str) -> socket.socket:
    try:
        return bound(host, port)
    except OSError as error:
        raise Refused(f"Port {port} of {host} cannot be had ({error.strerror}); set {named}.") from error


def work_network(network: Network, settings: Settings, console: Console) -> None:
    """Run the loops until a signal; with a `metrics_port` their figures and health are told there."""
    check_secrets(settings)

    async def run(settings: Settings) -> None:
        running = await connected(settings, network)
        await running.start()
        worker = Worker(running.world, settings)
        worker.start()
        console.print(f"{worker.name} runs the loops of {network.name}", highlight=False)
        await until_ended(running, worker)
        await worker.stop()
        await running.stop()

    async def until_ended(running: Running, worker: Worker) -> None:
        if sock is None:
            await ended()
        else:
            app = side_door(running.world, lambda: worker.lives, running.database_answers)
            await serve(app, Draining(), sock, settings, watched)

    async def watched(url: str) -> None:
        console.print(f"Its figures are at {url}/metrics", highlight=False, soft_wrap=True)

    sock = None if settings.metrics_port is None else taken(settings.host, settings.metrics_port, "GATEWAY_METRICS_PORT or --metrics-port")
    with sock or contextlib.nullcontext(), with_database(settings) as ready_settings:
        run_to_end(run(ready_settings))


def sync_network(network: Network, settings: Settings, source: str, console: Console, *, embedded: Path | None = None) -> None:
    """Make one full pass; the exit status tells whether every feed came in."""
    codes = [one.code for one in network.sources]
    if source != "all" and source not in codes:
        raise Refused(f"There is no source {source!r}; the network file has {', '.join(codes)}, or say `all`.")

    async def run(settings: Settings) -> bool:
        running = await connected(settings, network)
        with bars(console) as progress, in_no_hurry(settings):
            pass_over = partial(sync_everything, running.world, progress)
            if source != "all":
                pass_over = partial(sync_source, running.world, SourceCode(source), progress)
            reports = await read_alone(running.world, settings, console, codes if source == "all" else [SourceCode(source)], pass_over)
        print_reports(console, reports)
        await running.stop()
        return all(report.error is None for report in reports)

    with with_database(settings, embedded) as ready_settings:
        whole = run_to_end(run(ready_settings))
    if not whole:
        raise Refused("Not every feed came in; the lines above name which and why.")


async def read_alone(
    world: World, settings: Settings, console: Console, sources: Sequence[SourceCode], pass_over: Callable[[], Awaitable[T]]
) -> T:
    """Read sources while no worker reads them; say so where a worker must be waited for."""
    read: list[T] = []

    async def step() -> None:
        read.append(await pass_over())

    def waiting(name: str) -> None:
        console.print(f"{name.partition('-')[2]} is being read by a worker or another sync; waiting for its end.", highlight=False)

    holder = f"sync-{os.getpid()}-{secrets.token_hex(3)}"
    await in_turn(world.leases, [pass_lease(code) for code in sorted(sources)], holder, settings.lease_s, step, waiting)
    return read[-1]


def on_world(
    network: Network,
    settings: Settings,
    embedded: Path | None,
    work: Callable[[World], Awaitable[T]],
    *,
    with_sources: bool = True,
    with_view: bool = False,
) -> T:
    """Do something once with a network's database, with its sources unless it needs none, and with the view of all stock if it plans."""

    async def run(settings: Settings) -> T:
        running = await connected(settings, network, with_sources=with_sources)
        try:
            if with_view:
                await running.start()
            return await work(running.world)
        finally:
            await running.stop()

    with with_database(settings, embedded) as ready_settings:
        return asyncio.run(run(ready_settings))


@contextlib.contextmanager
def with_database(settings: Settings, embedded: Path | None = None) -> Iterator[Settings]:
    """Yield settings whose database is there: the embedded one, which ends with the block, or else the one that MONGODB_URI names."""
    if embedded:
        with embedded_database(embedded) as uri:
            yield settings.model_copy(update={"mongodb_uri": uri})
    elif settings.mongodb_uri:
        yield settings
    else:
        raise Refused("MONGODB_URI must name the database, as in mongodb://db1,db2,db3/?replicaSet=shop, or --embedded a folder for one.")


async def ended() -> None:
    """Wait for SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    await stop.wait()


def check_secrets(settings: Settings) -> None:
    """Refuse to run without the server's own secrets: they must be the same on every machine and after every restart."""
    for name, secret in (("GATEWAY_TOKEN_KEYS", settings.token_keys), ("GATEWAY_ORDER_KEY", settings.order_key)):
        if secret is None or any(len(part.strip()) < SHORTEST_SECRET for part in secret.get_secret_value().split(",")):
            raise Refused(f"{name} must hold a secret of at least {SHORTEST_SECRET} characters, the same for every process.")
