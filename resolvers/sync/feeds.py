"""One pass over one feed of one source: read in batches, check, take in, remember where it stands."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from gateway.domain.errors import GatewayError, SourceError, SourceGarbage
from gateway.domain.feeds import RejectedRow
from gateway.domain.ids import SourceCode
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.sync.report import Progress, SyncReport, quiet

Pass = Callable[[World, SourcePorts, FeedState, SyncReport, Progress], Awaitable[FeedState]]
"""Reads a feed to its end, counts in the report, returns where the feed stands then."""


async def sync_feed(
    world: World, source: SourceCode, name: str, run: Pass, *, full: bool = False, progress: Progress = quiet
) -> SyncReport:
    """Make one pass. A source that fails is told in the report and kept in the feed's state; our own database's outage is raised."""
    before = await world.feeds.feed(source, name)
    report = SyncReport(source, name, full=full)
    started = time.monotonic()
    try:
        after = await run(world, world.sources[source], before, report, progress)
    except SourceError as error:
        after = failed(before, error, world)
        report.error = str(error)
    report.seconds = time.monotonic() - started
    if not report.error:
        after = replace(after, last_sync_at=world.clock.now(), failures=0, failing_since=None, last_error=None)
    await world.feeds.save(counted(after, report))
    progress(report)
    return report


def failed(before: FeedState, error: GatewayError, world: World) -> FeedState:
    since = before.failing_since or world.clock.now()
    return replace(before, failures=before.failures + 1, failing_since=since, last_error=str(error))


def counted(state: FeedState, report: SyncReport) -> FeedState:
    rows = report.rows if report.full or not state.rows else state.rows
    if not report.full and not report.rejected_rows:
        return replace(state, rows=rows)
    return replace(state, rows=rows, rejected_rows=report.rejected_rows, rejected=tuple(report.rejected))


def duplicates(names: list[str]) -> list[RejectedRow]:
    """Refuse the second and later rows of one name: which of them holds cannot be known, the first stands."""
    seen: set[str] = set()
    refused = []
    for index, name in enumerate(names):
        if name in seen:
            refused.append(RejectedRow(index, name, "named twice in one feed; the first row was taken"))
        seen.add(name)
    return refused


def check_not_empty(report: SyncReport, source: SourceCode) -> None:
    """Refuse a full feed without one usable row: a source that has nothing at all is a broken one."""
    if report.rows and report.rejected_rows >= report.rows:
        raise SourceGarbage(source, f"none of the {report.rows} rows of {report.feed} can be used")
