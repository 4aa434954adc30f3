"""Follows the supply that orders wait for: units that have come are given out, and a date that moves moves the promise."""

from collections.abc import Mapping
from datetime import UTC, datetime

import structlog

from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.supply import lots_to_come
from gateway.domain.ids import StockKey
from gateway.domain.location import Location
from gateway.domain.order import DeliveryGroup, Order
from gateway.domain.ordering.arriving import Due, arrived, postponed_to, waiting_units, with_new_dates
from gateway.domain.promise.delayed import delayed
from gateway.domain.promise.options import Destination
from gateway.domain.promise.timetable import Timetable
from gateway.ports.order_book import Record
from resolvers.context import Context, World
from resolvers.questions.promise_facts import located, promise_facts

log = structlog.get_logger(__name__)
BATCH = 100


async def follow_supply(world: World, context: Context) -> int:
    """Look at every order that waits for supply; return how many were changed."""
    await context.ready()
    changed, after = 0, None
    while records := await world.orders.awaiting_supply(after, BATCH):
        docs = await world.stock.documents({claim.key for record in records for claim in record.claims if claim.peg})
        changed += sum([await _followed(context, record, docs) for record in records])
        after = records[-1].rid
    return changed


async def _followed(context: Context, record: Record, docs: Mapping[StockKey, StockDoc]) -> bool:
    if record.order is None:
        return False
    due = due_of(record, docs)
    order = arrived(record.order, due, context.now)
    for group in order.groups:
        order = _with_group(context, order, group, {lot: at for lot, at in dates_of(record, docs).items() if at is not None})
    if order == record.order:
        return False
    written = await context.world.orders.write(record, order)
    if written:
        log.info("supply_followed", order=order.number)
    return written is not None


def due_of(record: Record, docs: Mapping[StockKey, StockDoc]) -> dict[str, Due]:
    """Return by claim what of it is still to come; a claim without a marker is not known (its order is being settled)."""
    found: dict[str, Due] = {}
    waiting, dates = waiting_units(record.order) if record.order else {}, dates_of(record, docs)
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


def _with_group(context: Context, order: Order, group: DeliveryGroup, dates: Mapping[str, datetime]) -> Order:
    moved = with_new_dates(group, dates)
    channel = context.world.channel(order.channel, context.principal)
    if moved is group or channel is None:
        return order
    facts = promise_facts(context, channel, ())
    service = next((one for one in channel.services if one.code == group.service), None)
    if service is None:
        return order
    store = facts.locations.get(group.pickup_location) if group.pickup_location else None
    timetable, destination = Timetable(facts, context.now), _destination(context, group, store)
    found = [delayed(timetable, service, destination, store, shipment) if shipment.awaits else None for shipment in moved.plan]
    plan = tuple(again[0] if again else shipment for again, shipment in zip(found, moved.plan, strict=True))
    latest = max((again[1].latest for again in found if again), default=group.promise.latest if group.promise else context.now)
    return postponed_to(order, moved, plan, latest, context.now)


def _destination(context: Context, group: DeliveryGroup, store: Location | None) -> Destination | None:
    if store is not None:
        return Destination(store.address.country_code, store.address.postal_code, store.position) if store.address else None
    return located(context, Destination(group.country_code, group.postal_code)) if group.country_code else None
