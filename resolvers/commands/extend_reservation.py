"""Lets a hold end later, within what its channel allows in all; never earlier."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import OrderDoc
from gateway.domain.claims.programs import Answer, Conflict, extend
from gateway.domain.claims.steps import InsertKey, ReadOrder
from gateway.domain.errors import InvalidInput
from gateway.domain.ids import Rid
from gateway.ports.order_book import Record, moment_of, record_of
from resolvers.commands.hold_wish import check_hold
from resolvers.commands.inputs import ExtendReservation
from resolvers.commands.own_hold import check_held, document, own_hold
from resolvers.commands.problems import Problems
from resolvers.commands.request import RequestMark, request_mark
from resolvers.context import Context


async def extend_reservation(context: Context, command: ExtendReservation) -> Record:
    """Return the hold with its new end. Raises what is wrong, LIMIT_REACHED, or RESERVATION_EXPIRED."""
    mark = request_mark(context, "extendReservation", command)
    await context.ready()
    record = await own_hold(context, command.id, ("id",))
    problems = Problems()
    found = next((one for one in context.world.network.channels if record.reservation and one.code == record.reservation.channel), None)
    channel = found or context.world.network.channels[0]
    hold = check_hold(channel, command.hold_seconds, problems)
    problems.stop()
    answer = await context.world.claims.run(extended(mark, record.rid, Longer(hold, channel.max_hold_in_all)))
    if isinstance(answer, datetime):
        text = f"This reservation lasts until {answer.isoformat(timespec='seconds')} at most; place the order, or ask for fewer seconds."
        raise InvalidInput(text, field=("holdSeconds",), refusal="LIMIT_REACHED")
    after = record_of(document(answer, ("id",)))
    check_held(context, after, ("id",))
    return after


@dataclass(frozen=True, slots=True)
class Longer:
    """How long a hold is to last from now, and how long it may last in all."""

    hold: timedelta
    in_all: timedelta


def extended(mark: RequestMark, hold: Rid, longer: Longer) -> Program[Answer | datetime]:
    """Move the end on, once: what the first call under the key reached is enough for every repeat. Its last possible end: it is too far.

    A call is judged by when its key was first used, so that its repeats are answered alike.
    """
    hold_ms = int(longer.hold.total_seconds() * 1000)
    key = yield InsertKey(mark.by, mark.fp, hold)
    if key.fp != mark.fp or key.hold != hold:
        return Conflict(key.created_ms)
    order: OrderDoc | None = yield ReadOrder(hold)
    stands = order is not None and order.st == "HELD" and order.exp is not None and order.exp > key.created_ms
    if order and stands and (order.exp or 0) >= key.created_ms + hold_ms:
        return order
    if order and stands and moment_of(key.created_ms) + longer.hold > moment_of(order.created_ms) + longer.in_all:
        return moment_of(order.created_ms) + longer.in_all
    return (yield from extend(hold, hold_ms))
