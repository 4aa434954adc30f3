"""The relay: takes a due message, announces it, sends it, and writes back what became of it.

Any number of relays run at once and may be killed at any moment: the lease and the announcement keep a message from being sent by two.
"""

import random
from dataclasses import dataclass, replace

import structlog

from gateway.domain.errors import SourceError
from gateway.domain.feeds import Message, Receipt
from gateway.domain.messages import MessageFacts, message
from gateway.domain.network import Source
from gateway.domain.outbox import OutboxEntry
from gateway.ports.order_book import Record
from gateway.ports.sources import HandOverTarget
from resolvers.commands.record_failure import record_cure, record_failure
from resolvers.commands.record_receipt import record_receipt
from resolvers.context import World
from resolvers.hand_over.verdict import Moment, absent, acknowledged, failed, must_ask

log = structlog.get_logger(__name__)
LEASE_S = 30.0
"""Longer than any call to a source may take."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One message under way."""

    record: Record
    entry: OutboxEntry
    source: Source
    target: HandOverTarget
    message: Message


async def relay_one(world: World, relay: str) -> bool:
    """Carry one due message as far as it goes now; False when none is due."""
    targets = [code for code, ports in world.sources.items() if ports.hand_over]
    claimed = await world.outbox.claim(relay, targets, world.clock.now(), LEASE_S)
    if claimed is None:
        return False
    leg = await leg_of(world, *claimed)
    if must_ask(leg.entry, leg.source):
        await ask(world, leg)
    else:
        await send(world, leg)
    return True


async def leg_of(world: World, record: Record, entry: OutboxEntry) -> Leg:
    source = next(source for source in world.network.sources if source.code == entry.source)
    target = world.sources[entry.source].hand_over
    order = record.order
    if order is None or target is None:
        raise LookupError(f"the message {entry.key} belongs to no order, or its source takes none")
    facts = MessageFacts(
        order=order,
        entry=entry,
        products=await world.catalogue.products({line.sku for line in order.lines}),
        locations={place.code: place for place in await world.locations.locations()},
        personal=(await world.orders.personal([record.rid])).get(record.rid),
        now=world.clock.now(),
    )
    return Leg(record, entry, source, target, message(facts))


async def send(world: World, leg: Leg) -> None:
    """Announce and send; the announcement tells whether the message is still ours to send."""
    announced = await world.outbox.announce(leg.record, leg.entry, world.clock.now(), LEASE_S)
    if announced is None:
        return
    leg = replace(leg, entry=next(entry for entry in announced.outbox if entry.n == leg.entry.n))
    if not leg.target.takes(leg.message):
        await world.outbox.settle(leg.record.rid, replace(leg.entry, state="DROPPED", last_error="the source takes no such message"))
        return
    try:
        receipt = await leg.target.send(leg.message)
    except SourceError as error:
        await write_failure(world, leg, error)
    else:
        await write_receipt(world, leg, receipt)


async def ask(world: World, leg: Leg) -> None:
    """Ask a class B source whether the message arrived; absent: it is sent again."""
    try:
        receipt = await leg.target.find(leg.message)
    except SourceError as error:
        await write_failure(world, leg, error)
        return
    if receipt:
        await write_receipt(world, leg, receipt)
    else:
        await world.outbox.settle(leg.record.rid, absent(leg.entry, moment(world)))


async def write_receipt(world: World, leg: Leg, receipt: Receipt) -> None:
    """Write the source's word down; then let the order and the ledger know it (both may be repeated)."""
    await record_receipt(world, leg.record.rid, leg.entry, receipt)
    if await world.outbox.settle(leg.record.rid, acknowledged(leg.entry, receipt)):
        await record_cure(world, leg.record.rid, leg.entry)


async def write_failure(world: World, leg: Leg, error: SourceError) -> None:
    entry = failed(leg.entry, leg.source, error, moment(world))
    log.warning("hand_over_failed", source=entry.source, key=entry.key, kind=entry.kind, state=entry.state, error=error.message)
    if await world.outbox.settle(leg.record.rid, entry):
        await record_failure(world, leg.record.rid, entry)


def moment(world: World) -> Moment:
    return Moment(world.clock.now(), random.SystemRandom())
