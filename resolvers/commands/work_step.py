"""Writes one step of a fulfillment: the order, the messages that it owes and what it means for claims, in one conditional write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.claims.carrying import Program, carry_out
from gateway.domain.claims.documents import Claim, Entry, OrderDoc
from gateway.domain.claims.programs import reduce, retract
from gateway.domain.ids import SourceCode
from gateway.domain.lifecycle import EXITS
from gateway.domain.network import Source
from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.booking import idle_room
from gateway.domain.ordering.canceling import is_unsent, owe_change, owe_end
from gateway.domain.ordering.claim_effects import Freed, freed
from gateway.domain.ordering.owed import GIVES_WORK, Owed
from gateway.domain.ordering.routing import owe_work
from gateway.domain.ordering.taken import settled_ms
from gateway.domain.ordering.troubles import taken_up
from gateway.domain.ordering.units import units_in_hand
from gateway.domain.ordering.working import work_named
from gateway.domain.outbox import OutboxEntry
from gateway.ports.order_book import Record
from resolvers.commands.by_hand import Standing, given_to, owner_at, taken_by_hand, takes, takes_steps
from resolvers.commands.routing_facts import routing_facts
from resolvers.context import World

REFUSED = frozenset(EXITS)
GIVEN_UP = REFUSED | {"NOT_COLLECTED"}
"""States of work with whose end an order may end that its units were asked back of."""
SENT = frozenset({"SHIPPED", "DELIVERED", "UNDELIVERABLE"})
"""States of work whose lost units were sent: they are refunded, and ordered all the same."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step as it was decided on what `record` says: the order after it, and the source that must not be told since it said so."""

    record: Record
    number: str
    after: Order
    told_by: SourceCode | None = None

    @property
    def before(self) -> Order:
        return order_of(self.record)

    @property
    def work(self) -> Fulfillment:
        return work_named(self.after, self.number)


def order_of(record: Record) -> Order:
    if record.order is None:
        raise LookupError(f"{record.rid} is no order")
    return record.order


async def write_step(world: World, taken: Taken) -> Record | None:
    """Write the step; None: the order is not as it was read any more."""
    now = world.clock.now()
    await world.surroundings.current(now)
    entry_of = entry_maker(world, taken, now)
    effect = freed(taken.before, taken.after, taken.number)
    program = claims_program(world, taken, effect, entry_of, now)
    if program is None:
        entry = entry_of(taken.record.outbox, taken.record.claims)
        written = await world.orders.write(taken.record, entry.order or taken.after, entry.outbox, entry.drop_waiting, entry.taken)
        if written and entry.taken:
            await world.claims.run(carry_out(written.rid))
    else:
        done = await world.claims.run(program)
        written = (await world.orders.records([taken.record.rid]))[taken.record.rid] if done else None
    return await told_late(world, taken, written) if written else None


def claims_program(world: World, taken: Taken, effect: Freed, entry_of: "EntryMaker", now: datetime) -> Program[OrderDoc | None] | None:
    """Return how claims change with the step; None: they do not."""
    record = taken.record

    def write(doc: OrderDoc) -> Entry:
        return entry_of(doc.outbox, doc.claims)

    known = {claim.mid for claim in record.claims}
    mids, left = effect.mids & known, {mid: units for mid, units in effect.left.items() if mid in known}
    idle = idle_room(taken.after, record.claims, world.surroundings.last.locations) if mids or left else {}
    mids, left = mids | {mid for mid, units in idle.items() if not units}, left | {mid: units for mid, units in idle.items() if units}
    if effect.at_once and (mids or left) and not (mids | left.keys()) & record.sent:
        return reduce(record.rid, record.v, dict.fromkeys(mids, 0) | left, write)
    if not mids:
        return None  # what is left of an announced claim stays with it until its owner takes it
    owner = owner_at(world, taken.work.location)
    counts_itself = effect.let_go and owner is not None and owner.states == "AVAILABLE"
    lost = None if effect.at_once and not counts_itself else known_from(owner, now)
    return retract(record.rid, record.v, mids, write, lost, let_go=counts_itself)


