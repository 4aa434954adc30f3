"""Takes in what a source tells of work that was handed to it: the order goes on, and the ledger learns what the source has taken."""

from gateway.domain.errors import NotFound, Unavailable
from gateway.domain.feeds import WorkNews
from gateway.domain.ids import SourceCode
from gateway.domain.order import Actor, Fulfillment, Order
from gateway.domain.ordering.news import Names, with_news
from gateway.domain.ordering.owed import GIVING
from gateway.domain.ordering.taken import GONE, RECEIVED
from gateway.domain.outbox_line import OPEN
from gateway.ports.order_book import Record
from resolvers.commands.pickup_hold import hold_of
from resolvers.commands.taking import take_accepted, take_issued, word_of
from resolvers.commands.work_step import Taken, order_of, write_step
from resolvers.context import World

TRIES = 5


async def apply_news(world: World, source: SourceCode, news: WorkNews, epoch: str = "") -> Record:
    """Apply one piece of news (of that epoch of its source); a repeat changes nothing.

    Raises NotFound for work that the source was not given.
    Raises Unavailable when others keep writing to the order: the news is to be told again.
    """
    for _ in range(TRIES):
        record = await told_about(world, source, news)
        await confirm(world, record, source, news)
        work = named(order_of(record), news.reference)
        if work is None:
            return record
        written = await write_news(world, record, source, news)
        if written:
            await take(world, written, source, news, epoch)
            return written
    raise Unavailable(f"The order of {news.reference} is being changed by others; tell it again.")


async def told_about(world: World, source: SourceCode, news: WorkNews) -> Record:
    """Return the order that the news is about, by its own number or that of its work."""
    of_work = news.reference.rpartition("-")[0]
    found = await world.orders.by_number([number for number in (news.reference, of_work) if number])
    record = found.get(news.reference) or found.get(of_work)
    if record is None or not was_given(record, source, news.reference):
        raise NotFound("work or order", news.reference)
    return record


def was_given(record: Record, source: SourceCode, reference: str) -> bool:
    """Tell whether the source was told of this order or work, so that it may speak of it."""
    order = order_of(record)
    leg = "order" if reference == order.number else reference
    return any(entry.source == source and entry.leg == leg for entry in record.outbox)


def named(order: Order, reference: str) -> Fulfillment | None:
    return next((work for work in order.fulfillments if work.number == reference), None)


async def confirm(world: World, record: Record, source: SourceCode, news: WorkNews) -> None:
    """A source that speaks of a message has it: one whose arrival was in doubt is in doubt no more."""
    if news.step == "UNREAD":
        return
    leg = "order" if named(order_of(record), news.reference) is None else news.reference
    for entry in record.outbox:
        if entry.source == source and entry.leg == leg and entry.state in OPEN and entry.attempts and entry.kind in GIVING:
            await world.outbox.vouch(record.rid, entry.n, news.source_reference)


async def write_news(world: World, record: Record, source: SourceCode, news: WorkNews) -> Record | None:
    """Return the order with the news in it; None: somebody wrote meanwhile."""
    order = order_of(record)
    known, hold = await names(world, order, source, news), hold_of(world.network, order, news.reference)
    after = with_news(order, news, world.clock.now(), known, hold, Actor("SOURCE", source))
    if after is order:
        return record
    return await write_step(world, Taken(record, news.reference, after, told_by=source))


async def names(world: World, order: Order, source: SourceCode, news: WorkNews) -> Names:
    """Read what the source may call the order's articles, if it names any."""
    by_name = bool(news.lines) or any(parcel.lines for parcel in news.parcels)
    return Names(source, await world.catalogue.products({line.sku for line in order.lines}) if by_name else {})


async def take(world: World, record: Record, source: SourceCode, news: WorkNews, epoch: str) -> None:
    said = await word_of(world, source, news.sequence, epoch)
    if news.step == "ACKNOWLEDGED":
        await take_accepted(world, record, news.reference, source, said, RECEIVED)
    if news.step == "ACCEPTED":
        await take_accepted(world, record, news.reference, source, said)
    if news.step in GONE:
        await take_issued(world, record, news.reference, source, said)
