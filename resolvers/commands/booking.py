"""Gives back the room at places that an order's work does not need any more: a plan that changed as it was claimed books anew."""

from gateway.domain.claims.documents import Entry
from gateway.domain.claims.programs import content, reduce
from gateway.domain.ordering.booking import idle_room
from gateway.ports.order_book import Record
from resolvers.context import World


async def without_idle_room(world: World, record: Record) -> Record:
    """Return the order after its needless claims were given back; one that others change meanwhile keeps them until its next step."""
    if record.order is None or record.state != "PLACED":
        return record
    idle = idle_room(record.order, record.claims, (await world.surroundings.current(world.clock.now())).locations)
    if not idle or not await world.claims.run(reduce(record.rid, record.v, idle, content(Entry()))):
        return record
    return (await world.orders.records([record.rid]))[record.rid]
