"""reportDelivery: what became of a parcel, or of all parcels of the work."""

from datetime import datetime, timedelta

from gateway.domain.errors import InvalidInput
from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.sending import reported
from gateway.domain.ordering.working import Word
from resolvers.commands.answers import Worked
from resolvers.commands.on_fulfillment import on_fulfillment, with_note
from resolvers.commands.reject_fulfillment import check_note
from resolvers.commands.work_inputs import ReportDelivery
from resolvers.context import Context

AHEAD = timedelta(minutes=5)
"""How far a caller's clock may be ahead of ours."""


async def report_delivery(context: Context, command: ReportDelivery) -> Worked:
    """Note an outcome; the promise is judged by `at`, which is now when it is not told."""
    check_note(command.note)
    at = command.at or context.now

    def step(order: Order, work: Fulfillment, word: Word) -> Order:
        check_time(at, work, word.at)
        said = Word(min(at, word.at), word.actor)
        return with_note(reported(order, work.number, command.outcome, command.parcel_number, said), work.number, command.note)

    return await on_fulfillment(context, "reportDelivery", command, command.fulfillment, step)


def check_time(at: datetime, work: Fulfillment, now: datetime) -> None:
    if at > now + AHEAD:
        raise InvalidInput("at lies in the future; send when it was.", field=("at",), refusal="OUT_OF_RANGE")
    if at < work.created_at:
        raise InvalidInput("at lies before the work was given; send when it was.", field=("at",), refusal="OUT_OF_RANGE")
