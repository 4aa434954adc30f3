"""Ends offers that nobody answered in time, so that their units go to another place."""

from datetime import datetime

from gateway.domain.order import Fulfillment
from gateway.domain.ordering.lapsing import asked_back, lapsed, overdue
from gateway.domain.ordering.owed import GIVES_WORK, Owed
from gateway.domain.ordering.working import Word
from gateway.ports.order_book import Record
from resolvers.commands.routing_facts import routing_facts
from resolvers.commands.work_step import Taken, order_of, write_step
from resolvers.context import World


async def lapse_offers(world: World, record: Record, at: datetime) -> Record:
    """End the order's offers whose time has ended by `at` (the database's clock); one written meanwhile waits for the next round.

    Work that its system has is only asked back: it may have begun. What is on its way there waits until that is known.
    """
    current: Record | None = record
    for work in overdue(order_of(record), at):
        if current is None:
            break
        if not is_told(current, work):
            after = lapsed(order_of(current), work.number, Word(at))
            current = await write_step(world, Taken(current, work.number, after))
        elif is_received(current, work):
            current = await asked_of_its_system(world, current, work.number, at)
    return current or record


def is_told(record: Record, work: Fulfillment) -> bool:
    """Tell whether any claim of the work was announced to its system."""
    return any(line.mid in record.sent for line in work.lines)


def is_received(record: Record, work: Fulfillment) -> bool:
    return any(entry.leg == work.number and entry.kind in GIVES_WORK and entry.state == "ACKNOWLEDGED" for entry in record.outbox)


async def asked_of_its_system(world: World, record: Record, number: str, at: datetime) -> Record | None:
    owed = Owed(record.rid, record.outbox, world.clock.now())
    facts = routing_facts(world, (await world.surroundings.current(owed.now)).locations)
    order = asked_back(order_of(record), number, owed, facts, at)
    return await world.orders.write(record, order, owed.entries)
