"""Carrying a change to its decision: take every claim, plan again what is short, decide, then carry out what was decided."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias, TypeVar

from gateway.domain.claims.acknowledging import tell_taken
from gateway.domain.claims.documents import Change, Claim, OrderDoc, Peg
from gateway.domain.claims.limits import Crowded, Limit, crowding
from gateway.domain.claims.steps import (
    Commit,
    Ensure,
    Fail,
    GiveBack,
    PullUndo,
    ReadOrder,
    ReadStock,
    Reap,
    Replan,
    Settle,
    Settled,
    Step,
    Take,
    Withhold,
    Write,
)
from gateway.domain.delivery_group import Plan
from gateway.domain.ids import Rid, StockKey, is_capacity

T = TypeVar("T")
Program: TypeAlias = Generator[Step, Any, T]
TRIES = 3
"""Tries of one take before its deadline decides."""
ROUNDS = 8
"""Plans, joins and other callers' decisions that one caller lives through."""
MOST_PLANS = 3


@dataclass(frozen=True, slots=True)
class Pick:
    """Units to claim of one stock document; `safety` units of it must stay. `room`: it is a capacity, the calendar gives so much of it."""

    key: StockKey
    units: int
    safety: int = 0
    room: int | None = None
    peg: Peg | None = None
    """Supply to come that the units are of; None: the shelf."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Units to claim, and what they are for."""

    picks: Sequence[Pick]
    plan: Plan = ()


class Planner(Protocol):
    """Chooses places. Pure, by what it was made from: it may be asked any number of times."""

    def again(self, short: Sequence[Pick], tried: frozenset[StockKey], free: int, plan: Plan) -> Planned | None:
        """Plan the short part of a plan (perhaps another process's) anew without the tried places; `free`: what the last of them has.

        None: there is no plan. Fewer units than were short (or none at all): what the caller will do without.
        """
        ...


@dataclass(frozen=True, slots=True)
class Errand:
    """What a caller carries: whose change it is, who plans, and what is written when it is decided."""

    by: Rid
    planner: Planner
    write: Write
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the takes of a change came to: TAKEN, SHORT, LATE (the fence refuses) or OVER (decided elsewhere)."""

    told: str
    key: StockKey | None = None
    free: int = 0


def claims_of(rid: Rid, att: int, picks: Sequence[Pick]) -> tuple[Claim, ...]:
    return tuple(Claim(f"{rid}_{att}_{n}", pick.key, pick.units, pick.safety, peg=pick.peg) for n, pick in enumerate(picks, 1))


def ensured(picks: Sequence[Pick]) -> Program[None]:
    """Let every capacity that is picked be there."""
    for pick in picks:
        if pick.room is not None:
            yield Ensure(pick.key, pick.room)


def take(claim: Claim, exp: int | None) -> Program[Verdict]:
    free = 0
    for _ in range(TRIES):
        if (yield Take(claim, exp)):
            return Verdict("TAKEN")
        seen = yield ReadStock(claim)
        free = seen.free
        if seen.marker:
            return Verdict("TAKEN" if seen.marker.q else "OVER")
        if free < claim.units + claim.safety:
            if not seen.lapsed:
                return Verdict("SHORT", claim.key, free)
            for rid in seen.lapsed:  # units that only wait for a sweeper cost no sale
                yield from recover(rid)
    return Verdict("SHORT" if free < claim.units + claim.safety else "LATE", claim.key, free)


def take_all(order: OrderDoc) -> Program[Verdict]:
    """Take every claim of the open change, up to the first that cannot be taken."""
    change = order.change
    for claim in change.add if change else ():
        verdict = yield from take(claim, order.exp if change and change.then == "HELD" else None)
        if verdict.told != "TAKEN":
            return verdict
    return Verdict("TAKEN")


def decide(order: OrderDoc, verdict: Verdict, errand: Errand) -> Program[OrderDoc | None]:
    """Make the one write that ends or replaces the change; None: another decided."""
    change = order.change
    if change is None or verdict.told == "OVER":
        return None
    fresh = replanned(change, verdict, errand.planner)
    yield from ensured(fresh.picks if fresh else ())
    decided: OrderDoc | None = yield decision(order, change, verdict, fresh, errand)
    return decided


def decision(order: OrderDoc, change: Change, verdict: Verdict, fresh: Planned | None, errand: Errand) -> Commit | Fail | Replan:
    if verdict.told == "TAKEN":
        return Commit(order.rid, change.att, errand.write)
    if verdict.told == "LATE" or verdict.key is None:
        return Fail(order.rid, change.att, "DEADLINE")
    kept = tuple(claim for claim in change.add if claim.key != verdict.key)
    add = kept + claims_of(order.rid, change.att + 1, fresh.picks if fresh else ())
    if fresh is None or not add:
        return Fail(order.rid, change.att, "INSUFFICIENT", (verdict.key, verdict.free))
    return Replan(order.rid, change.att, add, (*change.tried, verdict.key), fresh.plan)


def replanned(change: Change, verdict: Verdict, planner: Planner) -> Planned | None:
    """Plan the claims of the short place anew; those of other places keep their markers. None: there is no plan."""
    if verdict.told != "SHORT" or verdict.key is None or len(change.tried) >= MOST_PLANS:
        return None
    short = [Pick(claim.key, claim.units, claim.safety, peg=claim.peg) for claim in change.add if claim.key == verdict.key]
    found = planner.again(short, frozenset((*change.tried, verdict.key)), verdict.free, change.plan)
    return replace(found, picks=[pick for pick in found.picks if pick.units]) if found else None


@dataclass(frozen=True, slots=True)
class Carried:
    """The order as it stands, and the place that ended this request's change for want of stock."""

    order: OrderDoc
    short: Verdict | None = None
    crowded: Crowded | None = None


