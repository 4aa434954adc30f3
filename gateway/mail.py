"""Partners' mailboxes at a terminal: what was wrong with their files, and files taken in again. No database is needed."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import orjson
from rich.console import Console

from gateway.domain.errors import DomainError
from gateway.domain.ids import SourceCode
from gateway.domain.mail import MailReport
from gateway.domain.network import Network
from gateway.operate import Refused
from gateway.ports.sources import Mailbox
from gateway.settings import Settings
from gateway.wiring import mailboxes, with_mailbox

T = TypeVar("T")
MOST_REPLAYED = 10_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one file that was to be taken in again; `report` None: it could not be."""

    file: str
    outcome: Literal["TAKEN", "STILL_WRONG", "REFUSED"]
    told: str
    report: MailReport | None = None


def list_mail(network: Network, settings: Settings, sources: Sequence[str], limit: int, *, as_json: bool) -> None:
    """Print what was wrong, the last file first."""

    async def work(opened: Mapping[SourceCode, Mailbox]) -> list[MailReport]:
        found = [report for mailbox in opened.values() for report in await mailbox.reports(limit)]
        return sorted(found, key=lambda one: one.at, reverse=True)[:limit]

    reports = on_mailboxes(network, settings, sources, work)
    if as_json:
        write_json([row(one) for one in reports])
        return
    console = Console()
    for one in reports:
        console.print(headline(one), highlight=False, markup=False, soft_wrap=True)
        for fault in one.faults:
            console.print(f"    {fault}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"{len(reports)} files with something wrong", highlight=False)


def replay_mail(
    network: Network, settings: Settings, files: Sequence[str], sources: Sequence[str], *, overlook: bool, as_json: bool
) -> bool:
    """Take files in again: those that are named, else all that were put aside; tell whether all were taken."""
    if overlook and not files:
        raise Refused("Name the files whose faults are to be overlooked, as `edi list` shows them.")

    async def work(opened: Mapping[SourceCode, Mailbox]) -> list[Replayed]:
        return [await replayed(mailbox, file, overlook=overlook) for mailbox in opened.values() for file in await wanted(mailbox, files)]

    if files and len(chosen(network, sources)) > 1:
        raise Refused("Name the source that the files are of: --source CODE.")
    done = on_mailboxes(network, settings, sources, work)
    print_replayed(done, as_json=as_json)
    return all(one.outcome == "TAKEN" for one in done)


async def wanted(mailbox: Mailbox, files: Sequence[str]) -> Sequence[str]:
    """Return the files to take in: duplicates only when they are named. The oldest comes first, as its partner sent it."""
    if files:
        return files
    return [one.file for one in reversed(await mailbox.reports(MOST_REPLAYED)) if one.verdict == "QUARANTINED"]


async def replayed(mailbox: Mailbox, file: str, *, overlook: bool) -> Replayed:
    try:
        report = await mailbox.replay(file, overlook=overlook)
    except DomainError as refused:
        return Replayed(file, "REFUSED", refused.message)
    if report.verdict in {"TAKEN", "WARNED"}:
        return Replayed(file, "TAKEN", f"was taken as {report.file}", report)
    reasons = "; ".join(str(one) for one in report.faults)
    return Replayed(file, "STILL_WRONG", f"is still wrong, and now kept as {report.file}: {reasons}", report)


def chosen(network: Network, sources: Sequence[str]) -> list[SourceCode]:
    """Return the sources that have a mailbox and are meant; raises Refused for one that has none."""
    known = [source.code for source in with_mailbox(network)]
    for code in sources:
        if code not in known:
            raise Refused(f"{code!r} has no mailbox; those that have one: {', '.join(known) or 'none'}.")
    return [code for code in known if not sources or code in sources]


def on_mailboxes(
    network: Network, settings: Settings, sources: Sequence[str], work: Callable[[Mapping[SourceCode, Mailbox]], Awaitable[T]]
) -> T:
    codes = chosen(network, sources)

    async def run() -> T:
        async with mailboxes(network, settings, codes) as opened:
            return await work(opened)

    return asyncio.run(run())


def headline(report: MailReport) -> str:
    control = f" interchange {report.control}" if report.control else ""
    told = f"{report.verdict} {report.source}: {report.came_as} of {report.partner or 'nobody'}{control}, {report.at:%Y-%m-%d %H:%M}Z"
    return f"{told}\n    {report.file}"


def row(report: MailReport) -> dict[str, Any]:
    return {
        "source": report.source,
        "file": report.file,
        "cameAs": report.came_as,
        "partner": report.partner,
        "control": report.control,
        "at": report.at.isoformat(),
        "verdict": report.verdict,
        "faults": [{"position": one.position, "segment": one.segment, "reason": one.reason} for one in report.faults],
    }


def print_replayed(done: Sequence[Replayed], *, as_json: bool) -> None:
    if as_json:
        write_json([{"file": one.file, "outcome": one.outcome, "told": one.told} for one in done])
        return
    console = Console()
    for one in done:
        style = None if one.outcome == "TAKEN" else "red"
        console.print(f"{one.file} {one.told}", style=style, highlight=False, markup=False, soft_wrap=True)
    counts = {name: sum(one.outcome == name for one in done) for name in ("TAKEN", "STILL_WRONG", "REFUSED")}
    console.print(f"{counts['TAKEN']} taken, {counts['STILL_WRONG']} still wrong, {counts['REFUSED']} refused", highlight=False)


def write_json(rows: Sequence[object]) -> None:
    sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n")
