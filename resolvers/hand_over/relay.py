"""The relay: takes a due message, announces it, sends it, and writes back what became of it.

Any number of relays run at once and may be killed at any moment: the lease and the announcement keep a message from being sent by two.
"""

import random
from collections.abc import Awaitable, Collection
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from gateway.domain.errors import GatewayError, SourceError, SourceGarbage, SourceUnavailable
from gateway.domain.feeds import Message, Receipt
from gateway.domain.ids import SourceCode
from gateway.domain.messages import MessageFacts, message, told_units
from gateway.domain.network import Source
from gateway.domain.ordering.owed import reference_at_source
from gateway.domain.outbox import OutboxEntry
from gateway.ports.order_book import Record
from gateway.ports.sources import HandOverTarget
from resolvers.commands.record_receipt import record_receipt
from resolvers.context import World
from resolvers.hand_over.verdict import Moment, absent, acknowledged, failed, must_ask, postponed

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")
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


async def relay_one(world: World, relay: str, sources: Collection[SourceCode] | None = None) -> bool:
    """Carry one due message (to one of `sources`, else to any) as far as it goes now; False when none is due."""
    targets = [code for code, ports in world.sources.items() if ports.hand_over and (sources is None or code in sources)]
    claimed = await world.outbox.claim(relay, targets, world.clock.now(), LEASE_S)
    if claimed is None:
        return False
    record, entry = claimed
    source = next(source for source in world.network.sources if source.code == entry.source)
    put_off = postponed(entry, source, world.clock.now())
    if put_off:
        await write_back(world, record, put_off)
        return True
    try:
        leg = await leg_of(world, record, entry, source)
    except GatewayError:
        raise
    except Exception:
        log.exception("message_not_made", source=entry.source, key=entry.key)
        tried = replace(entry, attempts=entry.attempts + 1)
        await write_back(world, record, failed(tried, source, SourceUnavailable(entry.source, "its message cannot be made"), moment(world)))
        return True
    await (ask(world, leg) if must_ask(entry, source) else send(world, leg))
    return True


async def leg_of(world: World, record: Record, entry: OutboxEntry, source: Source) -> Leg:
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
        now=entry.created_at or record.created_at,
        source_reference=reference_at_source(entry, record.outbox),
    )
    return Leg(record, entry, source, target, message(facts))


async def send(world: World, leg: Leg) -> None:
    """Announce and send; the announcement tells whether the message is still ours to send."""
    if not leg.target.takes(leg.message):
        await write_back(world, leg.record, replace(leg.entry, state="DROPPED", last_error="the source takes no such message"))
        return
    entry = replace(leg.entry, told=told_units(leg.message))
    announced = await world.outbox.announce(leg.record, entry, world.clock.now(), LEASE_S)
    if announced is None:
        return
    leg = replace(leg, entry=next(entry for entry in announced.outbox if entry.n == leg.entry.n))
    try:
        receipt = await answer(leg, leg.target.send(leg.message))
    except SourceError as error:
        await write_failure(world, leg, error)
    else:
        await write_receipt(world, leg, receipt)


async def ask(world: World, leg: Leg) -> None:
    """Ask a class B source whether the message arrived; absent: it is sent again. A question that fails counts as a try."""
    try:
        receipt = await answer(leg, leg.target.find(leg.message))
    except SourceError as error:
        await write_failure(world, replace(leg, entry=replace(leg.entry, attempts=leg.entry.attempts + 1)), error)
        return
    if receipt:
        await write_receipt(world, leg, receipt)
    else:
        await write_back(world, leg.record, absent(leg.entry, moment(world)))


async def answer(leg: Leg, call: Awaitable[Answer]) -> Answer:
    """Await a source's answer; where reading it fails by our own fault, what the call did is unknown."""
    try:
        return await call
    except GatewayError:
        raise
    except Exception as error:
        log.exception("answer_not_read", source=leg.entry.source, key=leg.entry.key)
        raise SourceGarbage(leg.entry.source, "its answer could not be taken in", unknown_effect=True) from error


async def write_receipt(world: World, leg: Leg, receipt: Receipt) -> None:
    """Let the order and the ledger know the source's word, then write it down: a relay that dies between them repeats both."""
    await record_receipt(world, leg.record.rid, leg.entry, receipt)
    await write_back(world, leg.record, acknowledged(leg.entry, receipt))


async def write_failure(world: World, leg: Leg, error: SourceError) -> None:
    await write_back(world, leg.record, failed(leg.entry, leg.source, error, moment(world)))


async def write_back(world: World, record: Record, entry: OutboxEntry) -> None:
    """Write what became of a message; a log line for one that waits for a person, the others are counted and listed."""
    if entry.state in {"PARKED", "DEAD"}:
        log.warning("hand_over_failed", source=entry.source, key=entry.key, kind=entry.kind, state=entry.state, error=entry.last_error)
    await world.outbox.settle(record.rid, entry)


def moment(world: World) -> Moment:
    return Moment(world.clock.now(), random.SystemRandom())
