"""Orders that wait, improved at a terminal: what was looked at, what it saved, and what it would save."""

from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from gateway.domain.network import Network
from gateway.operate import on_world
from gateway.settings import Settings
from resolvers.context import World
from resolvers.reoptimizing import Improved, Improvement, reoptimize

COLUMNS = (SpinnerColumn(), TextColumn("{task.description:22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def reoptimize_network(
    network: Network, settings: Settings, console: Console, *, dry_run: bool, json_file: Path | None, embedded: Path | None
) -> None:
    """Improve what waits, or tell what could be (`dry_run`), with a bar while it runs."""

    async def work(world: World) -> Improved:
        with Progress(*COLUMNS, console=console) as bar:
            task = bar.add_task("orders that wait", total=None)
            return await reoptimize(
                world, dry_run=dry_run, progress=lambda done, total: bar.update(task, completed=done, total=max(done, total or 0))
            )

    done = on_world(network, settings, embedded, work, with_view=True)
    print_improved(console, done, dry_run=dry_run)
    if json_file:
        json_file.write_bytes(orjson.dumps(told(done, dry_run=dry_run), option=orjson.OPT_INDENT_2))


def told(done: Improved, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dryRun": dry_run,
        "orders": done.orders,
        "saved": {currency: str(amount) for currency, amount in done.saved.items()},
        "units": sum(one.units for one in done.improvements),
        "improved": [row(one) for one in done.improvements],
    }


def row(one: Improvement) -> dict[str, Any]:
    groups = [{"group": saving.group, "before": amount(saving.before), "after": amount(saving.after)} for saving in one.savings]
    money = {"saved": str(one.saved), "currency": one.currency}
    return {"order": one.number, **money, "units": one.units, "places": list(one.places), "groups": groups}


def amount(cost: object) -> str | None:
    return None if cost is None else str(cost)


def print_improved(console: Console, done: Improved, *, dry_run: bool) -> None:
    if done.improvements:
        table = Table("order", "saves" if dry_run else "saved", "units with a place", "from")
        for one in done.improvements:
            table.add_row(one.number, f"{one.saved} {one.currency}", str(one.units or ""), ", ".join(one.places))
        console.print(table)
    sums = ", ".join(f"{total} {currency}" for currency, total in done.saved.items()) or "nothing"
    verb = "could be improved" if dry_run else "improved"
    console.print(f"{done.orders} orders wait, {len(done.improvements)} {verb}: {sums} saved", highlight=False)
