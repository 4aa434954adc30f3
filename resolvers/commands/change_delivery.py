"""changeDelivery: a delivery group goes to another address or store, or by another option, as long as nobody has begun."""

from dataclasses import dataclass, field, replace

from gateway.domain.claims.documents import Entry, OrderDoc
from gateway.domain.claims.programs import change, reduce
from gateway.domain.delivery_group import DeliveryGroup
from gateway.domain.done import Done
from gateway.domain.errors import Forbidden, NotFound, Refused
from gateway.domain.order import Order
from gateway.domain.ordering.canceling import owe_news
from gateway.domain.ordering.done import with_done
from gateway.domain.ordering.drafts import GroupDraft, LineDraft, plan_of, with_plan
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.redirecting import readdressable, readdressed, redirectable, redirected, same_place
from gateway.domain.ordering.refusing import refusers
from gateway.domain.ordering.rerouting import Loose
from gateway.domain.outbox import OWED
from gateway.domain.personal import PersonalData
from gateway.ports.order_book import Record
from resolvers.commands.deciding import SourcedGroup, keep_decisions
from resolvers.commands.goods import products_asked
from resolvers.commands.group_wish import GroupWish, at_its_point, check_address, chosen_way
from resolvers.commands.inputs import ChangeDelivery, DeliveryGroupInput
from resolvers.commands.order_draft import planned_anew
from resolvers.commands.order_step import TRIES, changed_meanwhile, keep_key, order_asked
from resolvers.commands.placing import Placing
from resolvers.commands.problems import Problems
from resolvers.commands.quoting import Quoter
from resolvers.commands.replanning import Replan
from resolvers.commands.request import RequestMark, is_repeat, request_mark
from resolvers.commands.route_order import Moving, check_open, is_due
from resolvers.commands.routing_facts import routing_facts
from resolvers.commands.work_step import order_of
from resolvers.context import Context

TO = ("to",)
READDRESSED = frozenset({"SHIP", "COURIER"})


async def change_delivery(context: Context, command: ChangeDelivery) -> Record:
    """Return the order with its delivery changed. Raises what stands against it; the old delivery then stands as it was."""
    mark = request_mark(context, "changeDelivery", command)
    for _ in range(TRIES):
        record, order = await order_asked(context, command.order)
        check_caller(context, record)
        if is_repeat(order.done, mark):
            return record
        group = group_asked(order, command.group)
        check_told(record)
        await keep_key(context, mark, record.rid)
        if command.address and group.method in READDRESSED and same_place(group, command.address):
            written = await at_another_door(context, command, mark, record, group)
        else:
            written = await another_way(context, command, mark, record, group)
        if written:
            return written
    raise changed_meanwhile()


def check_caller(context: Context, record: Record) -> None:
    if record.rid not in context.secret_rids and not context.principal.may("orders:write"):
        raise Forbidden("This needs the scope orders:write, or the order's own secret.")


def check_told(record: Record) -> None:
    """Raise while it is not known whether a system has been told of the order as it was: it would be told again word for word."""
    telling = (entry for entry in record.outbox if entry.leg == "order" and (entry.state == "SENDING" or entry.ambiguous_at is not None))
    under_way = next((entry for entry in telling if entry.kind in {"ORDER", "CHANGE"} and entry.state in OWED), None)
    if under_way:
        message = f"{under_way.source} is being told of this order as it was; ask again shortly with the same key."
        raise Refused(message, refusal="CHANGED_MEANWHILE", field=("order",))


def group_asked(order: Order, key: str) -> DeliveryGroup:
    rid, _, name = key.rpartition("/")
    found = next((group for group in order.groups if rid == order.rid and group.id == name), None)
    if found is None:
        raise NotFound("delivery group of this order", key, field=("deliveryGroupId",))
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
    changing = await planned(context, command, record, group, loose)
    changing.done, changing.actor, changing.gives_out = Done(mark.by, mark.fp, context.now), context.principal.actor, is_due(order, context)
    changing.address = await new_address(context, command, mark, record, group)
    await keep_decisions(context, order, changing.replan.decided, "DELIVERY_CHANGED", mark.by)
    after = await changing.carried(record)
    return after if is_repeat(order_of(after).done, mark) else None


