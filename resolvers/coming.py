"""Follows the supply that orders wait for: units that have come are given out, and a date that moves moves the promise."""

from collections.abc import Mapping
from datetime import UTC, datetime

import structlog

from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.supply import lots_to_come
from gateway.domain.ids import Rid, StockKey
from gateway.domain.ordering.arriving import Due, arrived, postponed_to, waiting_units
from gateway.ports.order_book import Record
from resolvers.commands.deciding import keep_decisions
from resolvers.context import Context, World
from resolvers.slipping import Slip, decided_on, moved_elsewhere, slipped
from resolvers.sweeping import Attempt, apart

log = structlog.get_logger(__name__)
BATCH = 100


async def follow_supply(world: World, context: Context, attempt: Attempt = apart) -> int:
    """Look at every order that waits for supply; return how many were changed."""
    await context.ready()
    changed, after = set[Rid](), None
    while records := await world.orders.awaiting_supply(after, BATCH):
        docs = await world.stock.documents({claim.key for record in records for claim in record.claims if claim.peg})
        for record in records:

            async def followed(record: Record = record, docs: Mapping[StockKey, StockDoc] = docs) -> None:
                changed.update({record.rid} if await _followed(context, record, docs) else ())

            await attempt(f"supply {record.rid}", followed, record.rid)
        after = records[-1].rid
    return len(changed)


async def _followed(context: Context, record: Record, docs: Mapping[StockKey, StockDoc]) -> bool:
    """Take in what is known now; a promise that its supply keeps no more is kept by other places where there are any, else moved."""
    if record.order is None:
        return False
    dates = dates_of(record, docs)
    slips = [slip for group in record.order.groups if (slip := await slipped(context, record.order, group, dates))]
    for slip in slips:
        if slip.is_lost and await moved_elsewhere(context.world, record, slip):
            return True
    order = arrived(record.order, due_of(record, docs, dates), context.now)
    for slip in slips:
        if slip.plan is not None:
            order = postponed_to(order, slip.group, slip.plan, slip.latest, context.now)
    if order == record.order:
        return False
    await _keep(context, record, slips)
    written = await context.world.orders.write(record, order)
    if written:
        log.info("supply_followed", order=order.number)
    return written is not None


async def _keep(context: Context, record: Record, slips: list[Slip]) -> None:
    """Keep why the units of promises that had to be moved come from where they come."""
    for slip in slips:
        if record.order is not None and slip.is_lost and slip.plan is not None:
            found = await decided_on(context, record, slip)
            await keep_decisions(context, record.order, found, "INBOUND_MOVED", slip.attempt)


def due_of(record: Record, docs: Mapping[StockKey, StockDoc], dates: Mapping[str, datetime | None]) -> dict[str, Due]:
    """Return by claim what of it is still to come; a claim without a marker is not known (its order is being settled)."""
    found: dict[str, Due] = {}
    waiting = waiting_units(record.order) if record.order else {}
    for claim in record.claims:
        marker = docs[claim.key].markers.get(claim.mid) if claim.key in docs else None
        if claim.peg and marker and marker.q and claim.mid in waiting:
            found[claim.mid] = Due(min(marker.due, waiting[claim.mid]), dates.get(claim.peg.lot))
    return found


def dates_of(record: Record, docs: Mapping[StockKey, StockDoc]) -> dict[str, datetime | None]:
    """Return by lot when it is expected now; None: its source tells it no more."""
    dates: dict[str, datetime | None] = {}
    for claim in record.claims:
        if claim.peg and claim.key in docs:
            lot = next((one for one in lots_to_come(docs[claim.key]) if one.name == claim.peg.lot), None)
            dates[claim.peg.lot] = datetime.fromtimestamp(lot.at_ms / 1000, UTC) if lot else None
    return dates
