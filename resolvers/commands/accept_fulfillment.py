"""acceptFulfillment: a place takes its work on, all or in part; what it leaves over needs another place."""

from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.accepting import LineAnswer, accepted
from gateway.domain.ordering.postponing import Later
from gateway.domain.ordering.working import Word
from resolvers.commands.answers import Worked
from resolvers.commands.on_fulfillment import line_of, on_fulfillment
from resolvers.commands.work_inputs import AcceptFulfillment, AcceptLine
from resolvers.context import Context


async def accept_fulfillment(context: Context, command: AcceptFulfillment) -> Worked:
    def step(order: Order, work: Fulfillment, word: Word) -> Order:
        answers = None if command.lines is None else [answer_of(work, line) for line in command.lines]
        return accepted(order, work.number, answers, word)

    return await on_fulfillment(context, "acceptFulfillment", command, command.fulfillment, step)


def answer_of(work: Fulfillment, line: AcceptLine) -> LineAnswer:
    later = tuple(Later(one.quantity, one.expected_at) for one in line.later)
    return LineAnswer(line_of(work, line.line), line.quantity, later, line.reason)
