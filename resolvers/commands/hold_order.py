"""holdOrder: keeps an order from being worked on, as long as nobody has begun."""

from dataclasses import dataclass, replace

from gateway.domain.errors import IllegalTransition
from gateway.domain.order import Order, OrderHold
from gateway.domain.order_status import order_status
from gateway.domain.ordering.canceling import unsent
from gateway.domain.ordering.history import told
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.withdrawing import has_begun, offered, withdrawn
from gateway.ports.order_book import Record
from resolvers.commands.inputs import HoldOrder
from resolvers.commands.order_step import Step, Written, decided
from resolvers.commands.problems import Problems
from resolvers.commands.request import request_mark
from resolvers.context import Context

LONGEST_NOTE = 2_000


async def hold_order(context: Context, command: HoldOrder) -> Record:
    """Put an order on hold, or replace its hold; work that was only offered is taken back."""
    mark = request_mark(context, "holdOrder", command)
    check(context, command)
    return await decided(context, command.order, mark, Holding(context, command), looks_after=True)


def check(context: Context, command: HoldOrder) -> None:
    problems, hold = Problems(), command.hold
    if hold.until is not None and hold.until <= context.now:
        problems.refuse("OUT_OF_RANGE", "until has passed; name a moment to come, or leave it out.", "hold", "until")
    if len(hold.note or "") > LONGEST_NOTE:
        problems.refuse("OUT_OF_RANGE", f"note may have {LONGEST_NOTE} characters.", "hold", "note")
    problems.stop()


@dataclass(frozen=True, slots=True)
class Holding:
    """What a hold does to an order as it was read."""

    context: Context
    command: HoldOrder

    def __call__(self, record: Record, order: Order) -> Step:
        status = order_status(order)
        if status in {"CANCELED", "FULFILLED"} or has_begun(order, record.sent):
            allowed = () if status in {"CANCELED", "FULFILLED"} else ("CANCELED",)
            raise IllegalTransition(state=status, attempted="ON_HOLD", allowed=allowed, field=("order",))
        fence = {claim.mid: claim.units for claim in record.claims if claim.mid not in record.sent}
        return Step(lambda owed: self.written(order, owed), fence)

    def written(self, order: Order, owed: Owed) -> Written:
        now, hold = self.context.now, self.command.hold
        after = replace(withdrawn(order, offered(order), now), hold=OrderHold(hold.reason, hold.until, hold.note), routed=False)
        after = told(after, "ORDER_HELD", f"The order waits: {hold.reason.lower()}.", now, self.context.principal.actor)
        untold = tuple(entry.n for entry in owed.before if entry.kind == "ORDER" and entry.state == "WAITING")
        return Written(after, (*unsent(after, owed.before), *untold))
