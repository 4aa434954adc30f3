"""Lets an order know how its messages fare: those that need a person, and those that got through after all."""

from collections.abc import Callable

from gateway.domain.ids import Rid
from gateway.domain.order import Order
from gateway.domain.ordering.troubles import cured, troubled
from gateway.domain.outbox import OutboxEntry
from resolvers.context import World

TRIES = 5


async def record_failure(world: World, rid: Rid, entry: OutboxEntry) -> None:
    """Call a person for a message that is PARKED or DEAD; a request to cancel that its source refused is over."""
    if entry.state in {"PARKED", "DEAD"}:
        await write(world, rid, lambda order: troubled(order, entry, world.clock.now()))


async def record_cure(world: World, rid: Rid, entry: OutboxEntry) -> None:
    """Take the call back once a message about the same work has got through."""
    await write(world, rid, lambda order: cured(order, entry))


async def write(world: World, rid: Rid, changed: Callable[[Order], Order]) -> None:
    """Write an order's change if there is any; after some writes of others it is left as it is: the message itself tells the same."""
    for _ in range(TRIES):
        record = (await world.orders.records([rid])).get(rid)
        if record is None or record.order is None:
            return
        after = changed(record.order)
        if after is record.order or await world.orders.write(record, after):
            return
