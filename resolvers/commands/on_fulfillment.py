"""One step of a fulfillment by those who work on it: found, checked, decided once however often it is asked for, told to its system."""

from collections.abc import Callable
from dataclasses import replace

from gateway.domain.done import Done
from gateway.domain.errors import IllegalTransition, NotFound, Refused
from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.done import with_done
from gateway.domain.ordering.working import Word, work_named
from gateway.ports.order_book import Record
from resolvers.commands.answers import Worked
from resolvers.commands.order_step import TRIES, keep_key
from resolvers.commands.request import Keyed, is_repeat, request_mark
from resolvers.commands.work_step import Taken, order_of, write_step
from resolvers.context import Context
from resolvers.sight import works_at

Stepping = Callable[[Order, Fulfillment, Word], Order]
"""The step itself; pure, raises DomainError for what the state or the input does not allow."""


async def on_fulfillment(context: Context, operation: str, command: Keyed, number: str, stepping: Stepping) -> Worked:
    """Take a step for a caller who works at the fulfillment's location; for all others there is none."""
    mark = request_mark(context, operation, command)
    for _ in range(TRIES):
        record, order, work = await work_asked(context, number)
        if is_repeat(order.done, mark):
            return Worked(record, number)
        after = stepped(stepping, order, work, Word(context.now, context.principal.actor))
        await keep_key(context, mark, record.rid)
        taken = Taken(record, number, with_done(after, Done(mark.by, mark.fp, context.now)))
        if written := await write_step(context.world, taken):
            return Worked(written, number)
    raise changed_meanwhile()


def changed_meanwhile() -> Refused:
    message = "Others are changing this order right now; look at it and ask again with the same key."
    return Refused(message, refusal="CHANGED_MEANWHILE", field=("fulfillmentId",))


def stepped(stepping: Stepping, order: Order, work: Fulfillment, word: Word) -> Order:
    try:
        return stepping(order, work, word)
    except IllegalTransition as error:
        raise IllegalTransition(state=error.state, attempted=error.attempted, allowed=error.allowed, field=("fulfillmentId",)) from error


async def work_asked(context: Context, number: str) -> tuple[Record, Order, Fulfillment]:
    """Return the fulfillment as it is now; raises NotFound where the caller does not work."""
    record = await record_with(context, number)
    work = work_named(order_of(record), number)
    if not works_at(context.principal, work.location):
        raise NotFound("fulfillment", number, field=("fulfillmentId",))
    return record, order_of(record), work


async def record_with(context: Context, number: str) -> Record:
    """Return the order that a fulfillment belongs to, whoever works on it; raises NotFound."""
    order_number = number.rpartition("-")[0]
    record = (await context.world.orders.by_number([order_number])).get(order_number) if order_number else None
    if record is None or record.order is None or not any(work.number == number for work in record.order.fulfillments):
        raise NotFound("fulfillment", number, field=("fulfillmentId",))
    return record


def line_of(work: Fulfillment, key: str) -> str:
    """Return the line that an id's key names within the work; one of other work becomes a name that no line has."""
    number, _, line = key.rpartition("/")
    return line if number == work.number else key


def with_note(order: Order, number: str, note: str | None) -> Order:
    """Return the order with a note on the last thing that was told of the fulfillment."""
    places = [n for n, event in enumerate(order.history) if event.fulfillment == number]
    if not note or not places:
        return order
    events = list(order.history)
    events[places[-1]] = replace(events[places[-1]], summary=f"{events[places[-1]].summary} {note}")
    return replace(order, history=tuple(events))
