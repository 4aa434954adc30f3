"""Gives held stock back before the hold ends by itself."""

from gateway.domain.claims.keys import keyed
from gateway.domain.claims.programs import cancel
from gateway.domain.errors import IllegalTransition
from gateway.ports.order_book import Record, record_of
from resolvers.commands.inputs import ReleaseReservation
from resolvers.commands.own_hold import document, own_hold
from resolvers.commands.request import request_mark
from resolvers.context import Context


async def release_reservation(context: Context, command: ReleaseReservation) -> Record:
    """Return the hold, released; one that has ended already stays as it is. Raises IllegalTransition when it became an order."""
    mark = request_mark(context, "releaseReservation", command)
    await context.ready()
    record = await own_hold(context, command.id, ("id",))
    answer = await context.world.claims.run(keyed(mark.by, mark.fp, record.rid, lambda: cancel(record.rid)))
    after = record_of(document(answer, ("id",)))
    if after.state == "PLACED":
        raise IllegalTransition(state="COMMITTED", attempted="RELEASED", allowed=(), field=("id",))
    return after
