"""The command `commerce-gateway conformance`: a source of a network file under the kit, or the table of reports made before."""

import asyncio
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gateway.conformance.findings import Finding, Report, read, told
from gateway.conformance.running import QUESTIONS, examined
from gateway.conformance.showing import STYLES, markdown, print_left, print_report
from gateway.conformance.subject import Bounds, Question, Subject
from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.network import Network, Source
from gateway.settings import Settings
from gateway.wiring import SystemClock, built_sources

COLUMNS = (SpinnerColumn(), TextColumn("{task.description:48}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def examine_source(
    network: Network, settings: Settings, code: str, console: Console, *, writes: bool, patience_s: float | None, json_file: Path | None
) -> Report:
    """Put all questions to a source, show the answers as they come, and keep them."""
    report = asyncio.run(_examined(network, settings, code, console, writes=writes, patience_s=patience_s))
    print_report(console, report)
    if json_file:
        json_file.write_bytes(orjson.dumps(told(report), option=orjson.OPT_INDENT_2) + b"\n")
    return report


async def _examined(network: Network, settings: Settings, code: str, console: Console, *, writes: bool, patience_s: float | None) -> Report:
    source = named(network, code)
    alone = [one for one in network.sources if one.code == code]
    async with built_sources(network, settings, alone) as sources:
        subject = Subject(
            network=network,
            source=source,
            ports=sources[source.code],
            clock=SystemClock(),
            bounds=bounds_of(settings, patience_s),
            writes=writes,
            stamp=uuid.uuid4().hex[:8],
        )
        with Progress(*COLUMNS, console=console) as bar:
            task = bar.add_task(code, total=len(QUESTIONS))

            def begun(question: Question) -> None:
                bar.update(task, description=f"{question.about}: {question.asked}"[:48])

            def done(finding: Finding) -> None:
                bar.advance(task)
                if finding.outcome == "FAILED":
                    bar.console.print(f"FAILED {finding.about}: {finding.asked}", style=STYLES["FAILED"], highlight=False, markup=False)

            try:
                return await examined(subject, begun, done)
            finally:
                print_left(console, subject.left)


def named(network: Network, code: str) -> Source:
    for source in network.sources:
        if source.code == code:
            return source
    raise ConfigurationInvalid(network.name, [f"there is no source {code!r}; use one of {', '.join(one.code for one in network.sources)}"])


def bounds_of(settings: Settings, patience_s: float | None) -> Bounds:
    return Bounds(
        patience_s=settings.conformance_patience_s if patience_s is None else patience_s,
        look_every_s=settings.conformance_look_every_s,
        most_refused=settings.conformance_most_refused,
        sample=settings.conformance_sample,
        slack_s=settings.conformance_slack_s,
    )


def print_table(files: Sequence[Path]) -> None:
    """Print the table of reports that were kept; raises ConfigurationInvalid for a file that holds none."""
    sys.stdout.write(markdown([kept(file) for file in files]) + "\n")


def kept(file: Path) -> Report:
    try:
        return read(orjson.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigurationInvalid(
            str(file), [f"is no report of the kit: {error}; make one with `commerce-gateway conformance --json`"]
        ) from error
