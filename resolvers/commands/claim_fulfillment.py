"""claimFulfillment: a place takes work that was offered to it; who comes second is told so."""

from gateway.domain.errors import Refused
from gateway.domain.ids import LocationCode
from gateway.domain.lifecycle import EXITS
from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.accepting import accepted
from gateway.domain.ordering.working import Word, work_named
from resolvers.commands.answers import Worked
from resolvers.commands.on_fulfillment import on_fulfillment, record_with
from resolvers.commands.work_inputs import ClaimFulfillment
from resolvers.commands.work_step import order_of
from resolvers.context import Context
from resolvers.sight import works_at

FIELD = ("locationCode",)


async def claim_fulfillment(context: Context, command: ClaimFulfillment) -> Worked:
    """Take all of the work. Raises Refused for a place that is not the caller's, or that it was not offered to."""
    place = LocationCode(command.location_code)
    if not works_at(context.principal, place):
        raise Refused(f"You do not work at {place}; claim for a place of yours.", refusal="NOT_ALLOWED_HERE", field=FIELD)
    work = work_named(order_of(await record_with(context, command.fulfillment)), command.fulfillment)
    if work.location != place:
        raise elsewhere(work, place)

    def step(order: Order, work: Fulfillment, word: Word) -> Order:
        if work.state != "OFFERED" and work.state not in EXITS:
            raise taken(work.number)
        return accepted(order, work.number, None, word)

    return await on_fulfillment(context, "claimFulfillment", command, command.fulfillment, step)


def elsewhere(work: Fulfillment, place: LocationCode) -> Refused:
    if work.state == "OFFERED" or work.state in EXITS:
        return Refused(f"It was not offered to {place}.", refusal="NOT_ALLOWED_HERE", field=FIELD)
    return taken(work.number)


def taken(number: str) -> Refused:
    return Refused(f"{number} was claimed before; see fulfillments for other work.", refusal="ALREADY_CLAIMED", field=("fulfillmentId",))
