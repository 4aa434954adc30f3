"""The command: gathers, compares, and tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from gateway.domain.network import Network
from gateway.domain.simulation import Comparison, PastOrder
from gateway.domain.sourcing_terms import SourcingProfile
from gateway.operate import Refused, on_world
from gateway.settings import Settings
from gateway.simulate.past_orders import past_orders
from gateway.simulate.report import as_json, as_svg, rows
from gateway.simulate.spread import comparison
from resolvers.context import World
from resolvers.simulating import Prepared, orders_since, prepared, profile_to_try

COLUMNS = (SpinnerColumn(), TextColumn("{task.description:22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


@dataclass(frozen=True, slots=True)
class Asked:
    """Orders of a file or of the database since a day; `profile`: a name, name@version, or a file ending in .toml."""

    profile: str
    orders: Path | None = None
    since: date | None = None
    processes: int | None = None
    json_file: Path | None = None
    plot_file: Path | None = None
    embedded: Path | None = None


def simulate_network(network: Network, settings: Settings, console: Console, asked: Asked) -> None:
    """Compare past orders under the profile that holds and under another; writes nothing to the database."""
    if (asked.orders is None) == (asked.since is None):
        raise Refused("Say which orders: --orders FILE or --since DATE.")
    listed = past_orders(asked.orders, network) if asked.orders else None
    definition = read(asked.profile) if asked.profile.endswith(".toml") else None

    async def gather(world: World) -> tuple[SourcingProfile, Prepared]:
        profile = await profile_to_try(world, asked.profile, definition)
        return profile, await prepared(world, await wanted(world, listed, asked.since), profile)

    profile, ready = on_world(network, settings, asked.embedded, gather, with_sources=False, with_view=True)
    found = shown_while(console, ready, asked.processes)
    title = f"{profile.name} {profile.version}"
    for currency, part in found.items():
        tell(console, part, title, currency)
    tell_left_out(console, ready, title)
    if asked.json_file:
        about = {"profile": profile.name, "version": profile.version, "asOf": ready.now.isoformat(), "orders": len(ready.orders)}
        about["leftOut"] = dict(ready.left_out)
        asked.json_file.write_bytes(orjson.dumps(as_json(found, about), option=orjson.OPT_INDENT_2))
    if asked.plot_file:
        asked.plot_file.write_text(as_svg(found, title), encoding="utf-8")


def read(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"{name} cannot be read: {error.strerror}.") from error


async def wanted(world: World, listed: Sequence[PastOrder] | None, since: date | None) -> Sequence[PastOrder]:
    if listed is not None or since is None:
        return listed or ()
    return [order async for order in orders_since(world, datetime.combine(since, time(), UTC))]


def shown_while(console: Console, ready: Prepared, processes: int | None) -> dict[str, Comparison]:
    """Compare, currency by currency, with a bar meanwhile."""
    with Progress(*COLUMNS, console=console) as bar:
        task = bar.add_task("orders", total=len(ready.orders))
        parts = ready.by_currency.items()
        return {currency: comparison(part, processes, lambda count: bar.advance(task, count)) for currency, part in parts}


def tell(console: Console, found: Comparison, name: str, currency: str) -> None:
    table = Table(f"measure, {currency}", "as it holds", name, "difference")
    for row in rows(found, currency):
        table.add_row(row.name, str(row.held), str(row.tried), f"{row.difference:+} ({row.share:+.1%})")
    console.print(table)
    console.print(
        f"{found.held.orders} orders that both source; {found.only_held} only the profile that holds, {found.only_tried} only {name}, "
        f"{found.neither} neither can source from today's stock",
        highlight=False,
        soft_wrap=True,
    )


def tell_left_out(console: Console, ready: Prepared, name: str) -> None:
    """Say which orders nothing was reckoned of."""
    if not ready.orders:
        console.print("There are no orders to compare.", highlight=False)
    for channel, count in ready.left_out.items():
        console.print(f"left out, since {name} is not for their channel: orders of {channel}, {count}", highlight=False, soft_wrap=True)
