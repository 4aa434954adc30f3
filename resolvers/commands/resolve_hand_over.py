"""resolveHandOver: a person's word on a message that its relay cannot bring any further."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import structlog

from gateway.domain.done import Done
from gateway.domain.errors import IllegalTransition, NotFound
from gateway.domain.feeds import Receipt
from gateway.domain.ids import Rid
from gateway.domain.outbox import FOR_PEOPLE, HandOverState, OutboxEntry, Resolution
from gateway.domain.outbox_line import of_number
from gateway.ports.order_book import Record
from resolvers.commands.inputs import ResolveHandOver
from resolvers.commands.order_step import TRIES, changed_meanwhile, keep_key
from resolvers.commands.problems import Problems
from resolvers.commands.record_receipt import record_receipt
from resolvers.commands.request import RequestMark, is_repeat, request_mark
from resolvers.commands.work_step import order_of
from resolvers.context import Context
from resolvers.questions.hand_overs import HandOver, named

log = structlog.get_logger(__name__)
LONGEST_NOTE, LONGEST_REFERENCE = 2_000, 200
FIELD = ("handOverId",)
AFTER: Mapping[str, Literal["WAITING", "ACKNOWLEDGED", "DROPPED"]] = MappingProxyType(
    {"RETRY": "WAITING", "CONFIRM": "ACKNOWLEDGED", "DROP": "DROPPED"}
)


async def resolve_hand_over(context: Context, command: ResolveHandOver) -> HandOver:
    """Send a message again under its key (RETRY), take it as arrived (CONFIRM), or give it up (DROP); only one PARKED or DEAD.

    A RETRY of one that was PARKED is the person's word that it did not arrive; a DEAD one of unknown effect is asked after first.
    """
    mark = request_mark(context, "resolveHandOver", command)
    check(command)
    for _ in range(TRIES):
        record, entry = await asked(context, command)
        if is_repeat(order_of(record).done, mark):
            return HandOver(record.rid, order_of(record).number, entry)
        check_waits_for_a_person(entry.state, command)
        await keep_key(context, mark, record.rid)
        resolved = await written(context, record, entry, command, mark)
        if resolved:
            return HandOver(record.rid, order_of(record).number, resolved)
    raise changed_meanwhile()


def check(command: ResolveHandOver) -> None:
    problems = Problems()
    if command.reference and command.resolution != "CONFIRM":
        problems.refuse("INVALID", "reference is what the source calls what it has taken; leave it out unless you CONFIRM.", "reference")
    for name, text, most in (("reference", command.reference, LONGEST_REFERENCE), ("note", command.note, LONGEST_NOTE)):
        if len(text or "") > most:
            problems.refuse("OUT_OF_RANGE", f"{name} may have {most} characters.", name)
    problems.stop()


async def asked(context: Context, command: ResolveHandOver) -> tuple[Record, OutboxEntry]:
    """Return the message as it is now, and its order."""
    rid, n = named(command.hand_over) or (Rid(""), 0)
    record = (await context.world.orders.records([rid])).get(rid) if rid else None
    entry = of_number(record, n) if record and record.order else None
    if record is None or entry is None:
        raise NotFound("message", command.hand_over, field=FIELD)
    return record, entry


def check_waits_for_a_person(state: HandOverState, command: ResolveHandOver) -> None:
    if state not in FOR_PEOPLE:
        raise IllegalTransition(state=state, attempted=AFTER[command.resolution], allowed=(), field=FIELD)


async def written(context: Context, record: Record, entry: OutboxEntry, command: ResolveHandOver, mark: RequestMark) -> OutboxEntry | None:
    """Write the word; what it says of order and stock first, so that one who dies between them can say it again."""
    state, world = AFTER[command.resolution], context.world
    if state == "ACKNOWLEDGED":
        await record_receipt(world, record.rid, entry, Receipt(command.reference or entry.reference, context.now))
    word = Resolution(state, command.reference, command.note, Done(mark.by, mark.fp, context.now))
    resolved = await world.outbox.resolve(record.rid, entry.n, word)
    if resolved:
        log.info("hand_over_resolved", source=entry.source, key=entry.key, was=entry.state, state=state, by=context.principal.id)
    return resolved
