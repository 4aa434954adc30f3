"""Places an order: checked, planned, its stock claimed, its work given out; all of it once under its key, or none."""

from datetime import timedelta
from functools import partial

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import KeyDoc, OrderDoc
from gateway.domain.claims.programs import Answer, Conflict, Gone, Request, Short, place_hold, reserve
from gateway.domain.claims.references import Reference
from gateway.domain.claims.steps import InsertKey, ReadOrder
from gateway.domain.errors import DomainError, IdempotencyConflict, NotFound, Unavailable
from gateway.domain.ids import Rid
from gateway.domain.personal import PersonalData
from gateway.domain.sourcing.decision import Decision
from gateway.ports.order_book import Record, record_of
from resolvers.commands.answers import Placed
from resolvers.commands.deciding import SourcedGroup, decisions
from resolvers.commands.inputs import PlaceOrder
from resolvers.commands.order_draft import Prepared, prepared
from resolvers.commands.order_reference import reference_key, referring
from resolvers.commands.order_wish import personal_data
from resolvers.commands.own_hold import meanwhile, no_longer_held
from resolvers.commands.placement import Placement
from resolvers.commands.refused_promises import kept_refusal, refusal
from resolvers.commands.request import RequestMark, conflict, request_mark
from resolvers.commands.routing_facts import routing_facts
from resolvers.commands.shortage import gone_meanwhile
from resolvers.context import Context
from resolvers.questions.orders import access_secret
from resolvers.questions.reservations import state

HOLD = ("reservationId",)


async def place_order(context: Context, command: PlaceOrder) -> Placed:
    """Return the order with its secret; a repeat is answered by the order as it stands.

    Raises all that is wrong with the input (which decides nothing), or why what was asked for cannot be had.
    """
    mark = request_mark(context, "placeOrder", command)
    await context.ready()
    record, begun = await known(context, command, mark)
    if record is None:
        try:
            record = await placed_anew(context, command, mark, begun=begun)
        except DomainError as error:
            record = await kept_refusal(context, mark, error)
    return Placed(record, access_secret(context, record))


async def placed_anew(context: Context, command: PlaceOrder, mark: RequestMark, *, begun: bool) -> Record:
    """Plan and place; `begun`: a call has begun on it already, and what that planned is carried to its end."""
    ready = await prepared(context, command, mark)
    await take_key(context, mark, ready.draft.rid)
    await save_personal(context, personal_data(command, ready.draft.rid))
    made = await decided_groups(context, ready)
    await context.world.decisions.save(() if begun else made)
    answer = await referring(context, reference_key(context, command, mark), partial(program, context, mark, ready))
    record = record_of(decided(context, command, mark, ready, answer))
    if ready.wish.held:
        await save_personal(context, personal_data(command, record.rid))  # over what a rival for the same hold may have written
    if (ready.wish.held or begun) and is_placed_as(record, ready):
        await context.world.decisions.save(made)
    if ready.placing.again_decided:
        await save_again_decided(context, ready)
    return record


def is_placed_as(record: Record, ready: Prepared) -> bool:
    """Tell whether an order goes as this call has planned it; else another call's plan was carried to its end."""
    groups = record.order.groups if record.order else ()
    return bool(ready.placing.again_decided) or [group.plan for group in groups] == [group.plan for group in ready.draft.groups]


async def known(context: Context, command: PlaceOrder, mark: RequestMark) -> tuple[Record | None, bool]:
    """Return the order that this key has placed, and whether a call has begun on it: what that planned is carried to its end then.

    Raises what the key was refused with, or IdempotencyConflict for another input.
    """
    hold = Rid(command.reservation_id) if command.reservation_id else None
    found = await context.world.orders.records([mark.by, *([hold] if hold else [])])
    own = found.get(mark.by)
    if own is not None and own.fp != mark.fp:
        raise IdempotencyConflict(first_used_at=own.created_at)
    placed = next((one for one in found.values() if one.state == "PLACED" and one.placed_by_rid == mark.by), None)
    if own is not None and own.why == "INSUFFICIENT" and placed is None:
        doc = await context.world.claims.run(reading(mark.by))
        raise refusal(doc.refused) if doc and doc.refused else gone_meanwhile(command, doc.short if doc else None, None)
    if placed is not None and placed is not own:
        await take_key(context, mark, placed.rid)
    return placed, own is not None and own.changing


