"""What callers run: reserve, place, change, extend, move, cancel, reduce, retract. Each returns the order's document, or why there is none.

A document answers for itself: HELD or PLACED; VOID with its `why`; NEW or VOID(DEADLINE): undecided, repeat with the same key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway.domain.claims.carrying import (
    MOST_PLANS,
    Carried,
    Errand,
    Pick,
    Planned,
    Planner,
    Program,
    carry,
    claims_of,
    ensured,
    finish,
    recover,
)
from gateway.domain.claims.documents import Entry, OrderDoc, State
from gateway.domain.claims.fitting import Fit, Fitting, NoOtherPlace
from gateway.domain.claims.limits import Crowded, Limit
from gateway.domain.claims.readings import Admit
from gateway.domain.claims.references import Reference, Referred, refer
from gateway.domain.claims.steps import Cancel, Create, Extend, InsertKey, Open, PlaceHold, ReadOrder, Reduce, Reopen, Retract, Write
from gateway.domain.delivery_group import Plan
from gateway.domain.ids import Rid, StockKey

__all__ = [
    "Conflict",
    "Fit",
    "Fitting",
    "Gone",
    "NoOtherPlace",
    "Pick",
    "Planned",
    "Planner",
    "Short",
    "cancel",
    "change",
    "extend",
    "place_hold",
    "recover",
    "reduce",
    "reserve",
    "retract",
]
TRIES = 3


@dataclass(frozen=True, slots=True)
class Conflict:
    """The key was used with another input before."""

    first_used_ms: int


@dataclass(frozen=True, slots=True)
class Short:
    """There is no plan: nothing was decided, what was held is held as before. `key`, `free`: the place that stopped it, and what it has."""

    key: StockKey | None = None
    free: int = 0


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such order or hold."""