def known_from(owner: Source | None, now: datetime) -> int:
    """Return from when on (ms of our clock) the owner must have been asked for its figure to know what became of units."""
    return settled_ms(owner, now) if owner else int(now.timestamp() * 1000) + 1


EntryMaker = Callable[[Sequence[OutboxEntry], Sequence[Claim]], Entry]


def entry_maker(world: World, taken: Taken, now: datetime) -> EntryMaker:
    """Return what makes the content of the write from the messages and claims that stand there then; pure, so that it may run again."""

    def entry_of(outbox: Sequence[OutboxEntry], claims: Sequence[Claim]) -> Entry:
        owed = Owed(taken.record.rid, outbox, now)
        dropped = unsent(taken, outbox)
        given = given_to(outbox, taken.number)
        if given and not (given.n in dropped and given.attempts == 0):
            owe_step(world, taken, given.source, owed, now)
        for work in fresh_work(taken):
            owe_work(owed, work, routing_facts(world, world.surroundings.last.locations))
        if taken.work.state not in SENT:
            owe_change(taken.before, taken.after, owed)
        if taken.work.state in GIVEN_UP:
            owe_end(taken.after, owed)
        order = taken_up(taken.after, taken.number, outbox)
        standing = Standing(order, (*outbox, *owed.entries), claims)
        by_hand = () if taken.told_by else taken_by_hand(world, standing, taken.number, now)
        return Entry(order=order, outbox=owed.entries, drop_waiting=dropped, taken=by_hand)

    return entry_of


def fresh_work(taken: Taken) -> Sequence[Fulfillment]:
    """Return work that the step has brought about, as a transfer's arrival does at its store."""
    known = {work.number for work in taken.before.fulfillments}
    return [work for work in taken.after.fulfillments if work.number not in known]


def unsent(taken: Taken, outbox: Sequence[OutboxEntry]) -> tuple[int, ...]:
    """Return the messages that say nothing true any more: work refused before it was sent, a request that its place has declined."""
    if declines(taken):
        return tuple(entry.n for entry in outbox if entry.leg == taken.number and entry.kind == "CANCEL" and is_unsent(entry))
    if taken.work.state not in REFUSED:
        return ()
    return tuple(entry.n for entry in outbox if entry.leg == taken.number and entry.kind in GIVES_WORK and entry.state == "WAITING")


def declines(taken: Taken) -> bool:
    """Tell whether a place has said that it goes on with what it was asked to let go of."""
    before = {(one.code, one.fulfillment) for one in taken.before.attention}
    fresh = {(one.code, one.fulfillment) for one in taken.after.attention} - before
    return ("CANCELLATION_REFUSED", taken.number) in fresh


def owe_step(world: World, taken: Taken, source: SourceCode, owed: Owed, now: datetime) -> None:
    """Owe the news of a step to the system that was given the work, if it takes such news and has not told it itself.

    Of a refusal that it does not take as a step, it is told to cancel: it would else send what another place sends too.
    """
    state = taken.work.state
    before = next((work.state for work in taken.before.fulfillments if work.number == taken.number), None)
    if state == before or source == taken.told_by:
        return
    if takes_steps(world, taken.after, taken.number, source, now):
        owed.add("STEP", source, f"{taken.number}:{state}", step=state, told=units_in_hand(taken.after, taken.work))
    elif state == "REJECTED" and takes(world, taken.after, OutboxEntry(0, taken.number, "CANCEL", source, ""), now):
        owed.add("CANCEL", source, taken.number)


async def told_late(world: World, taken: Taken, written: Record) -> Record:
    """Owe the refusal of work whose message left in the very moment of the write, so that dropping it came too late."""
    given = given_to(written.outbox, taken.number)
    tells = any(
        (entry.leg.startswith(f"{taken.number}:") and entry.step == taken.work.state) or (entry.leg, entry.kind) == (taken.number, "CANCEL")
        for entry in written.outbox
    )
    if taken.work.state not in REFUSED or taken.told_by or given is None or tells:
        return written
    now = world.clock.now()
    owed = Owed(written.rid, written.outbox, now)
    owe_step(world, taken, given.source, owed, now)
    return (await world.orders.write(written, order_of(written), owed.entries) or written) if owed.entries else written
