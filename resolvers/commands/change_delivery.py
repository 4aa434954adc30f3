"""changeDelivery: a delivery group goes to another address or store, or by another option; those who have begun are asked first."""

from dataclasses import replace

from gateway.domain.claims.documents import Entry, OrderDoc
from gateway.domain.claims.programs import reduce
from gateway.domain.delivery_group import DeliveryChange, DeliveryGroup
from gateway.domain.done import Done
from gateway.domain.errors import Forbidden, NotFound, Refused
from gateway.domain.lifecycle import BEFORE_THE_CUSTOMER
from gateway.domain.order import Order
from gateway.domain.ordering.canceling import owe_news, unsent
from gateway.domain.ordering.done import with_done
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.redirecting import askable, asked_to_change, readdressable, readdressed, redirectable, same_place
from gateway.domain.ordering.rerouting import Loose
from gateway.domain.ordering.working import Word
from gateway.ports.order_book import Record
from resolvers.commands.deciding import keep_decisions
from resolvers.commands.delivery_plan import TO, asked, being_told, planned
from resolvers.commands.group_wish import GroupWish, check_address
from resolvers.commands.inputs import ChangeDelivery
from resolvers.commands.order_step import TRIES, changed_meanwhile, keep_key, order_asked
from resolvers.commands.problems import Problems
from resolvers.commands.request import RequestMark, is_repeat, request_mark
from resolvers.commands.route_order import check_open, is_due
from resolvers.commands.routing_facts import routing_facts
from resolvers.commands.work_step import order_of
from resolvers.context import Context

GROUP = ("deliveryGroupId",)
READDRESSED = frozenset({"SHIP", "COURIER"})


async def change_delivery(context: Context, command: ChangeDelivery) -> Record:
    """Return the order with its delivery changed, or with the request to those who have begun to give their work back first.

    Raises what stands against it; the old delivery then stands as it was. So does a repeat of a call whose request was turned down.
    """
    mark = request_mark(context, "changeDelivery", command)
    for _ in range(TRIES):
        record, order = await order_asked(context, command.order)
        check_caller(context, record)
        if is_repeat(order.done, mark):
            check_granted(order, mark)
            return record
        group = group_asked(order, command.group)
        check_idle(record, group)
        loose, begun = askable(order, group.id, record.sent)
        await keep_key(context, mark, record.rid)
        if is_next_door(command, record, group):
            written = await at_another_door(context, command, mark, record, group)
        elif begun:
            written = await once_given_back(context, command, mark, record, group, loose, begun)
        else:
            written = await another_way(context, command, mark, record, group)
        if written:
            return written
    raise changed_meanwhile()


def check_caller(context: Context, record: Record) -> None:
    if record.rid not in context.secret_rids and not context.principal.may("orders:write"):
        raise Forbidden("This needs the scope orders:write, or the order's own secret.")


def check_granted(order: Order, mark: RequestMark) -> None:
    """Raise where the request had to wait for a place's word, and was turned down."""
    done = next(one for one in order.done if one.by == mark.by)
    if done.refused:
        code, message = done.refused
        raise Refused(message, refusal=code, field=GROUP)


def check_idle(record: Record, group: DeliveryGroup) -> None:
    """Raise while something else about the delivery is still to be decided, or to be learned."""
    if group.change:
        message = f"Delivery {group.id} is about to change already; ask again once its places have answered."
        raise Refused(message, refusal="CHANGED_MEANWHILE", field=GROUP)
    if source := being_told(record):
        message = f"{source} is being told of this order as it was; ask again shortly with the same key."
        raise Refused(message, refusal="CHANGED_MEANWHILE", field=("order",))
    works = (work for work in order_of(record).fulfillments if work.group == group.id and work.state in BEFORE_THE_CUSTOMER)
    if asked_back := next((work for work in works if work.cancellation or work.asked_back_at), None):
        message = f"{asked_back.location} is being asked to give its work back already; ask again once it has answered."
        raise Refused(message, refusal="CHANGED_MEANWHILE", field=GROUP)


