"""What each step on an order means: pure functions from a document to the next one, or None where the step does not apply.

Interpreters apply these in one conditional write; the decision's content is made by the step's own `write` from the document as it will be.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.claims.documents import Acknowledged, Change, Claim, Entry, KeyDoc, OrderDoc
from gateway.domain.claims.steps import (
    Cancel,
    Commit,
    Create,
    Extend,
    Fail,
    InsertKey,
    Open,
    OrderStep,
    Outdate,
    PlaceHold,
    PullTaken,
    PullUndo,
    Reap,
    Reduce,
    Refuse,
    Reopen,
    Replan,
    Retract,
    Settled,
    Write,
)

KEPT_DONE = 20


@dataclass(frozen=True, slots=True)
class Times:
    """Bounds of the protocol in ms: life of an open change, and of clocks plus the longest command.

    `early_ms`: so long before its date, units that come are taken to be of a lot.
    """

    deadline_ms: int = 4_000
    skew_ms: int = 3_000
    early_ms: int = 86_400_000


def stamped(add: tuple[Claim, ...], now: int, times: Times) -> tuple[Claim, ...]:
    return tuple(claim if claim.dl else replace(claim, dl=now + times.deadline_ms) for claim in add)


def ended(order: OrderDoc, **fields: Any) -> OrderDoc:
    """Return the order after a decision that ends its open change: what the change may have taken goes to undo."""
    undo = order.undo + (order.change.add if order.change else ())
    return replace(order, **{"att": order.att + 1, "change": None, "undo": undo, **fields})


def written(order: OrderDoc, write: Write, ending: Change | None = None) -> OrderDoc:
    """Return the order with its decision's content and without what that does not need; messages get the next numbers of its sequence."""
    entry = write(replace(order, change=ending) if ending else order)
    return with_entry(without_spare(order, dict(entry.spare)), entry)


def without_spare(order: OrderDoc, units_by_mid: Mapping[str, int]) -> OrderDoc:
    """Return the order with claims that fell to fewer units: in the very write that says so, for nobody would look for them later."""
    falling = {claim.mid: units_by_mid.get(claim.mid, claim.units) for claim in order.claims if claim.mid not in order.sent}
    cut = tuple(replace(claim, units=min(claim.units, falling.get(claim.mid, claim.units))) for claim in order.claims)
    if cut == order.claims:
        return order
    kept, gone = tuple(claim for claim in cut if claim.units), tuple(claim for claim in cut if not claim.units)
    return replace(order, claims=kept, undo=order.undo + gone, unsettled=True)


def with_entry(order: OrderDoc, entry: Entry) -> OrderDoc:
    kept = tuple(
        replace(message, state="DROPPED") if message.n in entry.drop_waiting and message.state == "WAITING" else message
        for message in order.outbox
    )
    return replace(
        order,
        v=order.v + 1,
        order=entry.order or order.order,
        reservation=entry.reservation or order.reservation,
        outbox=kept + entry.outbox,
        taken=with_taken(order.taken, entry.taken),
    )


def with_taken(known: tuple[Acknowledged, ...], more: tuple[Acknowledged, ...]) -> tuple[Acknowledged, ...]:
    """Return what the ledger is still to be told; of a claim that was taken twice, the first time counts."""
    mids = {one.claim.mid for one in known}
    return known + tuple(one for one in more if one.claim.mid not in mids)


def create(order: OrderDoc | None, step: Create, now: int, times: Times) -> OrderDoc | None:
    if order is not None:
        return None
    fresh = OrderDoc(step.rid, step.fp, "NEW", created_ms=now, owner=step.owner)
    return reopened(fresh, Reopen(step.rid, 0, step.add, step.then, step.hold_ms, step.plan), now, times)


def reopened(order: OrderDoc, step: Reopen, now: int, times: Times) -> OrderDoc:
    change = Change(step.att + 1, stamped(step.add, now, times), (), now + times.deadline_ms, step.then, step.rid, plan=step.plan)
    exp = now + step.hold_ms if step.then == "HELD" else None
    return replace(order, st="NEW", why=None, att=step.att + 1, change=change, exp=exp)


def reopen(order: OrderDoc, step: Reopen, now: int, times: Times) -> OrderDoc | None:
    return reopened(order, step, now, times) if order.att == step.att and order.why == "DEADLINE" else None


