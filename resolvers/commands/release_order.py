"""releaseOrder: lets an order on hold go to the locations that are to work on it, with what was paid meanwhile."""

from dataclasses import dataclass, replace

from gateway.domain.errors import IllegalTransition
from gateway.domain.order import Order
from gateway.domain.order_status import order_status
from gateway.domain.ordering.history import told
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.routing import Surroundings, routed
from gateway.ports.order_book import Record
from resolvers.commands.inputs import ReleaseOrder
from resolvers.commands.order_step import Step, Written, decided
from resolvers.commands.payments import check_payments, payments_told, to_be_paid
from resolvers.commands.problems import Problems
from resolvers.commands.request import request_mark
from resolvers.commands.routing_facts import routing_facts
from resolvers.context import Context

MOST_PAYMENTS = 50


async def release_order(context: Context, command: ReleaseOrder) -> Record:
    """End an order's hold and route it in the same write; refused when it is not on hold."""
    mark = request_mark(context, "releaseOrder", command)
    facts = routing_facts(context.world, (await context.ready()).locations)
    return await decided(context, command.order, mark, Releasing(context, command, facts), looks_after=True)


@dataclass(frozen=True, slots=True)
class Releasing:
    """What a release does to an order as it was read."""

    context: Context
    command: ReleaseOrder
    facts: Surroundings

    def __call__(self, _record: Record, order: Order) -> Step:
        if order.hold is None:
            raise IllegalTransition(state=order_status(order), attempted="RELEASED", allowed=(), field=("order",))
        self.check(order)
        return Step(lambda owed: Written(self.released(order, owed)))

    def check(self, order: Order) -> None:
        problems, payments = Problems(), self.command.payments
        if len(order.payments) + len(payments) > MOST_PAYMENTS:
            problems.refuse("TOO_MANY", f"An order has at most {MOST_PAYMENTS} payments.", "payments")
        check_payments(payments, order.payments, to_be_paid(order), problems)
        problems.stop()

    def released(self, order: Order, owed: Owed) -> Order:
        now, paid = self.context.now, payments_told(self.command.payments)
        order = replace(order, hold=None, payments=(*order.payments, *paid))
        order = told(order, "ORDER_RELEASED", "The order was released.", now, self.context.principal.actor)
        return routed(order, owed, self.facts, now)
