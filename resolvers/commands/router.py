"""The router: gives placed orders to the places that are to work on them, finds places for what has none, and lets deliveries change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.domain.claims.programs import change
from gateway.domain.delivery_group import DeliveryChange, DeliveryGroup
from gateway.domain.errors import DomainError
from gateway.domain.ids import LocationCode
from gateway.domain.order import Order, UnitGroup
from gateway.domain.ordering.answering import wanted_places
from gateway.domain.ordering.history import needing, told
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.redirecting import redirectable
from gateway.domain.ordering.rerouting import Loose
from gateway.domain.ordering.routing import Surroundings, resting_units, routed
from gateway.domain.ordering.unchanged import unchanged
from gateway.domain.ordering.units import answered_groups, changing_groups
from gateway.domain.ordering.withdrawing import sourced
from gateway.domain.personal import PersonalData
from gateway.ports.order_book import Record
from resolvers.commands.deciding import keep_decisions, why_sourced_again
from resolvers.commands.delivery_plan import being_told
from resolvers.commands.delivery_plan import planned as planned_delivery
from resolvers.commands.inputs import ChangeDelivery, OrderRef
from resolvers.commands.replanning import Bounds
from resolvers.commands.route_order import ROUTER, is_due, may_ask_others, planned, sourcing_rid
from resolvers.commands.routing_facts import routing_facts
from resolvers.commands.work_step import order_of
from resolvers.context import Context, World


async def route(world: World, record: Record) -> Record:
    """Route an order that waits for it: allocated units where they are, units without a place where they can be had.

    So are those at a place that takes no work now; they wait there if no other place has them. What finds no place is left UNSOURCED
    for a person. A hold whose hour has come ends. A delivery that is to change does so once its places have given back what they had begun.
    """
    context = Context(world, ROUTER, world.clock.now())
    if record.order is None or record.state != "PLACED" or not is_due(record.order, context):
        return record
    facts = routing_facts(world, (await context.ready()).locations)
    record = await with_changes(context, record)
    return await settled(context, await rehoused(context, record, order_of(record), facts), facts)


async def with_changes(context: Context, record: Record) -> Record:
    """Carry out the changes of deliveries whose places have all answered; a system that is being told of the order is waited for."""
    for group in order_of(record).groups:
        if group.change and group.id in answered_groups(order_of(record)) and not being_told(record):
            record = await with_change(context, record, group, group.change)
    return record


async def with_change(context: Context, record: Record, group: DeliveryGroup, wanted: DeliveryChange) -> Record:
    """Let a delivery go its new way; where that cannot be had any more it stays as it was, and its units look for a place."""
    order, personal = order_of(record), (await context.world.orders.personal([record.rid])).get(record.rid)
    try:
        loose = redirectable(order, group.id, record.sent)
        changing = await planned_delivery(context, wish(order, group, wanted, personal), record, group, loose, wanted.by, wanted.asked_at)
    except DomainError as error:
        first = error.each[0]
        kept = unchanged(order, group.id, str(first), first.refusal, context.now)
        return await context.world.orders.write(record, kept) or record
    changing.address, changing.gives_out = wanted.address_key, is_due(order, context)
    await keep_decisions(context, order, changing.replan.decided, "DELIVERY_CHANGED", wanted.by)
    return await changing.carried(record)


def wish(order: Order, group: DeliveryGroup, wanted: DeliveryChange, personal: PersonalData | None) -> ChangeDelivery:
    """Return the command as it was given."""
    address = personal.address_by_group.get(wanted.address_key) if personal and wanted.address_key else None
    return ChangeDelivery(
        idempotency_key="",
        order=OrderRef(rid=order.rid),
        group=f"{order.rid}/{group.id}",
        address=address,
        position=wanted.position,
        pickup_location_code=wanted.pickup_location,
        promise_token=wanted.token,
    )


async def rehoused(context: Context, record: Record, order: Order, facts: Surroundings) -> Record:
    """Give units that no place works on a place that does, if there is one and more may be asked."""
    resting = resting_units(order, facts)
    mids = {units.mid for units in resting}
    homeless = bool(homeless_units(order)) and may_ask_others(context, order)
    if not homeless and not mids:
        return record
    bounds = Bounds(excluded=frozenset(units.location for units in resting if units.location))

    def lost(one: Loose) -> bool:
        return one.units.mid in mids or (homeless and one.units.state == "UNSOURCED")

    wanted = wanted_places(order) if homeless else frozenset[LocationCode]()
    moving = await planned(context, record, order, replace(bounds, included=wanted), lost) if wanted else None
    if moving is None or not moving.replan.targets:
        moving = await planned(context, record, order, bounds, lost)
    if not moving.moves_anything(record):
        return record
    by = sourcing_rid(order, mids)
    trigger = "LOCATION_PAUSED" if mids else why_sourced_again(order, [one.group for one in moving.replan.decided])
    await keep_decisions(context, order, moving.replan.decided, trigger, by)
    await context.world.claims.run(change(record.rid, by, moving.fitting, moving.write))
    return (await context.world.orders.records([record.rid])).get(record.rid, record)


async def settled(context: Context, record: Record, facts: Surroundings) -> Record:
    """Write the order as routed; another's write in between leaves it on the router's list."""
    order = record.order
    if order is None or (order.routed and order.hold is None):
        return record
    owed = Owed(record.rid, record.outbox, context.now)
    if order.hold:
        order = told(replace(order, hold=None), "ORDER_RELEASED", "The order's hold has ended.", context.now)
    order = routed(order, owed, facts, context.now)
    resting = resting_units(order, facts)
    waits = resting or answered_groups(order)
    order = calling(waiting(context, order) if waits else replace(sourced(order), routed=True), resting, context.now)
    return await context.world.orders.write(record, order, owed.entries) or record


def homeless_units(order: Order) -> list[UnitGroup]:
    """Return the units that look for a place, of deliveries that are not about to change."""
    changing = changing_groups(order)
    return [units for line in order.lines if line.group not in changing for units in line.units if units.state == "UNSOURCED"]


def waiting(context: Context, order: Order) -> Order:
    """Return the order as one of which something cannot be done now: it is looked at again after a while."""
    channel = context.world.channel(order.channel, context.principal)
    return replace(order, waits_until=context.now + channel.look_again_every) if channel else order


def calling(order: Order, resting: Sequence[UnitGroup], now: datetime) -> Order:
    """Return the order with a call for a person, when units are left without a place that works on them and nobody was called yet."""
    lost = sum(units.quantity for units in (*resting, *homeless_units(order)))
    if not lost or any(one.code == "UNSOURCED" and one.fulfillment is None for one in order.attention):
        return order
    have = "1 unit has" if lost == 1 else f"{lost} units have"
    return needing(order, "UNSOURCED", f"{have} no place that can supply in time; see sourcing, then route the order or cancel.", now)
