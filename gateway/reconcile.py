"""What a person does about stock at a terminal: audit it, release figures that were not believed, say that a source counts anew."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from gateway.domain.claims.auditing import REPAIRABLE, Drift
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.network import Network
from gateway.domain.quarantine import Quarantine
from gateway.operate import Refused, on_world, read_alone
from gateway.settings import Settings
from gateway.sync_console import print_reports
from resolvers.audit import Audit, audit
from resolvers.context import World
from resolvers.sync.feeds import sync_feed
from resolvers.sync.operators import declare_epoch, quarantined, release
from resolvers.sync.report import SyncReport
from resolvers.sync.source import WHOLE


def audit_network(
    network: Network,
    settings: Settings,
    console: Console,
    *,
    sample: int | None,
    repair: bool,
    json_file: Path | None,
    embedded: Path | None,
) -> bool:
    """Print every drift with its cause; tell whether none is left."""

    async def work(world: World) -> Audit:
        return await audit(world, sample=sample, repair=REPAIRABLE if repair else (), pause_s=settings.audit_pause_s)

    done = on_world(network, settings, embedded, work)
    print_audit(console, done)
    if json_file:
        json_file.write_bytes(orjson.dumps(told(done), option=orjson.OPT_INDENT_2))
    return not done.left


def told(done: Audit) -> dict[str, Any]:
    mended = {one.name for one in done.repaired}
    return {
        "positions": done.positions,
        "shifts": done.shifts,
        "orders": done.orders,
        "readLive": done.read_live,
        "unread": done.unread,
        "left": len(done.left),
        "drifts": [row(one) | {"repaired": one.name in mended} for one in done.drifts],
    }


def row(drift: Drift) -> dict[str, Any]:
    names = {"kind": drift.kind, "invariant": drift.invariant, "position": drift.position, "claim": drift.mid, "order": drift.rid}
    return names | {"told": drift.told, "cause": drift.cause}


def print_audit(console: Console, done: Audit) -> None:
    mended = {one.name for one in done.repaired}
    if done.drifts:
        table = Table("what", "where", "told", "cause", "repaired")
        for one in done.drifts:
            where = one.position or one.rid or ""
            table.add_row(f"{one.kind} {one.invariant}", where, one.told, one.cause, "yes" if one.name in mended else "no")
        console.print(table)
    for source, reason in done.unread.items():
        console.print(f"not asked: {source}: {reason}", highlight=False, markup=False)
    counts = f"{done.positions} positions, {done.shifts} shifts, {done.orders} orders, {done.read_live} positions read live"
    console.print(f"{counts}: {len(done.drifts)} drifts, {len(done.repaired)} repaired, {len(done.left)} left", highlight=False)


def list_quarantine(network: Network, settings: Settings, embedded: Path | None, *, as_json: bool) -> None:
    found = on_world(network, settings, embedded, quarantined, with_sources=False)
    if as_json:
        rows = [{"source": source, **quarantine_row(one)} for source, held in found.items() for one in held]
        sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    table = Table("source", "location", "since", "figures as of", "rows", "moved", "why", "released")
    for source, held in found.items():
        for one in held:
            since = (shown(one.at), shown(one.as_of))
            table.add_row(source, one.location, *since, str(one.rows), str(one.moved), one.why, "yes" if one.released else "")
    Console().print(table)


def quarantine_row(one: Quarantine) -> dict[str, Any]:
    moments = {"since": one.at, "asOf": one.as_of, "released": one.released}
    return {"location": one.location, "rows": one.rows, "moved": one.moved, "why": one.why, **moments}


def shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


def release_quarantine(
    network: Network, settings: Settings, console: Console, source: str, location: str | None, *, embedded: Path | None
) -> None:
    """Let the source's figures be believed, and read them at once."""

    async def work(world: World) -> SyncReport:
        code = SourceCode(source)
        await release(world, code, LocationCode(location) if location else None)
        return await read_alone(world, settings, console, [code], lambda: sync_feed(world, code, "stock", WHOLE["stock"], full=True))

    report = on_world(network, settings, embedded, work)
    print_reports(console, [report])
    if report.error:
        raise Refused(f"{source} could not be read now; what is released is believed at the next pass.")


def declare(network: Network, settings: Settings, console: Console, source: str, *, embedded: Path | None) -> None:
    async def work(world: World) -> str:
        return await declare_epoch(world, SourceCode(source))

    epoch = on_world(network, settings, embedded, work, with_sources=False)
    console.print(
        f"{source} counts anew as {epoch!r}. Claims stay subtracted; it is asked for every order that it had acknowledged, "
        "and everything it has is read by the next pass.",
        highlight=False,
    )
