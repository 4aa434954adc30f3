"""News of handed-over work: each event taken once, those of one order in the sequence in which their source tells."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog

from gateway.domain.errors import DomainError, GatewayError
from gateway.domain.feeds import RejectedRow, WorkNews
from gateway.domain.ids import SourceCode
from gateway.ports.stores import FeedState
from resolvers.commands.apply_news import apply_news
from resolvers.context import SourcePorts, World
from resolvers.sync.report import Progress, SyncReport

log = structlog.get_logger(__name__)
ORDER_NUMBER = len("XXXX-XXXX-XXXX")


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

    Those of one order go in their turn, orders side by side. False when one failed by our own fault: it counts as not seen, and later ones
    about the same work wait for it. A source that was restored names new events as old ones were: they are known by its epoch, too.
    """
    named = [(f"{epoch}|{event.event}" if epoch else event.event, event) for event in events]
    unseen = await world.inbox.unseen(source, [name for name, _ in named])
    taking = Taking(world, source, epoch, report, places, set(unseen))
    turns = asyncio.Semaphore(world.news_at_once)

    async def in_turn(own: Sequence[tuple[int, str, WorkNews]]) -> None:
        async with turns:
            for index, name, event in own:
                await taking.take(index, name, event)

    ends = await asyncio.gather(*(in_turn(own) for own in by_order(named)), return_exceptions=True)
    for failure in ends:
        if failure:
            raise failure
    return not taking.stuck


def by_order(named: Sequence[tuple[str, WorkNews]]) -> list[list[tuple[int, str, WorkNews]]]:
    """Return events by the order that they are about: work is named by its order's number and more."""
    groups: dict[str, list[tuple[int, str, WorkNews]]] = {}
    for index, (name, event) in enumerate(named):
        groups.setdefault(event.reference[:ORDER_NUMBER], []).append((index, name, event))
    return list(groups.values())


@dataclass
class Taking:
    """One batch of events. `unseen`: names of those that are still to be taken; `stuck`: work whose events wait for one that failed."""

    world: World
    source: SourceCode
    epoch: str
    report: SyncReport
    places: Sequence[int] | None
    unseen: set[str]
    stuck: set[str] = field(default_factory=set)

    async def take(self, index: int, name: str, event: WorkNews) -> None:
        if name not in self.unseen:
            self.report.unchanged += 1
        elif event.reference in self.stuck or (reason := await refusal_of(self.world, self.source, event, self.epoch)) is None:
            self.stuck.add(event.reference)
            self.report.refuse([RejectedRow(index, event.event, "it could not be taken in; it is tried again")], self.places)
        else:
            self.unseen.discard(name)
            await self.world.inbox.seen(self.source, [name])
            self.report.applied += not reason
            self.report.refuse([RejectedRow(index, event.event, reason)] if reason else [], self.places)


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