def reading(rid: Rid) -> Program[OrderDoc | None]:
    doc: OrderDoc | None = yield ReadOrder(rid)
    return doc


async def take_key(context: Context, mark: RequestMark, rid: Rid) -> None:
    """Bind the key to this input and the document that it places; raises IdempotencyConflict when it is bound to others."""
    key = await context.world.claims.run(keeping(mark, rid))
    if (key.fp, key.hold) != (mark.fp, rid):
        raise conflict(key.created_ms)


def keeping(mark: RequestMark, rid: Rid) -> Program[KeyDoc]:
    key: KeyDoc = yield InsertKey(mark.by, mark.fp, rid)
    return key


async def save_personal(context: Context, data: PersonalData) -> None:
    """Write what identifies the customer before the order is there, so that no order is ever without it."""
    if data != PersonalData(data.rid):
        await context.world.orders.save_personal(data)


async def decided_groups(context: Context, ready: Prepared) -> list[Decision]:
    groups = [
        SourcedGroup(f"{n}", group.service, group.sourced, group.plan) for n, group in enumerate(ready.draft.groups, 1) if group.sourced
    ]
    return await decisions(context, ready.draft.rid, ready.wish.channel, groups, "PLACED")


async def save_again_decided(context: Context, ready: Prepared) -> None:
    """Keep where units went that the first plan found gone."""
    for n, group in enumerate(ready.placing.again_decided):
        again = await decisions(context, ready.draft.rid, ready.wish.channel, [group], "PLACED", attempt=f"again {n}")
        await context.world.decisions.save(again)


def program(context: Context, mark: RequestMark, ready: Prepared, reference: Reference | None) -> Program[Answer]:
    waits = ready.draft.hold is not None or ready.draft.waits_until is not None
    at_once = not waits and ready.wish.channel.release_delay == timedelta(0)
    surroundings = routing_facts(context.world, context.surroundings.locations)
    placement = Placement(ready.draft, surroundings, context.now, at_once, context.world)
    if ready.wish.held:
        return place_hold(ready.wish.held.rid, mark.by, mark.fp, ready.placing.fit, placement, reference)
    picks, plan = ready.placing.picks(), ready.placing.plan()
    return reserve(Request(mark.by, mark.fp, picks, ready.placing, placement, "PLACED", reference=reference, plan=plan))


def decided(
    context: Context, command: PlaceOrder, mark: RequestMark, ready: Prepared, answer: OrderDoc | Conflict | Short | Gone
) -> OrderDoc:
    """Return the placed document; raises why it is none."""
    if isinstance(answer, Conflict):
        raise conflict(answer.first_used_ms)
    if isinstance(answer, Gone):
        raise NotFound("reservation", command.reservation_id or "", field=HOLD)
    if isinstance(answer, Short):
        raise gone_meanwhile(command, (answer.key, answer.free) if answer.key else None, ready.placing)
    if answer.why == "INSUFFICIENT":
        raise gone_meanwhile(command, answer.short, ready.placing)
    if answer.st == "PLACED" and answer.by == mark.by:
        return answer
    if ready.wish.held and answer.st in {"PLACED", "VOID"}:
        raise no_longer_held(state(record_of(answer), context.now), HOLD)
    if answer.st == "HELD":
        raise meanwhile(HOLD)
    raise Unavailable("The order could not be decided in time; repeat the call with the same idempotencyKey.")