def is_next_door(command: ChangeDelivery, record: Record, group: DeliveryGroup) -> bool:
    """Tell whether the address alone changes, for carriers as for us, and no system was told of it."""
    units = (units for line in order_of(record).lines if line.group == group.id for units in line.units)
    told = any(one.mid in record.sent for one in units if one.state != "CANCELED")
    return bool(command.address and group.method in READDRESSED and same_place(group, command.address) and not told)


def group_asked(order: Order, key: str) -> DeliveryGroup:
    rid, _, name = key.rpartition("/")
    found = next((group for group in order.groups if rid == order.rid and group.id == name), None)
    if found is None:
        raise NotFound("delivery group of this order", key, field=GROUP)
    return found


async def at_another_door(
    context: Context, command: ChangeDelivery, mark: RequestMark, record: Record, group: DeliveryGroup
) -> Record | None:
    """Change the address alone; None: others wrote meanwhile."""
    order, problems = order_of(record), Problems()
    mids = readdressable(order, group.id, record.sent)
    check_address(GroupWish(asked(command, group, None), (), TO), group.method, problems)
    problems.stop()
    address = await new_address(context, command, mark, record, group)

    def write(doc: OrderDoc) -> Entry:
        owed = Owed(doc.rid, doc.outbox, context.now)
        after = readdressed(order, group.id, address or group.address_name, context.now, context.principal.actor)
        owe_news(after, owed)
        return Entry(order=with_done(after, Done(mark.by, mark.fp, context.now)), outbox=owed.entries)

    fence = {claim.mid: claim.units for claim in record.claims if claim.mid in mids}
    done = await context.world.claims.run(reduce(record.rid, record.v, fence, write))
    return (await context.world.orders.records([record.rid]))[record.rid] if done else None


async def another_way(context: Context, command: ChangeDelivery, mark: RequestMark, record: Record, group: DeliveryGroup) -> Record | None:
    """Plan the group anew and claim what that takes; None: others wrote meanwhile."""
    order = order_of(record)
    check_open(replace(order, hold=None))
    loose = redirectable(order, group.id, record.sent)
    changing = await planned(context, command, record, group, loose, mark.by)
    changing.done, changing.actor, changing.gives_out = Done(mark.by, mark.fp, context.now), context.principal.actor, is_due(order, context)
    changing.address = await new_address(context, command, mark, record, group)
    await keep_decisions(context, order, changing.replan.decided, "DELIVERY_CHANGED", mark.by)
    after = await changing.carried(record)
    return after if is_repeat(order_of(after).done, mark) else None


async def once_given_back(
    context: Context,
    command: ChangeDelivery,
    mark: RequestMark,
    record: Record,
    group: DeliveryGroup,
    loose: tuple[Loose, ...],
    begun: frozenset[str],
) -> Record | None:
    """Ask those who have begun to give their work back, where it could then go that way; None: others wrote meanwhile."""
    order = order_of(record)
    check_open(replace(order, hold=None))
    await planned(context, command, record, group, loose, mark.by)
    address = await new_address(context, command, mark, record, group)
    facts = routing_facts(context.world, context.surroundings.locations)
    wanted = DeliveryChange(mark.by, context.now, address, command.position, command.pickup_location_code, command.promise_token)

    def write(doc: OrderDoc) -> Entry:
        owed = Owed(doc.rid, doc.outbox, context.now)
        after = asked_to_change(order, group.id, wanted, begun, owed, facts, Word(context.now, context.principal.actor))
        done = Done(mark.by, mark.fp, context.now)
        return Entry(order=with_done(after, done), outbox=owed.entries, drop_waiting=unsent(after, owed.before))

    idle = {one.units.mid for one in loose if one.units.fulfillment not in begun}
    fence = {claim.mid: claim.units for claim in record.claims if claim.mid in idle}
    asked_now = await context.world.claims.run(reduce(record.rid, record.v, fence, write))
    return (await context.world.orders.records([record.rid]))[record.rid] if asked_now else None


async def new_address(context: Context, command: ChangeDelivery, mark: RequestMark, record: Record, group: DeliveryGroup) -> str | None:
    """Keep the new address before the order changes, under a name that only the changed order has for it; None: there is none."""
    if command.address is None:
        return None
    name = f"{group.id}/{mark.by}"
    await context.world.orders.add_address(record.rid, name, command.address)
    return name
