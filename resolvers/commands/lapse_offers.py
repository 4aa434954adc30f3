"""Ends offers that nobody answered in time, so that their units go to another place."""

from datetime import datetime

from gateway.domain.claims.programs import change
from gateway.domain.order import Fulfillment
from gateway.domain.ordering.lapsing import asked_back, lapsed, missed, overdue
from gateway.domain.ordering.owed import GIVES_WORK, Owed
from gateway.domain.ordering.working import Word, work_named
from gateway.ports.order_book import Record
from resolvers.commands.deciding import keep_decisions, why_sourced_again
from resolvers.commands.replanning import Bounds
from resolvers.commands.route_order import ROUTER, is_due, may_ask_others, planned, sourcing_rid
from resolvers.commands.routing_facts import routing_facts
from resolvers.commands.work_step import Taken, order_of, write_step
from resolvers.context import Context, World


async def lapse_offers(world: World, record: Record, at: datetime) -> Record:
    """End the order's offers whose time has ended by `at` (the database's clock); one written meanwhile waits for the next round.

    Work that its system has is only asked back: it may have begun. What is on its way there waits until that is known.
    """
    current: Record | None = record
    for work in overdue(order_of(record), at):
        if current is None:
            break
        if not is_told(current, work):
            current = await gone_elsewhere(world, current, work, Word(at)) or await given_up(world, current, work.number, Word(at))
        elif is_received(current, work):
            current = await asked_of_its_system(world, current, work.number, at)
    return current or record


async def gone_elsewhere(world: World, record: Record, work: Fulfillment, word: Word) -> Record | None:
    """Let other places do it: their claims are taken before the old ones are given back. None: no other place can, or may be asked."""
    context, order = Context(world, ROUTER, world.clock.now()), missed(order_of(record), work.number, word)
    if not may_ask_others(context, order):
        return None
    mids = {line.mid for line in work.lines}
    moving = await planned(context, record, order, Bounds(), lambda one: one.units.mid in mids, lost=True)
    if not moving.replan.targets or not moving.moves_anything(record):
        return None
    moving.missed, moving.gives_out = (work.number, word), is_due(order, context)
    by = sourcing_rid(order, mids)
    trigger = why_sourced_again(order, [one.group for one in moving.replan.decided])
    await keep_decisions(context, order, moving.replan.decided, trigger, by)
    await world.claims.run(change(record.rid, by, moving.fitting, moving.write))
    after = (await world.orders.records([record.rid])).get(record.rid, record)
    return after if work_named(order_of(after), work.number).state == "LAPSED" else None


async def given_up(world: World, record: Record, number: str, word: Word) -> Record | None:
    """Let its units look for a place, without the one that they had."""
    return await write_step(world, Taken(record, number, lapsed(order_of(record), number, word)))


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
