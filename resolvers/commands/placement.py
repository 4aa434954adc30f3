"""The order that claims make: by the plan that they were made for, as far as its places really supply."""

from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.claims.documents import Acknowledged, Entry, OrderDoc
from gateway.domain.ids import is_capacity, sku_and_location
from gateway.domain.order import Order
from gateway.domain.order_amounts import CANCELED, units_in
from gateway.domain.ordering.booking import idle_goods, idle_room
from gateway.domain.ordering.building import built
from gateway.domain.ordering.carrying_out import carried_out
from gateway.domain.ordering.drafts import OrderDraft, with_plan
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.refunding import with_refund
from gateway.domain.ordering.routing import Surroundings, routed
from resolvers.commands.by_hand import Standing, taken_by_hand
from resolvers.context import World


@dataclass(frozen=True, slots=True)
class Placement:
    """Makes the order of its claims; pure, so that it may run again. `route`: its work is given out at once."""

    draft: OrderDraft
    surroundings: Surroundings
    at: datetime
    route: bool
    world: World

    def __call__(self, doc: OrderDoc) -> Entry:
        order = self._refunding(built(self._true_draft(doc), doc.claims, self.at))
        owed = Owed(doc.rid, doc.outbox, self.at)
        if self.route:
            order = routed(order, owed, self.surroundings, self.at)
            order = carried_out(order, owed, self.at, self.draft.placed_by)
        spare = idle_goods(order, doc.claims, doc.sent) | idle_room(order, doc.claims, self.surroundings.locations)
        return Entry(order=order, outbox=owed.entries, spare=tuple(spare.items()), taken=self._taken_along(order, doc, owed))

    def _taken_along(self, order: Order, doc: OrderDoc, owed: Owed) -> tuple[Acknowledged, ...]:
        standing = Standing(order, (*doc.outbox, *owed.entries), doc.claims)
        gone = (work.number for work in order.fulfillments if work.state == "COLLECTED")
        return tuple(one for number in gone for one in taken_by_hand(self.world, standing, number, self.at))

    def _true_draft(self, doc: OrderDoc) -> OrderDraft:
        """Return the draft with the plans that the claims were made for, as far as their places really supply."""
        plans = {one.group: one for one in (doc.change.plan if doc.change else ())}
        places = {sku_and_location(claim.key)[1] for claim in doc.claims if not is_capacity(claim.key)}
        groups = []
        for g, group in enumerate(self.draft.groups, 1):
            made = with_plan(group, plans[f"{g}"]) if f"{g}" in plans else group
            plan = [shipment for shipment in made.plan if shipment.location in places]
            by_place = {shipment.location: shipment for shipment in reversed(plan)}
            groups.append(replace(made, plan=tuple(by_place.values())))
        return replace(self.draft, groups=tuple(groups))

    def _refunding(self, order: Order) -> Order:
        """Owe back what was paid for units that are not supplied."""
        lost = tuple((line.id, units) for line in order.lines if (units := units_in(line, CANCELED)))
        if not lost:
            return order
        whole = replace(order, lines=tuple(replace(line, units=()) for line in order.lines))
        return with_refund(whole, order, lost, self.at)