def open_change(order: OrderDoc, step: Open, now: int, times: Times) -> OrderDoc | None:
    if (
        order.att != step.att
        or order.change
        or order.st not in {"HELD", "PLACED"}
        or (set(step.drop) | {mid for mid, _ in step.cut}) & order.sent
    ):
        return None
    change = Change(
        step.att + 1, stamped(step.add, now, times), step.drop, now + times.deadline_ms, step.then, step.by, cut=step.cut, plan=step.plan
    )
    return replace(order, att=step.att + 1, change=change)


def replan(order: OrderDoc, step: Replan, now: int, times: Times) -> OrderDoc | None:
    if not order.change or order.change.att != step.att:
        return None
    add = stamped(step.add, now, times)
    change = replace(order.change, att=step.att + 1, add=add, dl=now + times.deadline_ms, tried=step.tried, plan=step.plan)
    kept = {claim.mid for claim in add}
    return replace(order, att=step.att + 1, change=change, undo=order.undo + tuple(c for c in order.change.add if c.mid not in kept))


def commit(order: OrderDoc, step: Commit, _now: int, _times: Times) -> OrderDoc | None:
    change = order.change
    if not change or change.att != step.att:
        return None
    placing, left = change.then == "PLACED" and order.st != "PLACED", dict(change.cut)
    after = replace(
        order,
        att=order.att + 1,
        st=change.then,
        change=None,
        unsettled=True,
        exp=order.exp if change.then == "HELD" else None,
        claims=tuple(replace(c, units=min(c.units, left.get(c.mid, c.units))) for c in order.claims if c.mid not in change.drop)
        + change.add,
        undo=order.undo + tuple(c for c in order.claims if c.mid in change.drop),
        by=change.by if placing else order.by,
        done=(*order.done, change.by)[-KEPT_DONE:],
    )
    return written(after, step.write, change)


def fail(order: OrderDoc, step: Fail, _now: int, _times: Times) -> OrderDoc | None:
    if not order.change or order.change.att != step.att:
        return None
    return ended(order, st="VOID", why=step.why, short=step.short) if order.st == "NEW" else ended(order)


def reap(order: OrderDoc, _step: Reap, now: int, times: Times) -> OrderDoc | None:
    if order.st == "HELD" and order.exp is not None and order.exp <= now:
        undo = order.undo + order.claims + (order.change.add if order.change else ())
        return ended(order, st="VOID", why="EXPIRED", undo=undo, claims=(), unsettled=False)
    if order.change and order.change.dl + times.skew_ms < now:
        return ended(order, st="VOID", why="DEADLINE") if order.st == "NEW" else ended(order)
    return None


def place_hold(order: OrderDoc, step: PlaceHold, now: int, _times: Times) -> OrderDoc | None:
    if order.st != "HELD" or order.exp is None or order.exp <= now or order.att != step.att:
        return None
    after = ended(order, st="PLACED", by=step.by, exp=None, unsettled=True)
    if step.keep is not None:
        kept = {claim.mid for claim in step.keep if claim.units}
        gone = tuple(claim for claim in order.claims if claim.mid not in kept)
        after = replace(after, claims=tuple(claim for claim in step.keep if claim.units), undo=after.undo + gone)
    return written(after, step.write)


def cancel(order: OrderDoc, _step: Cancel, _now: int, _times: Times) -> OrderDoc | None:
    if order.st not in {"NEW", "HELD"} and order.why != "DEADLINE":
        return None
    after = ended(order, st="VOID", why="CANCELED", claims=(), unsettled=False)
    return replace(after, undo=after.undo + order.claims)


def reduce(order: OrderDoc, step: Reduce, _now: int, _times: Times) -> OrderDoc | None:
    fits = order.v == step.v and order.st in {"HELD", "PLACED"} and not set(step.units_by_mid) & order.sent
    units = {claim.mid: claim.units for claim in order.claims}
    if not fits or any(units.get(mid, -1) < left for mid, left in step.units_by_mid.items()):
        return None
    cut = tuple(replace(claim, units=step.units_by_mid.get(claim.mid, claim.units)) for claim in order.claims)
    after = ended(order, claims=tuple(c for c in cut if c.units), unsettled=True)
    return written(replace(after, undo=after.undo + tuple(c for c in cut if not c.units)), step.write)


