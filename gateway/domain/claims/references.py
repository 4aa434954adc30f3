"""A caller's reference: one order at most is placed with it.

Its key names the document that may be placed with it, and the decision (`att`) of that document which was read before the key was
taken. Whoever places takes the key first and then decides at that `att`; whoever wants the key of another document that is neither
placed nor at work first makes sure that nothing that was read of it before can still be acted on. So an old holder either has begun
its change when it is looked at, or must take the key again before it can begin one.
"""

from dataclasses import dataclass

from gateway.domain.claims.carrying import Program, recover
from gateway.domain.claims.documents import KeyDoc, OrderDoc
from gateway.domain.claims.steps import InsertKey, Outdate, ReadOrder
from gateway.domain.ids import Rid

TRIES = 3


@dataclass(frozen=True, slots=True)
class Reference:
    """`insistent`: a holder of which there is no document is not waited for any longer: its call has died, or must begin anew."""

    key: Rid
    text: str
    fp: str
    insistent: bool = False


@dataclass(frozen=True, slots=True)
class Referred:
    """The reference is another order's: placed, or (None) it is not decided yet whether it will be."""

    order: OrderDoc | None = None


def refer(reference: Reference, rid: Rid, att: int) -> Program[Referred | None]:
    """Take the reference for what is decided next of a document that was read at `att` (0: there was none)."""
    key: KeyDoc = yield InsertKey(reference.key, reference.fp, rid, att)
    for _ in range(TRIES):
        if key.hold == rid and key.att >= att:
            return None
        if key.hold != rid:
            holder: OrderDoc | None = yield from holding(reference, key)
            if holder and is_placed_with(holder, reference):
                return Referred(holder)
            if not is_given_up(holder, key, reference):
                return Referred()
        key = yield InsertKey(reference.key, reference.fp, rid, att, over=key)
    return Referred()


def holding(reference: Reference, key: KeyDoc) -> Program[OrderDoc | None]:
    """Return the key's document as it stands, outdated where nobody is at work on it."""
    yield from recover(key.hold)
    order: OrderDoc | None = yield ReadOrder(key.hold)
    if is_idle(order, key) and (order or reference.insistent):
        outdated: OrderDoc | None = yield Outdate(key.hold, key.fp, order.att if order else 0)
        return outdated or order
    return order


def is_idle(order: OrderDoc | None, key: KeyDoc) -> bool:
    """Tell whether a call that took the key may still begin on what it read."""
    if order is None:
        return True
    return order.change is None and order.att <= key.att and (order.st == "HELD" or order.why == "DEADLINE")


def is_placed_with(order: OrderDoc, reference: Reference) -> bool:
    return order.st == "PLACED" and order.order is not None and order.order.reference == reference.text


def is_given_up(order: OrderDoc | None, key: KeyDoc, reference: Reference) -> bool:
    """Tell whether a document can no longer be placed by a call that took the key before."""
    if order is None or is_placed_with(order, reference):
        return False
    if order.st == "PLACED" or order.why in {"INSUFFICIENT", "CANCELED", "EXPIRED"}:
        return True
    return order.change is None and order.att > key.att
