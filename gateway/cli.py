"""The command `commerce-gateway`."""

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway.conformance.command import examine_source, print_table
from gateway.demo.options import MOST_SKUS, MOST_STORES, DemoOptions, Systems
from gateway.demo.run import run_demo
from gateway.doctor import examine
from gateway.edi_commands import edi
from gateway.network.file import load
from gateway.network.keys import new_key
from gateway.operate import on_world, serve_network, sync_network, work_network
from gateway.outbox import Verdict, Wanted, decided, listed
from gateway.outbox_console import print_messages, print_outcomes
from gateway.reconcile import audit_network, declare, list_quarantine, release_quarantine
from gateway.reoptimize import reoptimize_network
from gateway.sandbox.network import SYSTEMS
from gateway.settings import Settings
from gateway.simulate.console import Asked, simulate_network
from gateway.terminal import AsJson, Embedded, NetworkFile, attempt, console
from schema.build import build_schema
from schema.types.hand_overs import HandOverState

app = typer.Typer(
    name="commerce-gateway",
    help="One GraphQL graph of products, stock, promises and orders over a retailer's ERP, WMS, POS and suppliers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
HIGHEST_PORT = 65_535
MetricsPort = Annotated[int | None, typer.Option(min=0, max=HIGHEST_PORT, help="Port of /metrics, /healthz and /readyz.")]
FaultList = Annotated[
    list[str] | None, typer.Option("--fault", help="Faults of a system from the start, as wms:latency_ms=200,error_rate=0.1. Repeatable.")
]

outbox = typer.Typer(name="outbox", help="The messages owed to the systems behind the gateway.", no_args_is_help=True)
app.add_typer(outbox)
quarantine = typer.Typer(name="quarantine", help="Figures of stock that look like garbage and are not believed.", no_args_is_help=True)
app.add_typer(quarantine)
app.add_typer(edi)


Messages = Annotated[list[str] | None, typer.Argument(help="ORDER/N as `outbox list` shows them, or ids of the graph.")]
SourceList = Annotated[list[str] | None, typer.Option("--source", help="Only messages to this source. Repeatable.")]
StateList = Annotated[
    list[HandOverState] | None, typer.Option("--state", help="Only messages in this state. Repeatable.", case_sensitive=False)
]
SourceName = Annotated[str, typer.Argument(help="Code of the source.")]
OrderNumber = Annotated[str | None, typer.Option("--order", help="Only messages of this order, by its number.")]
Note = Annotated[str | None, typer.Option(help="Why; kept with the message.")]


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
    behind: Annotated[Systems, typer.Option("--with", help="What stands behind the graph; a real Tryton is installed first.")] = "sandbox",
) -> None:
    """Start the embedded database, the systems behind, the first sync and the graph."""
    options = DemoOptions(data, port, seed, skus, stores, speed, faults(fault or []), ready_file, behind)
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
def worker(network: NetworkFile, metrics_port: MetricsPort = None) -> None:
    """Run the loops: sync, relays, recovery, routing. Any number of workers share them."""
    attempt(lambda: work_network(load(network), with_port(metrics_port, "metrics_port"), console))


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
def conformance(
    source: SourceName,
    network: NetworkFile,
    writes: Annotated[bool, typer.Option("--writes", help="Give it orders of one unit too, and cancel them again.")] = False,  # noqa: FBT002 - typer's way
    patience: Annotated[float | None, typer.Option(min=0, help="Seconds to wait for a figure to move.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the report here, too.")] = None,
) -> None:
    """Run the conformance kit against a live source: what it does, measured. Exit status 1 when a check failed or work was left behind."""

    def run() -> None:
        report = examine_source(load(network), Settings(), source, console, writes=writes, patience_s=patience, json_file=json)
        if report.failed or report.left:
            raise typer.Exit(1)

    attempt(run)


@app.command("conformance-table")
def conformance_table(reports: Annotated[list[Path], typer.Argument(help="Reports written by `conformance --json`.")]) -> None:
    """Print reports of the kit as the table in adapters/README.md."""
    attempt(lambda: print_table(reports))


@app.command()
def audit(
    network: NetworkFile,
    repair: Annotated[bool, typer.Option("--repair", help="Put right what can be put right safely.")] = False,  # noqa: FBT002 - typer's way
    sample: Annotated[int | None, typer.Option(min=1, help="So many positions and orders at random; all when left out.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write what was found here, too.")] = None,
    embedded: Embedded = None,
) -> None:
    """Compare ledger, movements, orders and sources; list every drift with its cause. Exit status 1 when one is left."""

    def run() -> None:
        if not audit_network(load(network), Settings(), console, sample=sample, repair=repair, json_file=json, embedded=embedded):
            raise typer.Exit(1)

    attempt(run)


@app.command("reoptimize")
def reoptimize_orders(
    network: NetworkFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what could be saved.")] = False,  # noqa: FBT002 - typer's way
    json: Annotated[Path | None, typer.Option(help="Write what was found here, too.")] = None,
    embedded: Embedded = None,
) -> None:
    """Plan orders again that were not given out yet, and move them where that is cheaper, or possible at all, inside their promise."""
    attempt(lambda: reoptimize_network(load(network), Settings(), console, dry_run=dry_run, json_file=json, embedded=embedded))


