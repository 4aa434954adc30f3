"""Gives back the room at places that an order's work does not need any more: a plan that changed as it was claimed books anew."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.domain.claims.documents import Entry
from gateway.domain.claims.programs import content, reduce
from gateway.domain.ordering.booking import idle_goods, idle_room
from gateway.ports.order_book import Record
from resolvers.context import World

TRIES = 3
"""Writes of others that giving back lives through."""


async def without_idle_room(world: World, record: Record) -> Record:
    """Return the order after its needless room was given back; one that others change meanwhile keeps it until its next step."""
    return await without_idle(world, record)


async def without_idle_claims(world: World, record: Record) -> Record:
    """Return an order that was just placed after needless room was given back, and goods at places that turned out to be full.

    Of one that was worked on it cannot be told so: a claim whose units went on to another place stands until its owner counts them.
    """
    for _ in range(TRIES):
        goods = idle_goods(record.order, record.claims, record.sent) if record.order else {}
        record = await without_idle(world, record, goods)
        if record.order is None or not idle_goods(record.order, record.claims, record.sent):
            break
        record = (await world.orders.records([record.rid]))[record.rid]
    return record


async def without_idle(world: World, record: Record, goods: Mapping[str, int] = MappingProxyType({})) -> Record:
    if record.order is None or record.state != "PLACED":
        return record
    idle = idle_room(record.order, record.claims, (await world.surroundings.current(world.clock.now())).locations)
    idle |= goods
    if not idle or not await world.claims.run(reduce(record.rid, record.v, idle, content(Entry()))):
        return record
    return (await world.orders.records([record.rid]))[record.rid]