def carry(order: OrderDoc, errand: Errand) -> Program[Carried]:
    """Run the open change of this request as the journal has it, until it is decided."""
    for _ in range(ROUNDS):
        if order.change is None or order.change.by != errand.by:
            return Carried(order)
        crowded = (yield from crowding(order, order.change.att, errand.limit)) if errand.limit else None
        if crowded:
            yield from finish(crowded.ended or order)
            return Carried(order, crowded=crowded)
        yield from undo(order)  # an order must not be short because of its own last attempt
        verdict = yield from take_all(order)
        after = yield from decide(order, verdict, errand)
        if after and after.change is None:
            yield from finish(after)
            return Carried(after, verdict if verdict.told == "SHORT" else None)
        order = after or (yield ReadOrder(order.rid))
    return Carried(order)


def undo(order: OrderDoc) -> Program[None]:
    """Give back what a decision has abandoned."""
    for claim in order.undo:
        kept = claim.lost is not None and not is_capacity(claim.key)
        yield Withhold(claim, found=claim.let_go) if kept else GiveBack(claim)
        yield PullUndo(order.rid, claim.mid)


def finish(order: OrderDoc) -> Program[None]:
    """Carry out what was decided: give back, settle, tell what was taken. Anyone may do it, any number of times, and stop anywhere."""
    yield from undo(order)
    if order.unsettled:
        for claim in order.claims:
            yield Settle(claim, None if order.st == "PLACED" else order.exp)
        yield Settled(order.rid, order.att)
    yield from tell_taken(order)


def recover(rid: Rid) -> Program[None]:
    """Decide what time has decided, then finish. Any number of sweepers and short buyers, no lock."""
    order = (yield Reap(rid)) or (yield ReadOrder(rid))
    if order:
        yield from finish(order)


def carry_out(rid: Rid) -> Program[None]:
    """Finish what an order says of itself as it stands."""
    order: OrderDoc | None = yield ReadOrder(rid)
    if order:
        yield from finish(order)
