"""Lets the ledger know that the owner of stock has taken an order's claims."""

from gateway.domain.claims.acknowledging import acknowledge
from gateway.domain.claims.documents import Acknowledged
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.lifecycle import UnitState
from gateway.domain.network import Source
from gateway.domain.ordering.taken import ACCEPTED, Said, accepted, issued
from gateway.domain.ordering.working import work_named
from gateway.ports.order_book import Record
from resolvers.commands.by_hand import owner_at
from resolvers.commands.work_step import order_of
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


async def owner_of(world: World, location: LocationCode) -> Source | None:
    """Return the source that owns the stock of a place."""
    await world.surroundings.current(world.clock.now())
    return owner_at(world, location)


async def run(world: World, claims: list[Acknowledged]) -> None:
    if claims:
        await world.claims.run(acknowledge(claims))
