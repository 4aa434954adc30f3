"""reassignFulfillment: work goes to another place: at once where nobody has begun, else once its place has given it back."""

from gateway.domain.claims.programs import change
from gateway.domain.done import Done
from gateway.domain.errors import IllegalTransition, NotFound, Refused
from gateway.domain.ids import LocationCode
from gateway.domain.lifecycle import next_states
from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.answering import asked_away
from gateway.domain.ordering.done import with_done
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.working import Word
from gateway.ports.order_book import Record
from resolvers.commands.answers import Worked
from resolvers.commands.deciding import keep_decisions
from resolvers.commands.on_fulfillment import changed_meanwhile, with_note, work_asked
from resolvers.commands.order_step import TRIES, keep_key
from resolvers.commands.reject_fulfillment import check_note
from resolvers.commands.replanning import Bounds
from resolvers.commands.request import RequestMark, is_repeat, request_mark
from resolvers.commands.route_order import is_due, planned
from resolvers.commands.routing_facts import routing_facts
from resolvers.commands.work_inputs import ReassignFulfillment
from resolvers.commands.work_step import order_of
from resolvers.context import Context

WORK, PLACE = ("fulfillmentId",), ("locationCode",)


async def reassign_fulfillment(context: Context, command: ReassignFulfillment) -> Worked:
    """Return the work as it stands: CANCELED where others have it already, with its open request where its place was asked first."""
    mark = request_mark(context, "reassignFulfillment", command)
    check_note(command.note)
    for _ in range(TRIES):
        record, order, work = await work_asked(context, command.fulfillment)
        if is_repeat(order.done, mark):
            return Worked(record, work.number)
        to = await place_asked(context, command, work)
        check_movable(work)
        await keep_key(context, mark, record.rid)
        if work.state == "OFFERED" and not any(line.mid in record.sent for line in work.lines):
            written = await moved(context, mark, record, work, to, command.note)
        else:
            written = await asked_first(context, mark, record, work, to, command.note)
        if written:
            return Worked(written, work.number)
    raise changed_meanwhile()


async def place_asked(context: Context, command: ReassignFulfillment, work: Fulfillment) -> LocationCode | None:
    to = LocationCode(command.location_code) if command.location_code else None
    if to is not None and to not in (await context.ready()).locations:
        raise NotFound("location", to, field=PLACE)
    if to == work.location:
        raise Refused(f"{to} has this work already; name another place, or none.", refusal="INVALID", field=PLACE)
    return to


def check_movable(work: Fulfillment) -> None:
    """Raise for work that has left, was asked back before, or that only its own place can do."""
    allowed = next_states(work.task, work.state)
    if "CANCELED" not in allowed or work.cancellation or work.asked_back_at:
        raise IllegalTransition(state=work.state, attempted="REASSIGNED", allowed=allowed, field=WORK)
    if work.task == "HAND_OVER":
        message = f"What is collected at {work.location} is handed over there; change the delivery instead."
        raise Refused(message, refusal="NOT_DELIVERABLE", field=WORK)


async def moved(
    context: Context, mark: RequestMark, record: Record, work: Fulfillment, to: LocationCode | None, note: str | None
) -> Record | None:
    """Let other places have it at once; None: others wrote meanwhile."""
    order, mids = order_of(record), {line.mid for line in work.lines}
    bounds = Bounds(frozenset({work.location}), None if to is None else frozenset({to}))
    moving = await planned(context, record, order, bounds, lambda one: one.units.mid in mids)
    if not moving.replan.targets or not moving.moves_anything(record):
        message = f"{to or 'No other place'} can{'not' if to else ''} send it in time; see simulateSourcing for why."
        raise Refused(message, refusal="NOT_DELIVERABLE", field=WORK if to is None else PLACE)
    moving.done, moving.actor, moving.note = Done(mark.by, mark.fp, context.now), context.principal.actor, note
    moving.gives_out = is_due(order, context)
    await keep_decisions(context, order, moving.replan.decided, "ROUTED_BY_HAND", mark.by)
    await context.world.claims.run(change(record.rid, mark.by, moving.fitting, moving.write))
    after = (await context.world.orders.records([record.rid])).get(record.rid, record)
    return after if is_repeat(order_of(after).done, mark) else None


async def asked_first(
    context: Context, mark: RequestMark, record: Record, work: Fulfillment, to: LocationCode | None, note: str | None
) -> Record | None:
    """Ask the place, and its system, to give it back; None: others wrote meanwhile."""
    owed = Owed(record.rid, record.outbox, context.now)
    facts = routing_facts(context.world, (await context.ready()).locations)
    word = Word(context.now, context.principal.actor)
    order: Order = asked_away(order_of(record), work.number, to, owed, facts, word)
    order = with_done(with_note(order, work.number, note), Done(mark.by, mark.fp, context.now))
    return await context.world.orders.write(record, order, owed.entries)
