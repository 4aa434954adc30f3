"""One step of a placed order: found for those who may take it, decided in one write, answered alike when it is asked again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Entry, KeyDoc, OrderDoc
from gateway.domain.claims.programs import reduce
from gateway.domain.claims.steps import InsertKey
from gateway.domain.done import Done
from gateway.domain.errors import NotFound, Refused
from gateway.domain.ids import Rid
from gateway.domain.order import Order
from gateway.domain.ordering.done import with_done
from gateway.domain.ordering.owed import Owed
from gateway.ports.order_book import Record
from resolvers.commands.inputs import OrderRef
from resolvers.commands.request import RequestMark, conflict, is_repeat
from resolvers.context import Context
from resolvers.questions.orders import is_secret
from resolvers.sight import seen

TRIES = 5
"""Writes of others that one step lives through."""


@dataclass(frozen=True, slots=True)
class Written:
    """The order after the step, and the messages (by n) that are not sent any more."""

    order: Order
    drop_waiting: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What a step does to an order as it was read.

    `units_by_mid`: to how many units claims fall (a claim named with all its units is only fenced: it must not be announced yet).
    `write` is pure; it owes messages through what it is given.
    """

    write: Callable[[Owed], Written]
    units_by_mid: Mapping[str, int] = field(default_factory=dict)
    done: Done | None = None


Deciding = Callable[[Record, Order], Step]
"""Looks at the order and says what to do; raises DomainError for what cannot be done."""


async def order_asked(context: Context, ref: OrderRef, *, looks_after: bool = False) -> tuple[Record, Order]:
    """Return the order as it is now, for those who may see it (`looks_after`: only for those who look after its channel's orders).

    To all others there is none. A storefront names the order's own secret.
    """
    record = await found(context, ref)
    if record and ref.secret is not None and is_secret(context, record, ref.secret):
        context.secret_rids.add(record.rid)
    order = seen(context, record)
    if (
        record is None
        or order is None
        or (ref.secret is not None and not order.sight.own_secret)
        or (looks_after and not order.sight.inside)
    ):
        raise NotFound("order", ref.number or "", field=("order",))
    return record, order.order


async def found(context: Context, ref: OrderRef) -> Record | None:
    orders = context.world.orders
    if ref.number is not None:
        return (await orders.by_number([ref.number])).get(ref.number)
    rid = Rid(ref.rid or "")
    return (await orders.records([rid])).get(rid) if rid else None


async def decided(context: Context, ref: OrderRef, mark: RequestMark, deciding: Deciding, *, looks_after: bool = False) -> Record:
    """Take a step once, however often it is asked for; looks anew when somebody else wrote meanwhile."""
    for _ in range(TRIES):
        record, order = await order_asked(context, ref, looks_after=looks_after)
        if is_repeat(order.done, mark):
            return record
        step = deciding(record, order)
        await keep_key(context, mark, record.rid)
        if await context.world.claims.run(reduce(record.rid, record.v, dict(step.units_by_mid), entry_of(step, mark, context.now))):
            return (await context.world.orders.records([record.rid]))[record.rid]
    raise changed_meanwhile()


def entry_of(step: Step, mark: RequestMark, now: datetime) -> Callable[[OrderDoc], Entry]:
    def write(doc: OrderDoc) -> Entry:
        owed = Owed(doc.rid, doc.outbox, now)
        written = step.write(owed)
        order = with_done(written.order, step.done or Done(mark.by, mark.fp, now))
        return Entry(order=order, outbox=owed.entries, drop_waiting=written.drop_waiting)

    return write


async def keep_key(context: Context, mark: RequestMark, rid: Rid) -> None:
    """Bind the key to this input, so that it cannot be used on another order; raises IdempotencyConflict when it is bound already."""
    key = await context.world.claims.run(kept(mark, rid))
    if key.fp != mark.fp:
        raise conflict(key.created_ms)


def kept(mark: RequestMark, rid: Rid) -> Program[KeyDoc]:
    key: KeyDoc = yield InsertKey(mark.by, mark.fp, rid)
    return key


def changed_meanwhile() -> Refused:
    return Refused(
        "Others are changing this order right now; look at it and ask again with the same key.",
        refusal="CHANGED_MEANWHILE",
        field=("order",),
    )
