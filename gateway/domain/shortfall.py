"""A shelf that holds less than was promised of it: by how much, and whose promises are the last ones."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.claims.documents import StockDoc
from gateway.domain.ids import Rid
from gateway.domain.order import Order


@dataclass(frozen=True, slots=True)
class Promise:
    """Units of one claim on a shelf that are owed to a placed order. `sent`: its owner was told to send them."""

    rid: Rid
    mid: str
    units: int
    placed: tuple[str, Rid]
    """When, and then by whom: the order among promises."""
    sent: bool


def missing_units(doc: StockDoc, sent: Collection[str], patience_ms: int, now: int) -> int:
    """Return by how much more is promised than there is.

    A figure may count claims already of which its owner's word is still on its way, or a part of one that it is not through with: for a
    while after it changed, those that were sent to the owner, and those that wait for its figures, are given the benefit of the doubt.
    Units that the owner has let go of may be counted as taken still, and be on their way back as well.
    """
    if doc.free >= 0:
        return 0
    young = now - doc.changed_ms <= patience_ms
    doubtful = (marker.q * (1 if marker.let_go is None else 2) for mid, marker in doc.markers.items() if mid in sent or marker.waits)
    return max(0, -doc.free - (sum(doubtful) if young else 0))


def promises(doc: StockDoc, orders: Mapping[Rid, Order], sent: Collection[str], rid_of: Mapping[str, Rid]) -> list[Promise]:
    """Return whose promises stand on a shelf, the newest first; those that nobody was told of before those that somebody was."""
    found = [
        Promise(rid_of[mid], mid, marker.q, (orders[rid_of[mid]].placed_at.isoformat(), rid_of[mid]), mid in sent)
        for mid, marker in doc.markers.items()
        if marker.q and not marker.lost and mid in rid_of and rid_of[mid] in orders
    ]
    newest = sorted(found, key=lambda one: one.placed, reverse=True)
    return sorted(newest, key=lambda one: one.sent)


def last_promises(owed: Sequence[Promise], units: int) -> list[Promise]:
    """Return the promises, from the first of these on, that so many missing units cannot be held against."""
    broken = []
    for one in owed:
        if units <= 0:
            break
        broken.append(one)
        units -= one.units
    return broken
