"""packFulfillment: every unit of the work goes into exactly one parcel."""

from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.preparing import Packed, packed
from gateway.domain.ordering.working import Word
from resolvers.commands.answers import Worked
from resolvers.commands.on_fulfillment import line_of, on_fulfillment
from resolvers.commands.work_inputs import PackFulfillment, PackParcel
from resolvers.context import Context


async def pack_fulfillment(context: Context, command: PackFulfillment) -> Worked:
    def step(order: Order, work: Fulfillment, word: Word) -> Order:
        return packed(order, work.number, [parcel_of(work, parcel) for parcel in command.parcels], word)

    return await on_fulfillment(context, "packFulfillment", command, command.fulfillment, step)


def parcel_of(work: Fulfillment, parcel: PackParcel) -> Packed:
    return Packed(tuple((line_of(work, line.line), line.quantity) for line in parcel.lines), parcel.weight_g)