Answer: TypeAlias = OrderDoc | Conflict | Short | Gone | Referred | Crowded


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what: the identity and fingerprint of the request, its first plan (None: there is none), and what it leads to."""

    rid: Rid
    fp: str
    picks: Sequence[Pick] | None
    planner: Planner
    write: Write
    then: State = "HELD"
    hold_ms: int = 0
    reference: Reference | None = None
    plan: Plan = ()
    """What the picks are for."""
    limit: Limit | None = None

    @property
    def first(self) -> Planned | None:
        return Planned(self.picks, self.plan) if self.picks else None


def reserve(request: Request) -> Program[Answer]:
    """Reserve (then HELD) or place at once (then PLACED): open the journal entry, or join the one that is there."""
    order: OrderDoc | None = (yield ReadOrder(request.rid)) if request.reference else None
    planned = request.first if order else (yield from admission(request))
    for _ in range(TRIES):
        if order is None and isinstance(planned, Short):
            order = yield ReadOrder(request.rid)
            if order is None:
                return planned
        if order and order.fp != request.fp:
            return Conflict(order.created_ms)
        if order and (order.why != "DEADLINE" or not request.picks):
            break
        if request.reference and request.picks:
            referred = yield from refer(request.reference, request.rid, order.att if order else 0)
            if referred:
                return referred
        chosen = request.first if order or isinstance(planned, Short) else planned
        yield from ensured(chosen.picks if chosen else ())
        begun: OrderDoc | None = (yield beginning(request, chosen, order)) if chosen else None
        order = begun or (yield ReadOrder(request.rid))
        if order is None:
            break
    if order is None:
        return Short()
    carried = yield from carry(order, Errand(request.rid, request.planner, request.write, request.limit))
    return carried.crowded or carried.order


def beginning(request: Request, planned: Planned, standing: OrderDoc | None) -> Create | Reopen:
    """Return the step that opens the entry, or reopens one that ended by its deadline."""
    if standing is None:
        add, owner = claims_of(request.rid, 1, planned.picks), request.limit.owner if request.limit else ""
        return Create(request.rid, request.fp, add, request.then, request.hold_ms, planned.plan, owner)
    add = claims_of(request.rid, standing.att + 1, planned.picks)
    return Reopen(request.rid, standing.att, add, request.then, request.hold_ms, planned.plan)


def admission(request: Request) -> Program[Planned | Short]:
    """Plan around the places that are known to be sold out, before anything is written: a refusal by this alone decides nothing."""
    planned, tried, short = request.first, frozenset[StockKey](), Short()
    while planned:
        shelf = [pick for pick in planned.picks if pick.room is None and pick.peg is None]
        told: tuple[StockKey, int] | None = yield Admit(claims_of(request.rid, 1, shelf))
        if told is None:
            return planned
        if len(tried) >= MOST_PLANS:
            return Short(*told)
        key, free = told
        tried, short = tried | {key}, Short(key, free)
        kept = [pick for pick in planned.picks if pick.key != key]
        again = request.planner.again([pick for pick in planned.picks if pick.key == key], tried, free, planned.plan)
        planned = Planned([*kept, *(pick for pick in again.picks if pick.units)], again.plan) if again and again.picks else None
    return short


def place_hold(hold: Rid, by: Rid, fp: str, fitting: Fitting, write: Write, reference: Reference | None = None) -> Program[Answer]:
    """Place a hold under the key `by`: as it is, with less, or with more. The document says who placed it (`by`)."""
    key = yield InsertKey(by, fp, hold)
    if key.fp != fp or key.hold != hold:
        return Conflict(key.created_ms)
    order: OrderDoc | None = yield ReadOrder(hold)
    for _ in range(TRIES):
        if order is None:
            return Gone()
        if order.st != "HELD":
            break
        fit = fitting(order)
        if fit is None:
            return Short()
        referred = (yield from refer(reference, hold, order.att)) if reference else None
        if referred:
            return referred
        if fit.add:
            carried = yield from fitted(order, by, fit, "PLACED", write)
            if carried.short:
                return Short(carried.short.key, carried.short.free)
            order = carried.order
        else:
            order = yield from placed_as_fits(order, by, fit, write)
    return order or Gone()


def placed_as_fits(order: OrderDoc, by: Rid, fit: Fit, write: Write) -> Program[OrderDoc | None]:
    placed: OrderDoc | None = yield PlaceHold(order.rid, by, order.att, fit.keep, write)
    if placed:
        yield from finish(placed)
        return placed
    yield from recover(order.rid)
    current: OrderDoc | None = yield ReadOrder(order.rid)
    return current


def change(rid: Rid, by: Rid, fitting: Fitting, write: Write, limit: Limit | None = None) -> Program[Answer]:
    """Fit the claims of a hold or an order to something else; new ones are taken before old ones are given back.

    Its request is in `done` of the document once it is committed; a document without it was not changed by this call.
    """
    order: OrderDoc | None = yield ReadOrder(rid)
    for _ in range(TRIES):
        if order is None:
            return Gone()
        if by in order.done or order.st not in {"HELD", "PLACED"}:
            return order
        if order.change and order.change.by != by:
            yield from recover(rid)
        joins = order.change is not None and order.change.by == by
        fit = fitting(order) or (Fit(order.claims) if joins else None)
        if fit is None:
            return Short()
        carried = yield from fitted(order, by, fit, order.st, write, limit)
        if carried.crowded:
            return carried.crowded
        if carried.short:
            return Short(carried.short.key, carried.short.free)
        order = carried.order
    return order or Gone()


def fitted(order: OrderDoc, by: Rid, fit: Fit, then: State, write: Write, limit: Limit | None = None) -> Program[Carried]:
    """Open the change that makes an order's claims fit, and carry it; another's change, or none: the order as it stands."""
    add = claims_of(order.rid, order.att + 1, fit.add)
    yield from ensured(fit.add)
    opened = yield Open(order.rid, order.att, add, fit.dropped(order.claims), then, by, fit.cut(order.claims), fit.plan)
    current: OrderDoc = opened or (yield ReadOrder(order.rid))
    return (yield from carry(current, Errand(by, fit.planner, write, limit)))


def extend(rid: Rid, hold_ms: int) -> Program[Answer]:
    """Move a hold's end on; a document that is not HELD was not extended."""
    order: OrderDoc | None = yield Extend(rid, hold_ms)
    if order:
        yield from finish(order)
        return order
    yield from recover(rid)
    return (yield ReadOrder(rid)) or Gone()


def cancel(rid: Rid) -> Program[Answer]:
    """Release what is not placed; a PLACED document was not canceled."""
    order: OrderDoc | None = None
    for _ in range(TRIES):
        order = yield Cancel(rid)
        if order:
            yield from finish(order)
            return order
        order = yield ReadOrder(rid)
        if order is None or order.st == "PLACED" or order.why in {"CANCELED", "EXPIRED", "INSUFFICIENT"}:
            break
    return order or Gone()


def reduce(rid: Rid, v: int, units_by_mid: dict[str, int], write: Write) -> Program[OrderDoc | None]:
    """Let claims fall to fewer units, with the content that says so; None: the order is not as it was read, or a claim was announced."""
    order: OrderDoc | None = yield Reduce(rid, v, units_by_mid, write)
    if order:
        yield from finish(order)
    return order


def retract(
    rid: Rid, v: int, mids: frozenset[str], write: Write, lost: int | None = None, *, let_go: bool = False
) -> Program[OrderDoc | None]:
    """Take back claims that their source has given back to us; None: the order is not as it was read.

    `lost`: the source did not find the units; they stay subtracted until it states them as of later than this (ms of our clock).
    With `let_go` it had them, and its figures count what it takes: those units stay subtracted until its figures count them back.
    """
    order: OrderDoc | None = yield Retract(rid, v, mids, write, lost, let_go)
    if order:
        yield from finish(order)
    return order


def content(entry: Entry) -> Write:
    """Return a write whose content does not depend on the claims."""
    return lambda _order: entry
