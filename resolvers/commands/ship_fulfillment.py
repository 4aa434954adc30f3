"""shipFulfillment: the parcels of the work are with their carrier."""

from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.sending import Sent, shipped
from gateway.domain.ordering.working import Word
from resolvers.commands.answers import Worked
from resolvers.commands.on_fulfillment import on_fulfillment
from resolvers.commands.problems import Problems
from resolvers.commands.work_inputs import ShipFulfillment
from resolvers.context import Context

LONGEST_NAME = 80
LONGEST_URL = 2_000


async def ship_fulfillment(context: Context, command: ShipFulfillment) -> Worked:
    check(command)
    sent = [Sent(one.carrier_service, one.number, one.tracking_number, one.tracking_url) for one in command.parcels]

    def step(order: Order, work: Fulfillment, word: Word) -> Order:
        return shipped(order, work.number, sent, word)

    return await on_fulfillment(context, "shipFulfillment", command, command.fulfillment, step)


def check(command: ShipFulfillment) -> None:
    """Raise for what is wrong whatever the work is."""
    problems = Problems()
    for n, parcel in enumerate(command.parcels):
        if not 1 <= len(parcel.carrier_service.strip()) <= LONGEST_NAME:
            problems.refuse("REQUIRED", f"Name the carrier service in 1 to {LONGEST_NAME} characters.", "parcels", n, "carrierService")
        if parcel.tracking_number is not None and not 1 <= len(parcel.tracking_number.strip()) <= LONGEST_NAME:
            problems.refuse("OUT_OF_RANGE", f"A tracking number has 1 to {LONGEST_NAME} characters.", "parcels", n, "trackingNumber")
        url = parcel.tracking_url
        if url is not None and (len(url) > LONGEST_URL or not url.startswith(("https://", "http://"))):
            problems.refuse("INVALID", "trackingUrl must be an http or https address.", "parcels", n, "trackingUrl")
    problems.stop()
