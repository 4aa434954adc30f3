"""pickFulfillment: what was found on the shelf; what is short needs another place."""

from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.accepting import LineAnswer
from gateway.domain.ordering.preparing import picked
from gateway.domain.ordering.working import Word
from resolvers.commands.answers import Worked
from resolvers.commands.on_fulfillment import line_of, on_fulfillment
from resolvers.commands.work_inputs import PickFulfillment
from resolvers.context import Context


async def pick_fulfillment(context: Context, command: PickFulfillment) -> Worked:
    def step(order: Order, work: Fulfillment, word: Word) -> Order:
        lines = command.lines
        found = None if lines is None else [LineAnswer(line_of(work, one.line), one.quantity, reason=one.reason) for one in lines]
        return picked(order, work.number, found, word)

    return await on_fulfillment(context, "pickFulfillment", command, command.fulfillment, step)
