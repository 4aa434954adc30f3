"""Moves claims of an order that nobody was told of away from a place, wherever their goods can be had in time."""

from collections.abc import Collection

from gateway.domain.claims.programs import change
from gateway.domain.ids import LocationCode, rid_of
from gateway.domain.ordering.rerouting import WAITING
from gateway.domain.sourcing.decision import Trigger
from gateway.ports.order_book import Record
from resolvers.commands.deciding import keep_decisions
from resolvers.commands.replanning import Bounds
from resolvers.commands.route_order import ROUTER, is_due, planned
from resolvers.context import Context, World


async def move_claims(world: World, record: Record, mids: Collection[str], away_from: LocationCode, trigger: Trigger) -> bool:
    """Tell whether they went; what has been announced, or can be had nowhere else in time, stays."""
    if record.order is None or record.sent & set(mids):
        return False
    context = Context(world, ROUTER, world.clock.now())
    bounds = Bounds(excluded=frozenset({away_from}))
    moving = await planned(context, record, record.order, bounds, only=lambda one: one.units.mid in mids, movable=WAITING)
    if not moving.replan.targets or not moving.moves_anything(record):
        return False
    moving.gives_out = is_due(record.order, context)
    by = rid_of(record.rid, "move", ",".join(sorted(mids)))
    await keep_decisions(context, record.order, moving.replan.decided, trigger, by)
    await world.claims.run(change(record.rid, by, moving.fitting, moving.write))
    after = (await world.orders.records([record.rid])).get(record.rid, record)
    return not {claim.mid for claim in after.claims} & set(mids)
