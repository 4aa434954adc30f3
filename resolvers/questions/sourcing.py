"""Decisions on where an order's units come from, for those who may see costs."""

from collections.abc import Sequence

from gateway.domain.ids import Rid
from gateway.domain.sourcing.decision import Decision
from resolvers.context import Context
from resolvers.questions.orders import order_by_rid
from resolvers.sight import SeenOrder


async def decisions_of(context: Context, seen: SeenOrder, first: int) -> Sequence[Decision] | None:
    """Return the newest decisions on an order, the newest first; None for callers who may not see costs."""
    return await context.world.decisions.of(seen.record.rid, first) if seen.sight.costs else None


async def decision_by_id(context: Context, key: str) -> Decision | None:
    found = await context.world.decisions.decision(Rid(key))
    seen = await order_by_rid(context, found.rid) if found else None
    return found if seen and seen.sight.costs else None