async def planned(context: Context, command: ChangeDelivery, record: Record, group: DeliveryGroup, loose: tuple[Loose, ...]) -> "Changing":
    order, problems = order_of(record), Problems()
    facts = routing_facts(context.world, (await context.ready()).locations)
    channel = context.world.channel(order.channel, context.principal)
    if channel is None:
        raise NotFound("channel", order.channel, field=("order",))
    mids = {one.units.mid for one in loose}
    own = tuple(claim for claim in record.claims if claim.mid in mids)
    quoter = Quoter(context, channel, await products_asked(context, [one.sku for one in loose]), own, refused=refusers(order))
    data = (await context.world.orders.personal([record.rid])).get(record.rid)
    goods = asked(command, group, data)
    later = any(units.units.state == "BACKORDERED" for units in loose)
    wish = GroupWish(goods, drafts(order, group, loose), TO, order.placed_at_location, later=later)
    way = chosen_way(quoter, wish, problems)
    problems.stop()
    wish = at_its_point(context, wish, way)
    quoter, (draft,) = await context.planned(lambda: planned_anew(quoter, (wish,), (way,)))
    if draft.fee > group.fee:
        message = f"It costs {draft.fee} instead of {group.fee} {order.currency}; cancel it and order anew to pay the difference."
        raise Refused(message, refusal="PAYMENT_MISMATCH", field=TO)
    decided = (SourcedGroup(group.id, draft.service, draft.sourced, draft.plan),) if draft.sourced else ()
    replan = Replan((plan_of(group.id, draft),), Placing(quoter, (wish,), (draft,)).picks(), decided)
    return Changing(context, facts, loose, replan, group=group.id, draft=draft)


def asked(command: ChangeDelivery, group: DeliveryGroup, data: PersonalData | None) -> DeliveryGroupInput:
    """Return the group as it would be ordered now: by the same service, unless a token names another."""
    collected = command.pickup_location_code if command.promise_token is None else None
    known = data.address_by_group.get(group.address_name) if data else None
    return DeliveryGroupInput(
        lines=(),
        promise_token=command.promise_token,
        service_code=None if command.promise_token else group.service,
        address=command.address or (None if collected else known),
        position=command.position,
        pickup_location_code=collected,
        pickup_point=group.pickup_point if command.promise_token is None else None,
        instructions=group.instructions,
    )


def drafts(order: Order, group: DeliveryGroup, loose: tuple[Loose, ...]) -> tuple[LineDraft, ...]:
    """Return the open units of the group by line, at the price that they were ordered at."""
    price_by_line = {line.id: line.unit_price for line in order.lines if line.group == group.id}
    return tuple(LineDraft(one.sku, one.units.quantity, price_by_line[one.line]) for one in loose)


async def new_address(context: Context, command: ChangeDelivery, mark: RequestMark, record: Record, group: DeliveryGroup) -> str | None:
    """Keep the new address before the order changes, under a name that only the changed order has for it; None: there is none."""
    if command.address is None:
        return None
    name = f"{group.id}/{mark.by}"
    await context.world.orders.add_address(record.rid, name, command.address)
    return name


@dataclass
class Changing(Moving):
    """Moves a delivery group's units to where its new draft wants them, and writes the order that comes of it."""

    group: str = ""
    draft: GroupDraft = field(kw_only=True)
    address: str | None = None
    """The name of the address that it goes to, where that is another one."""

    def write(self, doc: OrderDoc) -> Entry:
        if doc.order is None:
            return Entry()
        plans = doc.change.plan if doc.change else ()
        made = next((one for one in plans if one.group == self.group), None)
        draft = with_plan(self.draft, made) if made else self.draft
        order = redirected(doc.order, self.group, draft, self.address, self.context.now, self.actor)
        return super().write(replace(doc, order=order))

    def owe(self, order: Order, owed: Owed) -> None:
        owe_news(order, owed)

    async def carried(self, record: Record) -> Record:
        """Return the order after the change: of claims too, or of its content alone where they fit as they are."""
        world, by = self.context.world, self.done.by if self.done else record.rid
        if self.moves_anything(record):
            await world.claims.run(change(record.rid, by, self.fitting, self.write))
        else:
            self.before = {claim.mid: claim.units for claim in record.claims}
            await world.claims.run(reduce(record.rid, record.v, {}, self.write))
        return (await world.orders.records([record.rid])).get(record.rid, record)