def extend(order: OrderDoc, step: Extend, now: int, _times: Times) -> OrderDoc | None:
    if order.st != "HELD" or order.exp is None or order.exp <= now:
        return None
    return replace(order, att=order.att + 1, exp=max(order.exp, now + step.hold_ms), unsettled=True, v=order.v + 1)


def retract(order: OrderDoc, step: Retract, _now: int, _times: Times) -> OrderDoc | None:
    if order.v != step.v or order.st != "PLACED":
        return None
    gone = tuple(claim for claim in order.claims if claim.mid in step.mids)
    after = ended(order, claims=tuple(c for c in order.claims if c.mid not in step.mids), sent=order.sent - step.mids)
    return written(
        replace(after, undo=after.undo + tuple(replace(claim, lost=step.lost, let_go=step.let_go) for claim in gone)), step.write
    )


def outdate(order: OrderDoc | None, step: Outdate, now: int, _times: Times) -> OrderDoc | None:
    if order is None:
        return OrderDoc(step.rid, step.fp, "VOID", att=1, why="DEADLINE", created_ms=now) if step.att == 0 else None
    idle = order.change is None and (order.st == "HELD" or order.why == "DEADLINE")
    return replace(order, att=order.att + 1) if idle and order.att == step.att else None


def refuse(order: OrderDoc | None, step: Refuse, now: int, _times: Times) -> OrderDoc | None:
    if order is None:
        return OrderDoc(step.rid, step.fp, "VOID", att=1, why="INSUFFICIENT", created_ms=now, refused=step.refused)
    untold = order.why == "INSUFFICIENT" and not order.refused
    if order.fp != step.fp or not (untold or order.why == "DEADLINE"):
        return None
    return replace(order, att=order.att + 1, why="INSUFFICIENT", refused=step.refused)


def pull_undo(order: OrderDoc, step: PullUndo, _now: int, _times: Times) -> OrderDoc | None:
    rest = tuple(claim for claim in order.undo if claim.mid != step.mid)
    return replace(order, undo=rest) if rest != order.undo else None


def pull_taken(order: OrderDoc, step: PullTaken, _now: int, _times: Times) -> OrderDoc | None:
    rest = tuple(one for one in order.taken if one.claim.mid != step.mid)
    return replace(order, taken=rest) if rest != order.taken else None


def settled(order: OrderDoc, step: Settled, _now: int, _times: Times) -> OrderDoc | None:
    return replace(order, unsettled=False) if order.unsettled and order.att == step.att else None


MEANING: dict[type[Any], Callable[..., OrderDoc | None]] = {
    Create: create,
    Reopen: reopen,
    Open: open_change,
    Replan: replan,
    Commit: commit,
    Fail: fail,
    Reap: reap,
    PlaceHold: place_hold,
    Cancel: cancel,
    Reduce: reduce,
    Extend: extend,
    Retract: retract,
    Outdate: outdate,
    Refuse: refuse,
    PullUndo: pull_undo,
    PullTaken: pull_taken,
    Settled: settled,
}


def after_step(order: OrderDoc | None, step: OrderStep, now: int, times: Times) -> OrderDoc | None:
    """Return the document after a step, with its `rev` raised; None where the step does not apply."""
    if order is None and not isinstance(step, Create | Outdate | Refuse):
        return None
    after = MEANING[type(step)](order, step, now, times)
    return touched(after, now) if after else None


def after_key(standing: KeyDoc | None, step: InsertKey, now: int) -> KeyDoc:
    """Return the key document that stands after a step."""
    fresh = KeyDoc(step.by, step.fp, step.hold, now, step.att)
    if standing is None:
        return fresh
    replaced = step.over is not None and (standing.hold, standing.att) == (step.over.hold, step.over.att)
    return fresh if replaced else standing


def touched(order: OrderDoc, now: int) -> OrderDoc:
    """Return the document as one write leaves it."""
    return replace(order, rev=order.rev + 1, touched_ms=now)


def with_content(order: OrderDoc, v: int, entry: Entry) -> OrderDoc | None:
    """Return the order with new content that was made from what stood at `v`; None when that is no longer what stands."""
    return with_entry(order, entry) if order.v == v else None
