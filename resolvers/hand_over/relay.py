"""The relay: takes a due message, announces it, sends it, and writes back what became of it.

Any number of relays run at once and may be killed at any moment: the lease and the announcement keep a message from being sent by two.
"""

import asyncio
import random
from collections.abc import Awaitable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import structlog

from gateway.domain.errors import GatewayError, SourceError, SourceGarbage, SourceTimeout, SourceUnavailable, Unavailable
from gateway.domain.feeds import Message, Receipt
from gateway.domain.ids import SourceCode
from gateway.domain.messages import MessageFacts, message, told_units
from gateway.domain.network import Source
from gateway.domain.ordering.canceling import is_needless
from gateway.domain.ordering.owed import reference_at_source
from gateway.domain.outbox import FOR_PEOPLE, OutboxEntry
from gateway.ports.order_book import Record
from gateway.ports.sources import HandOverTarget
from resolvers.commands.record_receipt import record_receipt
from resolvers.context import World
from resolvers.hand_over.verdict import Moment, Pace, absent, acknowledged, failed, given_up, must_ask, not_understood, postponed

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")
KEPT_BACK = 0.1
"""Share of a lease that is left when a call is broken off, to write what is known of it."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Who carries messages: its name and its pace."""

    world: World
    name: str
    pace: Pace

    async def moment(self) -> Moment:
        return Moment(await now_of(self.world), random.SystemRandom(), self.pace)


@dataclass(frozen=True, slots=True)
class Leg:
    """One message under way."""

    record: Record
    entry: OutboxEntry
    source: Source
    target: HandOverTarget
    message: Message


async def relay_one(world: World, name: str, sources: Collection[SourceCode] | None = None, pace: Pace | None = None) -> bool:
    """Carry one due message (to one of `sources`, else to any) as far as it goes now; False when none is due."""
    relay = Relay(world, name, pace or Pace())
    targets = [code for code, ports in world.sources.items() if ports.hand_over and (sources is None or code in sources)]
    claimed = await world.outbox.claim(relay.name, targets, await now_of(world), relay.pace.lease_s)
    if claimed is None:
        return False
    record, entry = claimed
    source = next(source for source in world.network.sources if source.code == entry.source)
    put_off = needless(record, entry) or postponed(entry, source, await now_of(world)) or given_up(entry, source)
    if put_off:
        await write_back(world, record, put_off)
    elif leg := await made(relay, record, entry, source):
        await (ask(relay, leg) if must_ask(entry, source) else send(relay, leg))
    return True


async def now_of(world: World) -> datetime:
    """Return the one time that all relays judge leases and quiet periods by: their own clocks may be minutes apart."""
    return await world.outbox.now()


def needless(record: Record, entry: OutboxEntry) -> OutboxEntry | None:
    if record.order is None or not is_needless(record.order, entry):
        return None
    return replace(entry, state="DROPPED", last_error="nothing of the order is left")


async def made(relay: Relay, record: Record, entry: OutboxEntry, source: Source) -> Leg | None:
    """Return the message ready to be sent; None for one that cannot be made: that counts as a try."""
    try:
        return await leg_of(relay.world, record, entry, source)
    except Unavailable:
        raise
    except Exception:
        log.exception("message_not_made", source=entry.source, key=entry.key)
        tried = replace(entry, attempts=entry.attempts + 1)
        failure = SourceUnavailable(entry.source, "its message cannot be made")
        await write_back(relay.world, record, failed(tried, source, failure, await relay.moment()))
        return None


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


async def send(relay: Relay, leg: Leg) -> None:
    """Announce and send; the announcement tells whether the message is still ours to send."""
    world = relay.world
    if not leg.target.takes(leg.message):
        await write_back(world, leg.record, replace(leg.entry, state="DROPPED", last_error="the source takes no such message"))
        return
    entry = replace(leg.entry, told=told_units(leg.message))
    announced = await world.outbox.announce(leg.record, entry, await now_of(world), relay.pace.lease_s)
    if announced is None:
        return
    leg = replace(leg, entry=next(entry for entry in announced.outbox if entry.n == leg.entry.n))
    try:
        receipt = await answer(leg, within_lease(relay, leg))
    except SourceError as error:
        await write_failure(relay, leg, error)
    else:
        await write_receipt(relay, leg, receipt)


async def within_lease(relay: Relay, leg: Leg) -> Receipt:
    """Send; a call that would outlive its lease is not begun, or broken off: another relay would send beside it."""
    code, now = leg.entry.source, await now_of(relay.world)
    left_s = ((leg.entry.lease_until or now) - now).total_seconds() - relay.pace.lease_s * KEPT_BACK
    if left_s <= 0:
        raise SourceUnavailable(code, "its lease ran out before it could be sent")
    try:
        async with asyncio.timeout(left_s):
            return await leg.target.send(leg.message)
    except TimeoutError:
        raise SourceTimeout(code, "gave no answer while the message was ours to send", unknown_effect=True) from None


async def ask(relay: Relay, leg: Leg) -> None:
    """Ask a class B source whether the message arrived; absent: it is sent again. A question that fails counts as a try."""
    try:
        receipt = await answer(leg, leg.target.find(leg.message))
    except SourceError as error:
        await write_failure(relay, replace(leg, entry=replace(leg.entry, attempts=leg.entry.attempts + 1)), error)
        return
    if receipt:
        await write_receipt(relay, leg, receipt)
    else:
        await write_back(relay.world, leg.record, absent(leg.entry, await relay.moment()))


async def answer(leg: Leg, call: Awaitable[Answer]) -> Answer:
    """Await a source's answer; where reading it fails by our own fault, what the call did is unknown."""
    try:
        return await call
    except GatewayError:
        raise
    except Exception as error:
        log.exception("answer_not_read", source=leg.entry.source, key=leg.entry.key)
        raise SourceGarbage(leg.entry.source, "its answer could not be taken in", unknown_effect=True) from error


async def write_receipt(relay: Relay, leg: Leg, receipt: Receipt) -> None:
    """Let the order and the ledger know the source's word, then write it down: a relay that dies between them repeats both."""
    after = acknowledged(leg.entry, receipt)
    try:
        await record_receipt(relay.world, leg.record.rid, leg.entry, receipt)
    except Unavailable:
        raise
    except Exception:
        log.exception("receipt_not_used", source=leg.entry.source, key=leg.entry.key)
        after = not_understood(leg.entry, receipt)
    await write_back(relay.world, leg.record, after)


async def write_failure(relay: Relay, leg: Leg, error: SourceError) -> None:
    await write_back(relay.world, leg.record, failed(leg.entry, leg.source, error, await relay.moment()))


async def write_back(world: World, record: Record, entry: OutboxEntry) -> None:
    """Write what became of a message; a log line for one that waits for a person, the others are counted and listed."""
    if entry.state in FOR_PEOPLE:
        log.warning("hand_over_failed", source=entry.source, key=entry.key, kind=entry.kind, state=entry.state, error=entry.last_error)
    await world.outbox.settle(record.rid, entry)
