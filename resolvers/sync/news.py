"""News of handed-over work: each event taken once, in the order in which its source tells."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from gateway.domain.errors import DomainError, GatewayError
from gateway.domain.feeds import RejectedRow, WorkNews
from gateway.domain.ids import SourceCode
from gateway.ports.stores import FeedState
from resolvers.commands.apply_news import apply_news
from resolvers.context import SourcePorts, World
from resolvers.sync.report import Progress, SyncReport

log = structlog.get_logger(__name__)


async def take_news(world: World, ports: SourcePorts, before: FeedState, report: SyncReport, progress: Progress) -> FeedState:
    """Take in what is new. The cursor stays before an event of which nothing could be made for now, so that it is told again."""
    if ports.news is None:
        return before
    state, all_taken = before, True
    async for batch in ports.news.news(before.cursor):
        places = report.take(batch)
        all_taken &= await take_events(world, ports.code, batch.rows, report, places, batch.epoch)
        if all_taken:
            state = replace(state, cursor=batch.cursor or state.cursor, epoch=batch.epoch or state.epoch)
        progress(report)
    return state


async def take_events(
    world: World,
    source: SourceCode,
    events: Sequence[WorkNews],
    report: SyncReport,
    places: Sequence[int] | None = None,
    epoch: str = "",
) -> bool:
    """Apply events that were not seen before; one that does not fit its order is reported and keeps no other one waiting.

    False when one failed by our own fault: it counts as not seen, and later ones about the same work wait for it.
    A source that was restored names new events as old ones were: they are known by its epoch, too.
    """
    names = {id(event): f"{epoch}|{event.event}" if epoch else event.event for event in events}
    unseen = await world.inbox.unseen(source, list(names.values()))
    stuck: set[str] = set()
    for index, event in enumerate(events):
        if names[id(event)] not in unseen:
            report.unchanged += 1
        elif event.reference in stuck or (reason := await refusal_of(world, source, event, epoch)) is None:
            stuck.add(event.reference)
            report.refuse([RejectedRow(index, event.event, "it could not be taken in; it is tried again")], places)
        else:
            unseen -= {names[id(event)]}
            await world.inbox.seen(source, [names[id(event)]])
            report.applied += not reason
            report.refuse([RejectedRow(index, event.event, reason)] if reason else [], places)
    return not stuck


async def refusal_of(world: World, source: SourceCode, event: WorkNews, epoch: str) -> str | None:
    """Apply an event; return why it was refused, "" when it was taken, None when it failed by our own fault."""
    try:
        await apply_news(world, source, event, epoch)
    except DomainError as error:
        log.warning("news_refused", source=source, event_id=event.event, reference=event.reference, reason=error.message)
        return error.message
    except GatewayError:
        raise
    except Exception:
        log.exception("news_failed", source=source, event_id=event.event, reference=event.reference)
        return None
    return ""
