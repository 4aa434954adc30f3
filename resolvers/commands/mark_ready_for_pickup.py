"""markReadyForPickup: the work lies ready for the customer, for as long as its service holds it."""

from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.preparing import ready
from gateway.domain.ordering.working import Word
from resolvers.commands.answers import Worked
from resolvers.commands.on_fulfillment import on_fulfillment
from resolvers.commands.pickup_hold import hold_of
from resolvers.commands.work_inputs import MarkReadyForPickup
from resolvers.context import Context


async def mark_ready_for_pickup(context: Context, command: MarkReadyForPickup) -> Worked:
    def step(order: Order, work: Fulfillment, word: Word) -> Order:
        return ready(order, work.number, hold_of(context.world.network, order, work.number), word)

    return await on_fulfillment(context, "markReadyForPickup", command, command.fulfillment, step)
