"""The demo from start to end: database, systems behind, first sync, graph; what was started is ended, whatever happens."""

import os
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console

from gateway.app import Gateway, gateway_on
from gateway.demo.banner import print_banner
from gateway.demo.behind import Behind, behind
from gateway.demo.folder import check_ready_file, opened, write_environment, write_ready_file
from gateway.demo.keyring import Keyring, keyring
from gateway.demo.network import read_network
from gateway.demo.options import DemoOptions
from gateway.demo.webhooks import ask_for_pushes
from gateway.serving import address, listening_socket, run, serve
from gateway.settings import Settings
from gateway.sync_console import bars, print_reports
from gateway.wiring import Running, connected, embedded_database, in_no_hurry
from gateway.worker import Worker
from resolvers.sync.source import sync_everything


def run_demo(options: DemoOptions, settings: Settings, console: Console) -> None:
    """Run until a signal. Raises DemoRefused when it cannot start."""
    if options.ready_file:
        check_ready_file(options.ready_file)
    with opened(options) as data, embedded_database(data / "database") as uri:
        sock, moved = listening_socket(settings.host, options.port)
        if moved:
            console.print(f"Port {options.port} is taken; the graph moves to {address(sock)}.")
        with behind(options, data, console) as systems:
            keys = keyring(data)
            settings = with_secrets(settings, keys, uri)
            environment = write_environment(data, {**systems.surroundings(keys), **own_variables(keys, uri)})
            run(demo(options, settings, console, Stage(sock, systems, keys, environment)))


class Stage:
    """What stands ready before the event loop runs."""

    def __init__(self, sock: socket.socket, behind: Behind, keys: Keyring, environment: Path) -> None:
        self.sock, self.behind, self.keys, self.environment = sock, behind, keys, environment

    @property
    def doctor(self) -> str:
        """The command by which another shell works on this demo."""
        network = shlex.quote(str(self.behind.template))
        return f". {shlex.quote(str(self.environment))} && {shlex.quote(sys.argv[0])} doctor --network {network}"


def own_variables(keys: Keyring, uri: str) -> dict[str, str]:
    """Return the settings that the demo gives itself, as variables."""
    return {"MONGODB_URI": uri, "GATEWAY_TOKEN_KEYS": keys.tokens, "GATEWAY_ORDER_KEY": keys.orders}


def with_secrets(settings: Settings, keys: Keyring, uri: str) -> Settings:
    changed = {"mongodb_uri": uri, "token_keys": SecretStr(keys.tokens), "order_key": SecretStr(keys.orders)}
    return settings.model_copy(update=changed)


async def demo(options: DemoOptions, settings: Settings, console: Console, stage: Stage) -> None:
    network = read_network(stage.behind.template, stage.behind.surroundings(stage.keys))
    running = await connected(settings, network)
    await first_sync(running, settings, console)
    gateway = gateway_on(running, settings, worker=Worker(running.world, settings))
    await serve(gateway.app(), gateway.draining, stage.sock, settings, announcer(options, console, stage, gateway))


async def first_sync(running: Running, settings: Settings, console: Console) -> None:
    """Take everything in, unless the data folder has it: then the loops bring the news."""
    feeds = await running.world.feeds.feeds()
    if any(feed.last_full_at for feed in feeds):
        console.print("Found the data of an earlier run; the loops bring what has changed since.")
        return
    with bars(console) as progress, in_no_hurry(settings):
        reports = await sync_everything(running.world, progress)
    print_reports(console, reports)


def announcer(options: DemoOptions, console: Console, stage: Stage, gateway: Gateway) -> Callable[[str], Awaitable[None]]:
    async def announce(url: str) -> None:
        graphql, sources = f"{url}/graphql", stage.behind.sources
        callers = {caller.id for caller in gateway.world.network.callers}
        keys = {kind: key for kind, key in stage.keys.callers.items() if kind in callers}
        if stage.behind.pushes:
            await ask_for_pushes(url, sources, stage.keys.webhooks)
        products = await gateway.world.catalogue.everything()
        print_banner(console, graphql, keys, sources, products[0].sku if products else "", stage.doctor)
        if options.ready_file:
            write_ready_file(options.ready_file, {"graphql": graphql, "keys": keys, "sources": sources, "pid": os.getpid()})

    return announce
