"""Lets a hold end later; never earlier."""

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import OrderDoc
from gateway.domain.claims.programs import Answer, Conflict, extend
from gateway.domain.claims.steps import InsertKey, ReadOrder
from gateway.domain.ids import Rid
from gateway.ports.order_book import Record, record_of
from resolvers.commands.hold_wish import check_hold
from resolvers.commands.inputs import ExtendReservation
from resolvers.commands.own_hold import check_held, document, own_hold
from resolvers.commands.problems import Problems
from resolvers.commands.request import RequestMark, request_mark
from resolvers.context import Context


async def extend_reservation(context: Context, command: ExtendReservation) -> Record:
    """Return the hold with its new end. Raises what is wrong, or RESERVATION_EXPIRED."""
    mark = request_mark(context, "extendReservation", command)
    await context.ready()
    record = await own_hold(context, command.id, ("id",))
    problems = Problems()
    channel = next((one for one in context.world.network.channels if record.reservation and one.code == record.reservation.channel), None)
    hold = check_hold(channel or context.world.network.channels[0], command.hold_seconds, problems)
    problems.stop()
    program = extended(mark, record.rid, int(hold.total_seconds() * 1000))
    after = record_of(document(await context.world.claims.run(program), ("id",)))
    check_held(context, after, ("id",))
    return after


def extended(mark: RequestMark, hold: Rid, hold_ms: int) -> Program[Answer]:
    """Move the end on, once: what the first call under the key reached is enough for every repeat."""
    key = yield InsertKey(mark.by, mark.fp, hold)
    if key.fp != mark.fp or key.hold != hold:
        return Conflict(key.created_ms)
    order: OrderDoc | None = yield ReadOrder(hold)
    if order and order.st == "HELD" and order.exp is not None and order.exp >= key.created_ms + hold_ms:
        return order
    return (yield from extend(hold, hold_ms))
