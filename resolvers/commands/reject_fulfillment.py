"""rejectFulfillment: a place gives its work back; the reason decides whether its stock can be sold again at once."""

from gateway.domain.errors import InvalidInput
from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.refusing import rejected
from gateway.domain.ordering.working import Word
from resolvers.commands.answers import Worked
from resolvers.commands.on_fulfillment import on_fulfillment
from resolvers.commands.work_inputs import RejectFulfillment
from resolvers.context import Context

LONGEST_NOTE = 2_000


async def reject_fulfillment(context: Context, command: RejectFulfillment) -> Worked:
    check_note(command.note)

    def step(order: Order, work: Fulfillment, word: Word) -> Order:
        return rejected(order, work.number, command.reason, word, command.note)

    return await on_fulfillment(context, "rejectFulfillment", command, command.fulfillment, step)


def check_note(note: str | None) -> None:
    if len(note or "") > LONGEST_NOTE:
        raise InvalidInput(f"note may have {LONGEST_NOTE} characters.", field=("note",), refusal="OUT_OF_RANGE")
