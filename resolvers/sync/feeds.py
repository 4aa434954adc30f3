"""One pass over one feed of one source: read in batches, check, take in, remember where it stands."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from gateway.domain.errors import GatewayError, SourceError, SourceGarbage
from gateway.domain.feeds import RejectedRow
from gateway.domain.ids import SourceCode
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.sync.report import Progress, SyncReport, quiet

log = structlog.get_logger(__name__)
Pass = Callable[[World, SourcePorts, FeedState, SyncReport, Progress], Awaitable[FeedState]]
"""Reads a feed to its end, counts in the report, returns where the feed stands then."""
TWICE = "named twice in one feed; the first row was taken"


async def sync_feed(
    world: World, source: SourceCode, name: str, run: Pass, *, full: bool = False, progress: Progress = quiet
) -> SyncReport:
    """Make one pass. A source that fails is told in the report and kept in the feed's state; our own database's outage is raised.

    A pass that asked nothing leaves the feed's state as it is: it is no sign that the source answers.
    """
    before = await world.feeds.feed(source, name)
    report = SyncReport(source, name, full=full)
    started = time.monotonic()
    try:
        after = await run(world, world.sources[source], before, report, progress)
        after = came_in(after, world, full=full)
    except SourceError as error:
        report.error = str(error)
    except GatewayError:
        raise
    except Exception:
        log.exception("feed_failed", source=source, feed=name)
        report.error = f"{source}: its {name} could not be taken in"
    report.seconds = time.monotonic() - started
    if report.unasked and not report.error:
        return report
    state = counted(failed(before, report, world) if report.error else after, report)
    await world.feeds.save(heeding(before, await world.feeds.feed(source, name), state))
    progress(report)
    return report


def heeding(before: FeedState, standing: FeedState, after: FeedState) -> FeedState:
    """Return the state after a pass with what a person has said, and what a push has put in doubt, while it ran."""
    if standing.declared != before.declared:
        return standing
    released = {one.location for one in standing.quarantines if one.released}
    judged = tuple(replace(one, released=one.released or one.location in released) for one in after.quarantines)
    had = {(one.location, one.at) for one in before.quarantines}
    judged_places = {one.location for one in judged}
    pushed = (one for one in standing.quarantines if (one.location, one.at) not in had and one.location not in judged_places)
    return replace(after, quarantines=(*judged, *pushed))


def came_in(state: FeedState, world: World, *, full: bool) -> FeedState:
    """Return the state after a pass without a fault; changes that come in do not make good that the whole cannot be read."""
    whole_error = None if full else state.whole_error
    since = state.failing_since if whole_error else None
    return replace(state, last_sync_at=world.clock.now(), failures=0, failing_since=since, last_error=None, whole_error=whole_error)


def failed(before: FeedState, report: SyncReport, world: World) -> FeedState:
    since = before.failing_since or world.clock.now()
    whole_error = report.error if report.full else before.whole_error
    return replace(before, failures=before.failures + 1, failing_since=since, last_error=report.error, whole_error=whole_error)


def counted(state: FeedState, report: SyncReport) -> FeedState:
    """Return the state with the rows of its last whole pass, and the refusals of the last pass that was whole or had any."""
    whole = report.full and not report.error
    rows = report.rows if whole or not state.rows else state.rows
    if not whole and not report.rejected_rows:
        return replace(state, rows=rows)
    return replace(state, rows=rows, rejected_rows=report.rejected_rows, rejected=tuple(report.rejected))


def duplicates(names: list[str]) -> list[RejectedRow]:
    """Refuse the second and later rows of one name: which of them holds cannot be known, the first stands."""
    seen: set[str] = set()
    refused = []
    for index, name in enumerate(names):
        if name in seen:
            refused.append(RejectedRow(index, name, TWICE))
        seen.add(name)
    return refused


def check_whole(report: SyncReport, before: FeedState, *, complete: bool) -> None:
    """Refuse a full feed that has no end or not one usable row: what is known stands, a source that has nothing at all is a broken one."""
    if not complete:
        raise SourceGarbage(report.source, f"its {report.feed} ended before the last part")
    if report.rows and report.rejected_rows >= report.rows:
        raise SourceGarbage(report.source, f"none of the {report.rows} rows of {report.feed} can be used")
    if not report.rows and before.rows and before.last_full_at:
        raise SourceGarbage(report.source, f"its {report.feed} has no rows any more; it had {before.rows}")
