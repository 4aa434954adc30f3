"""News of handed-over work: each event taken once, in the order in which its source tells."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from gateway.domain.errors import DomainError
from gateway.domain.feeds import RejectedRow, WorkNews
from gateway.domain.ids import SourceCode
from gateway.ports.stores import FeedState
from resolvers.commands.apply_news import apply_news
from resolvers.context import SourcePorts, World
from resolvers.sync.report import Progress, SyncReport

log = structlog.get_logger(__name__)


async def take_news(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    if ports.news is None:
        return before
    state = before
    async for batch in ports.news.news(before.cursor):
        report.rows += len(batch.rows) + len(batch.rejected)
        report.refuse(batch.rejected)
        await take_events(world, ports.code, batch.rows, report)
        state = replace(state, cursor=batch.cursor or state.cursor)
        progress(report)
    return state


async def take_events(world: World, source: SourceCode, events: Sequence[WorkNews], report: SyncReport) -> None:
    """Apply events that were not seen before; one that does not fit its order is reported and keeps no other one waiting."""
    unseen = await world.inbox.unseen(source, [event.event for event in events])
    for index, event in enumerate(events):
        if event.event not in unseen:
            report.unchanged += 1
            continue
        unseen -= {event.event}
        try:
            await apply_news(world, source, event)
            report.applied += 1
        except DomainError as error:
            log.warning("news_refused", source=source, event=event.event, reference=event.reference, reason=error.message)
            report.refuse([RejectedRow(index, event.event, error.message)])
        await world.inbox.seen(source, [event.event])
