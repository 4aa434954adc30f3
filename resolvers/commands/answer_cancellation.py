"""answerCancellation: a place lets go of what it was asked for, or goes on with it."""

from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.answering import declined, granted
from gateway.domain.ordering.working import Word
from resolvers.commands.answers import Worked
from resolvers.commands.on_fulfillment import on_fulfillment, with_note
from resolvers.commands.reject_fulfillment import check_note
from resolvers.commands.work_inputs import AnswerCancellation
from resolvers.context import Context


async def answer_cancellation(context: Context, command: AnswerCancellation) -> Worked:
    check_note(command.note)

    def step(order: Order, work: Fulfillment, word: Word) -> Order:
        if not command.granted:
            return declined(order, work.number, word, command.note)
        return with_note(granted(order, work.number, word), work.number, command.note)

    return await on_fulfillment(context, "answerCancellation", command, command.fulfillment, step)
