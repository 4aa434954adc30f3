"""cancelOrder: takes units out of an order that nobody has begun to work on, and asks the locations that have."""

from dataclasses import dataclass

from gateway.domain.done import Done
from gateway.domain.errors import IllegalTransition
from gateway.domain.ids import Rid
from gateway.domain.order import Order, OrderLine
from gateway.domain.order_status import order_status
from gateway.domain.ordering.booking import idle_room
from gateway.domain.ordering.cancelable import ORDER_OF_CANCELING, Cut, cut
from gateway.domain.ordering.canceling import Wish, canceled, counted, unsent
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.routing import Surroundings
from gateway.ports.order_book import Record
from resolvers.commands.answers import Canceled
from resolvers.commands.goods import MOST_LINES, check_quantity
from resolvers.commands.inputs import CancelOrder
from resolvers.commands.order_step import Step, Written, decided
from resolvers.commands.problems import Problems
from resolvers.commands.request import RequestMark, request_mark
from resolvers.commands.routing_facts import routing_facts
from resolvers.context import Context

LONGEST_NOTE = 2_000


async def cancel_order(context: Context, command: CancelOrder) -> Canceled:
    """Cancel what can be canceled at once, ask for the rest. A line named with more units than can be canceled refuses all of it."""
    mark = request_mark(context, "cancelOrder", command)
    check(command)
    facts = routing_facts(context.world, (await context.ready()).locations)
    wish = Wish(command.reason, context.now, context.principal.actor, command.note)
    record = await decided(context, command.order, mark, Canceling(command, mark, wish, facts))
    return answer(record, mark.by)


def check(command: CancelOrder) -> None:
    """Raise for what is wrong whatever the order is."""
    problems, lines = Problems(), command.lines or ()
    if command.lines is not None and not 1 <= len(lines) <= MOST_LINES:
        problems.refuse("TOO_MANY" if lines else "REQUIRED", f"Name 1 to {MOST_LINES} lines, or leave lines out to cancel all.", "lines")
    for n, line in enumerate(lines):
        check_quantity(line.quantity, problems, "lines", n, "quantity")
        if line.line in {other.line for other in lines[:n]}:
            problems.refuse("DUPLICATE", "Name each line once, with all of its units.", "lines", n, "lineId")
    if len(command.note or "") > LONGEST_NOTE:
        problems.refuse("OUT_OF_RANGE", f"note may have {LONGEST_NOTE} characters.", "note")
    problems.stop()


@dataclass(frozen=True, slots=True)
class Canceling:
    """What canceling does to an order as it was read."""

    command: CancelOrder
    mark: RequestMark
    wish: Wish
    facts: Surroundings

    def __call__(self, record: Record, order: Order) -> Step:
        taken = cut(order, record.sent, wanted(self.command, order))
        check_taken(self.command, order, taken)

        def write(owed: Owed) -> Written:
            after = canceled(order, taken, self.wish, owed, self.facts)
            return Written(after, unsent(after, owed.before))

        after = write(Owed(record.rid, record.outbox, self.wish.at)).order
        refund = after.refunds[-1].id if len(after.refunds) > len(order.refunds) else None
        done = Done(self.mark.by, self.mark.fp, self.wish.at, counted(taken.at_once), counted(taken.asked), refund)
        fallen = taken.units_by_mid({claim.mid: claim.units for claim in record.claims}, record.sent)
        return Step(write, fallen | idle_room(after, record.claims, self.facts.locations), done)


def wanted(command: CancelOrder, order: Order) -> dict[str, int] | None:
    """Return units by line as they were asked for; raises for lines that are not the order's."""
    if command.lines is None:
        return None
    problems = Problems()
    units: dict[str, int] = {}
    for n, asked in enumerate(command.lines):
        rid, _, line = asked.line.rpartition("/")
        if rid != order.rid or line not in {one.id for one in order.lines}:
            problems.unknown("line of this order", "", "lines", n, "lineId")
        units[line] = asked.quantity
    problems.stop()
    return units


def check_taken(command: CancelOrder, order: Order, taken: Cut) -> None:
    """Raise when nothing can be canceled, or less than was named."""
    if command.lines is None and not (taken.at_once or taken.asked):
        raise IllegalTransition(state=order_status(order), attempted="CANCELED", allowed=(), field=("order",))
    problems = Problems()
    for n, asked in enumerate(command.lines or ()):
        line = next(one for one in order.lines if one.id == asked.line.rpartition("/")[2])
        missing = taken.missing.get(line.id, 0)
        if missing == asked.quantity:
            problems.add(IllegalTransition(state=state_of(line), attempted="CANCELED", allowed=(), field=("lines", str(n), "lineId")))
        elif missing:
            most = asked.quantity - missing
            message = f"Of line {line.id} ({line.sku}) {most} can be canceled now; name at most {most}."
            problems.refuse("OUT_OF_RANGE", message, "lines", n, "quantity")
    problems.stop()


def state_of(line: OrderLine) -> str:
    """Return the state that keeps a line from being canceled; for units whose location was asked already, theirs."""
    states = [units.state for units in line.units if units.state != "CANCELED"]
    return next((state for state in states if state not in ORDER_OF_CANCELING), next(iter(states), "CANCELED"))


def answer(record: Record, by: Rid) -> Canceled:
    """Return what the request `by` did, as it was written with it."""
    order = record.order
    done = next((one for one in order.done if one.by == by), None) if order else None
    if order is None or done is None:
        return Canceled(record, (), (), None)
    refund = next((refund for refund in order.refunds if refund.id == done.refund), None)
    return Canceled(record, done.canceled, done.requested, refund)
