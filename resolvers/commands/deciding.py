"""Decisions as they are kept: those of a new order's groups, and those of units that go elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from gateway.domain.awaited import Awaited
from gateway.domain.claims.orphans import fate_of
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.ids import LocationCode, Rid
from gateway.domain.network import Channel
from gateway.domain.order import Order
from gateway.domain.sourcing.decision import Decision, Trigger
from gateway.domain.sourcing.explain import About, decision
from gateway.domain.sourcing.strategy import Sourced
from resolvers.context import Context, World

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SourcedGroup:
    """What was decided for one delivery group."""

    group: str
    service: str
    sourced: Sourced
    plan: tuple[PlannedShipment, ...] = ()
    """As it is promised, with what it awaits."""

    @property
    def awaits(self) -> dict[LocationCode, tuple[Awaited, ...]]:
        return {shipment.location: shipment.awaits for shipment in self.plan if shipment.awaits}


async def decisions(
    context: Context, rid: Rid, channel: Channel, groups: Iterable[SourcedGroup], trigger: Trigger, attempt: str = ""
) -> list[Decision]:
    """Return the decisions with their reasons, each logged once with the method that made it."""
    return [
        await _decided(context, About(rid, one.group, channel, one.service, trigger, attempt, one.awaits), one.sourced) for one in groups
    ]


async def _decided(context: Context, about: About, sourced: Sourced) -> Decision:
    planned_s = context.planning_s
    made = await context.planned(lambda: decision(sourced, about, context.now))
    log.info(
        "sourcing_decided",
        rid=made.rid,
        group=made.group,
        channel=made.channel,
        trigger=made.trigger,
        strategy=made.strategy,
        method=made.method,
        proven=made.proven,
        cost=str(made.cost.total),
        bound=str(made.bound),
        lines=len(sourced.problem.lines),
        places=len(sourced.problem.usable),
        planned_ms=round(planned_s * 1000, 1),
        explained_ms=round((context.planning_s - planned_s) * 1000, 1),
    )
    return made


async def keep_decisions(context: Context, order: Order, groups: Sequence[SourcedGroup], trigger: Trigger, attempt: str) -> None:
    """Write what is about to be decided for units that go elsewhere, before they go."""
    channel = context.world.channel(order.channel, context.principal)
    if channel is not None:
        await context.world.decisions.save(await decisions(context, order.rid, channel, groups, trigger, attempt))


async def settle_decisions(world: World, saved_before: datetime, limit: int) -> int:
    """Keep the decisions of orders that were placed, delete those of orders that never were; return how many orders were looked at."""
    since_by_rid = await world.decisions.waiting(saved_before, limit)
    if not since_by_rid:
        return 0
    records = await world.orders.records(list(since_by_rid))
    fates = {rid: fate_of(records[rid].state if rid in records else None) for rid in since_by_rid}
    kept = {rid for rid, fate in fates.items() if fate == "KEPT"}
    await world.decisions.settle(since_by_rid, kept, {rid for rid, fate in fates.items() if fate == "ORPHAN"})
    return len(since_by_rid)


def why_sourced_again(order: Order, groups: Sequence[str]) -> Trigger:
    """Return what made units of these groups look for a place again: the last thing that happened to their work."""
    works = [work for work in order.fulfillments if work.group in groups]
    last = max(works, key=lambda work: work.updated_at, default=None)
    if last is None:
        return "PLACED"
    if last.state == "CANCELED" and (last.is_moved or last.is_redirected):
        return "ROUTED_BY_HAND" if last.is_moved else "DELIVERY_CHANGED"
    if last.state == "LAPSED":
        return "LAPSED"
    if last.state == "REJECTED":
        return "REJECTED"
    if any(line.missing for line in last.lines):
        return "SHORT_PICK"
    return "REJECTED" if last.rejections else "LOCATION_PAUSED"