@app.command()
def simulate(
    network: NetworkFile,
    profile: Annotated[str, typer.Option(help="Name of the profile to try, name@version, or a file ending in .toml.")],
    orders: Annotated[Path | None, typer.Option(help="Past orders: a JSON list, or an object a line.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Orders of the database placed since then (UTC).")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the figures here, too.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw them here, as SVG.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, help="How many work at once; as many as there are processors.")] = None,
    embedded: Embedded = None,
) -> None:
    """Source past orders again from today's stock under another profile, each by itself, and tell what would differ. Changes nothing."""
    asked = Asked(profile, orders, since.date() if since else None, processes, json, plot, embedded)
    attempt(lambda: simulate_network(load(network), Settings(), console, asked))


@app.command()
def epoch(source: SourceName, network: NetworkFile, embedded: Embedded = None) -> None:
    """Say that a source counts its changes anew (it was restored from a backup) and does not tell so itself."""
    attempt(lambda: declare(load(network), Settings(), console, source, embedded=embedded))


@quarantine.command("list")
def list_quarantined(network: NetworkFile, json: AsJson = False, embedded: Embedded = None) -> None:  # noqa: FBT002 - typer's way
    """List the places whose last figures are not believed, and why."""
    attempt(lambda: list_quarantine(load(network), Settings(), embedded, as_json=json))


@quarantine.command("release")
def release_quarantined(
    source: SourceName,
    network: NetworkFile,
    location: Annotated[str | None, typer.Option(help="Only the figures of this place.")] = None,
    embedded: Embedded = None,
) -> None:
    """Believe a source's next figures whatever they say, and read them now."""
    attempt(lambda: release_quarantine(load(network), Settings(), console, source, location, embedded=embedded))


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


@outbox.command("list")
def list_outbox(
    network: NetworkFile,
    source: SourceList = None,
    state: StateList = None,
    order: OrderNumber = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    json: AsJson = False,  # noqa: FBT002 - typer's way
    embedded: Embedded = None,
) -> None:
    """List messages; those that somebody still has to do something about, unless --state names others."""
    chosen = wanted(None, source, state, order)

    def run() -> None:
        found, total = on_world(load(network), Settings(), embedded, lambda world: listed(world, chosen, limit), with_sources=False)
        print_messages(found, total, as_json=json)

    attempt(run)


@outbox.command()
def confirm(
    network: NetworkFile,
    message: Annotated[str, typer.Argument(help="ORDER/N as `outbox list` shows it, or its id in the graph.")],
    reference: Annotated[str | None, typer.Option(help="The source's own number for it.")] = None,
    note: Note = None,
    json: AsJson = False,  # noqa: FBT002 - typer's way
    embedded: Embedded = None,
) -> None:
    """Take a message as arrived."""
    decide(network, wanted([message], None, None, None), Verdict("CONFIRM", reference, note), as_json=json, embedded=embedded)


def deciding(resolution: Literal["RETRY", "DROP"]) -> Callable[..., None]:
    """Return a command that says the same of every message that is meant."""

    def run(
        network: NetworkFile,
        messages: Messages = None,
        source: SourceList = None,
        state: StateList = None,
        order: OrderNumber = None,
        note: Note = None,
        json: AsJson = False,  # noqa: FBT002 - typer's way
        embedded: Embedded = None,
    ) -> None:
        decide(network, wanted(messages, source, state, order), Verdict(resolution, note=note), as_json=json, embedded=embedded)

    return run


outbox.command("retry", help="Send messages again under their keys; of a PARKED one that means that it did not arrive.")(deciding("RETRY"))
outbox.command("drop", help="Give messages up; work that they would have given is done through the graph.")(deciding("DROP"))


def wanted(messages: list[str] | None, source: list[str] | None, state: list[HandOverState] | None, order: str | None) -> Wanted:
    return Wanted(tuple(messages or ()), tuple(source or ()), tuple(one.value for one in state or ()), order)


def decide(network: Path, chosen: Wanted, verdict: Verdict, *, as_json: bool, embedded: Path | None) -> None:
    """Exit status 1 when a message could not be decided; the others are."""

    def run() -> None:
        outcomes = on_world(load(network), Settings(), embedded, lambda world: decided(world, chosen, verdict), with_sources=False)
        print_outcomes(outcomes, as_json=as_json)
        if any(one.outcome == "REFUSED" for one in outcomes):
            raise typer.Exit(1)

    attempt(run)


def faults(entries: list[str]) -> dict[str, str]:
    found = {}
    for entry in entries:
        system, colon, words = entry.partition(":")
        if not colon or system not in SYSTEMS:
            raise typer.BadParameter(f"{entry!r}: name a system ({', '.join(SYSTEMS)}), as in wms:latency_ms=200", param_hint="--fault")
        found[system] = words
    return found


def with_port(port: int | None, name: str = "port") -> Settings:
    return Settings() if port is None else Settings().model_copy(update={name: port})
