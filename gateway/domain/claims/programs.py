"""What callers run: reserve, place, change, extend, move, cancel, reduce, retract. Each returns the order's document, or why there is none.

A document answers for itself: HELD or PLACED; VOID with its `why`; NEW or VOID(DEADLINE): undecided, repeat with the same key.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.domain.claims.carrying import MOST_PLANS, Carried, Errand, Pick, Planner, Program, carry, claims_of, ensured, finish, recover
from gateway.domain.claims.documents import Claim, Entry, OrderDoc, State
from gateway.domain.claims.references import Reference, Referred, refer
from gateway.domain.claims.steps import (
    Admit,
    Cancel,
    Create,
    Extend,
    InsertKey,
    Open,
    PlaceHold,
    ReadOrder,
    Reduce,
    Reopen,
    Retract,
    Write,
)
from gateway.domain.ids import Rid, StockKey

__all__ = [
    "Conflict",
    "Gone",
    "Pick",
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


Answer: TypeAlias = OrderDoc | Conflict | Short | Gone | Referred


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


def reserve(request: Request) -> Program[Answer]:
    """Reserve (then HELD) or place at once (then PLACED): open the journal entry, or join the one that is there."""
    order: OrderDoc | None = (yield ReadOrder(request.rid)) if request.reference else None
    picks = request.picks if order else (yield from admission(request))
    for _ in range(TRIES):
        if order is None and isinstance(picks, Short):
            order = yield ReadOrder(request.rid)
            if order is None:
                return picks
        if order and order.fp != request.fp:
            return Conflict(order.created_ms)
        if order and (order.why != "DEADLINE" or not request.picks):
            break
        if request.reference and request.picks:
            referred = yield from refer(request.reference, request.rid, order.att if order else 0)
            if referred:
                return referred
        chosen = request.picks if order or isinstance(picks, Short) else picks
        yield from ensured(chosen or ())
        begun: OrderDoc | None = (yield beginning(request, chosen, order)) if chosen else None
        order = begun or (yield ReadOrder(request.rid))
        if order is None:
            break
    if order is None:
        return Short()
    carried = yield from carry(order, Errand(request.rid, request.planner, request.write))
    return carried.order


def beginning(request: Request, picks: Sequence[Pick], standing: OrderDoc | None) -> Create | Reopen:
    """Return the step that opens the entry, or reopens one that ended by its deadline."""
    if standing is None:
        return Create(request.rid, request.fp, claims_of(request.rid, 1, picks), request.then, request.hold_ms)
    add = claims_of(request.rid, standing.att + 1, picks)
    return Reopen(request.rid, standing.att, add, request.then, request.hold_ms)


def admission(request: Request) -> Program[Sequence[Pick] | Short]:
    """Plan around the places that are known to be sold out, before anything is written: a refusal by this alone decides nothing."""
    picks, tried, short = request.picks, frozenset[StockKey](), Short()
    while picks:
        shelf = [pick for pick in picks if pick.room is None and pick.peg is None]
        told: tuple[StockKey, int] | None = yield Admit(claims_of(request.rid, 1, shelf))
        if told is None:
            return picks
        if len(tried) >= MOST_PLANS:
            return Short(*told)
        key, free = told
        tried, short = tried | {key}, Short(key, free)
        again = request.planner.again([pick for pick in picks if pick.key == key], tried, free) or ()
        picks = [*(pick for pick in picks if pick.key != key), *(pick for pick in again if pick.units)] if again else ()
    return short


class NoOtherPlace:
    """Plans nothing anew: what is short where it was wanted cannot be had."""

    def again(self, short: Sequence[Pick], tried: frozenset[StockKey], free: int) -> Sequence[Pick] | None:  # noqa: ARG002 - a Planner
        return None


@dataclass(frozen=True, slots=True)
class Fit:
    """How the claims of an order become those that are wanted: kept (possibly cut), dropped whole, added."""

    keep: tuple[Claim, ...]
    add: tuple[Pick, ...] = ()
    planner: Planner = field(default_factory=NoOtherPlace)

    def dropped(self, claims: Sequence[Claim]) -> tuple[str, ...]:
        kept = {claim.mid for claim in self.keep if claim.units}
        return tuple(claim.mid for claim in claims if claim.mid not in kept)

    def cut(self, claims: Sequence[Claim]) -> tuple[tuple[str, int], ...]:
        units_by_mid = {claim.mid: claim.units for claim in self.keep if claim.units}
        return tuple((claim.mid, units_by_mid[claim.mid]) for claim in claims if units_by_mid.get(claim.mid, claim.units) < claim.units)


Fitting: TypeAlias = Callable[[OrderDoc], Fit | None]
"""Fits an order's claims to what is wanted; None: what is missing cannot be had."""


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


def change(rid: Rid, by: Rid, fitting: Fitting, write: Write) -> Program[Answer]:
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
        fit = fitting(order)
        if fit is None:
            return Short()
        carried = yield from fitted(order, by, fit, order.st, write)
        if carried.short:
            return Short(carried.short.key, carried.short.free)
        order = carried.order
    return order or Gone()


def fitted(order: OrderDoc, by: Rid, fit: Fit, then: State, write: Write) -> Program[Carried]:
    """Open the change that makes an order's claims fit, and carry it; another's change, or none: the order as it stands."""
    add = claims_of(order.rid, order.att + 1, fit.add)
    yield from ensured(fit.add)
    opened = yield Open(order.rid, order.att, add, fit.dropped(order.claims), then, by, fit.cut(order.claims))
    current: OrderDoc = opened or (yield ReadOrder(order.rid))
    return (yield from carry(current, Errand(by, fit.planner, write)))


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
