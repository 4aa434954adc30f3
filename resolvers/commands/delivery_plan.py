"""How a delivery group that goes another way is planned and carried out: with the units that nobody works on, or could be given back."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.domain.claims.documents import Entry, OrderDoc
from gateway.domain.claims.programs import change, reduce
from gateway.domain.delivery_group import DeliveryGroup
from gateway.domain.errors import NotFound, Refused
from gateway.domain.ids import Rid, SourceCode
from gateway.domain.order import Order
from gateway.domain.ordering.canceling import owe_news
from gateway.domain.ordering.drafts import GroupDraft, LineDraft, plan_of, with_plan
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.redirecting import redirected
from gateway.domain.ordering.refusing import refusers
from gateway.domain.ordering.rerouting import Loose
from gateway.domain.outbox import OWED
from gateway.domain.personal import PersonalData
from gateway.ports.order_book import Record
from resolvers.commands.deciding import SourcedGroup
from resolvers.commands.goods import products_asked
from resolvers.commands.group_wish import GroupWish, at_its_point, chosen_way
from resolvers.commands.inputs import ChangeDelivery, DeliveryGroupInput
from resolvers.commands.order_draft import planned_anew
from resolvers.commands.placing import Placing
from resolvers.commands.problems import Problems
from resolvers.commands.quoting import Quoter
from resolvers.commands.replanning import Replan
from resolvers.commands.route_order import Moving
from resolvers.commands.routing_facts import routing_facts
from resolvers.commands.work_step import order_of
from resolvers.context import Context

TO = ("to",)


def being_told(record: Record) -> SourceCode | None:
    """Return a system of which it is not known whether it has been told of the order as it was: it would be told again word for word."""
    telling = (entry for entry in record.outbox if entry.leg == "order" and (entry.state == "SENDING" or entry.ambiguous_at is not None))
    return next((entry.source for entry in telling if entry.kind in {"ORDER", "CHANGE"} and entry.state in OWED), None)


async def planned(
    context: Context,
    command: ChangeDelivery,
    record: Record,
    group: DeliveryGroup,
    loose: tuple[Loose, ...],
    by: Rid,
    asked_at: datetime | None = None,
) -> "Changing":
    """Plan the loose units of a group as they are to go now; raises what stands against it."""
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
    wish = GroupWish(goods, drafts(order, group, loose), TO, order.placed_at_location, later=later, asked_at=asked_at)
    way = chosen_way(quoter, wish, problems)
    problems.stop()
    wish = at_its_point(context, wish, way)
    quoter, (draft,) = await context.planned(lambda: planned_anew(quoter, (wish,), (way,)))
    if draft.fee > group.fee:
        message = f"It costs {draft.fee} instead of {group.fee} {order.currency}; cancel it and order anew to pay the difference."
        raise Refused(message, refusal="PAYMENT_MISMATCH", field=TO)
    decided = (SourcedGroup(group.id, draft.service, draft.sourced, draft.plan),) if draft.sourced else ()
    replan = Replan((plan_of(group.id, draft),), Placing(quoter, (wish,), (draft,)).picks(), decided)
    return Changing(context, facts, loose, replan, group=group.id, draft=draft, by=by)


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


@dataclass
class Changing(Moving):
    """Moves a delivery group's units to where its new draft wants them, and writes the order that comes of it."""

    group: str = ""
    draft: GroupDraft = field(kw_only=True)
    address: str | None = None
    """The name of the address that it goes to, where that is another one."""
    by: Rid = field(kw_only=True)
    """The request that asked for it."""

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
        world = self.context.world
        if self.moves_anything(record):
            await world.claims.run(change(record.rid, self.by, self.fitting, self.write))
        else:
            self.before = {claim.mid: claim.units for claim in record.claims}
            await world.claims.run(reduce(record.rid, record.v, {}, self.write))
        return (await world.orders.records([record.rid])).get(record.rid, record)
