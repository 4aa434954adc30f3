"""Lets the ledger know that the owner of stock has taken an order's claims."""

from gateway.domain.claims.acknowledging import Acknowledged, acknowledge
from gateway.domain.ids import SourceCode
from gateway.domain.lifecycle import UnitState
from gateway.domain.ordering.taken import ACCEPTED, GONE, Said, accepted, issued
from gateway.domain.ordering.working import work_named
from gateway.ports.order_book import Record
from resolvers.commands.work_step import Taken as Step
from resolvers.commands.work_step import given_to, order_of, owner_of, takes_steps
from resolvers.context import World


async def take_accepted(
    world: World, record: Record, number: str, source: SourceCode, said: Said, states: frozenset[UnitState] = ACCEPTED
) -> None:
    """Acknowledge what was accepted (RECEIVED: whatever the message gave), where the owner says so and states what can be sold."""
    work = work_named(order_of(record), number)
    owner = await owner_of(world, work.location)
    if owner and owner.code == source:
        await run(world, accepted(order_of(record), work, record.claims, owner, said, states))


async def take_issued(world: World, record: Record, number: str, source: SourceCode, said: Said) -> None:
    """Acknowledge what has left the place; only the owner's own word carries its number."""
    work = work_named(order_of(record), number)
    owner = await owner_of(world, work.location)
    if owner:
        await run(world, issued(order_of(record), work, record.claims, owner, said if owner.code == source else Said(said.at)))


async def word_of(world: World, source: SourceCode, sequence: int | None, epoch: str = "") -> Said:
    """Return what a source says now; a word without its epoch belongs to the one that is known of the source."""
    return Said(world.clock.now(), sequence, epoch or (await world.feeds.feed(source, "stock")).epoch)


async def take_by_hand(world: World, record: Record, step: Step) -> None:
    """Acknowledge by the word of those who work there, where no system tells of it: neither an answer to our message nor news."""
    order, said = order_of(record), Said(world.clock.now())
    work = work_named(order, step.number)
    if will_be_told(world, record, step):
        return
    owner = await owner_of(world, work.location)
    if owner and work.state in GONE:
        await run(world, issued(order, work, record.claims, owner, said))
    elif owner and work.state == "ACCEPTED":
        await run(world, accepted(order, work, record.claims, owner, said))


def will_be_told(world: World, record: Record, step: Step) -> bool:
    given = given_to(record.outbox, step.number)
    if given is None:
        return False
    ports = world.sources.get(given.source)
    return ports is not None and (ports.news is not None or takes_steps(world, step, given.source, world.clock.now()))


async def run(world: World, claims: list[Acknowledged]) -> None:
    if claims:
        await world.claims.run(acknowledge(claims))
