"""Takes in a source's word that it has a message: what it accepted by it, issued by it, or let go of."""

from gateway.domain.errors import Unavailable
from gateway.domain.feeds import Receipt
from gateway.domain.ids import Rid
from gateway.domain.messages import fulfillment_of
from gateway.domain.order import Actor
from gateway.domain.ordering.canceling import given_back
from gateway.domain.ordering.owed import GIVES_WORK
from gateway.domain.ordering.taken import GONE, RECEIVED
from gateway.domain.outbox import OutboxEntry
from gateway.ports.order_book import Record
from resolvers.commands.taking import take_accepted, take_issued, word_of
from resolvers.commands.work_step import Taken, order_of, write_step
from resolvers.context import World

TRIES = 5


async def record_receipt(world: World, rid: Rid, entry: OutboxEntry, receipt: Receipt) -> None:
    """Let order and ledger know; may be repeated. The time that counts is ours: the answer is here, so what it tells was done.

    Of a message that the source has not taken in yet nothing is learned.
    """
    if not receipt.taken:
        return
    record = (await world.orders.records([rid])).get(rid)
    work = fulfillment_of(record.order, entry.leg) if record and record.order else None
    if record is None or work is None:
        return
    said = await word_of(world, entry.source, receipt.sequence)
    if entry.kind in GIVES_WORK:
        await take_accepted(world, record, work.number, entry.source, said, RECEIVED)
    elif entry.kind == "STEP" and entry.step in GONE:
        await take_issued(world, record, work.number, entry.source, said)
    elif entry.kind == "CANCEL":
        await let_go(world, record, work.number, entry)


async def let_go(world: World, record: Record | None, number: str, entry: OutboxEntry) -> None:
    """The source has given canceled work back: units and claims go with it."""
    for _ in range(TRIES):
        if record is None:
            return
        order = order_of(record)
        after = given_back(order, number, world.clock.now(), Actor("SOURCE", entry.source))
        if after is order or await write_step(world, Taken(record, number, after, told_by=entry.source)):
            return
        record = (await world.orders.records([record.rid])).get(record.rid)
    raise Unavailable(f"The order of {number} is being changed by others; record the receipt again.")
