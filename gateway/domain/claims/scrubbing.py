"""Looking through a position for what nothing else would ever find: markers that no order names, movements that a crash left out.

Markers without an order can only stand where clocks went further apart than was assumed.
"""

from gateway.domain.claims.auditing import at_rest
from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Claim, Marker, OrderDoc, Standing, rid_of_mid
from gateway.domain.claims.readings import ReadMarkers, Record
from gateway.domain.claims.steps import GiveBack, ReadOrder, Settle
from gateway.domain.ids import Rid, StockKey


def scrub(key: StockKey) -> Program[int]:
    """Give back what no order names, and record what was left out; return how many markers were given back."""
    standing: Standing = yield ReadMarkers(key)
    freed = 0
    for mid in sorted({*standing.markers, *standing.recorded}):
        marker = standing.markers.get(mid)
        order: OrderDoc | None = yield ReadOrder(rid_of_mid(mid))
        if marker and not names(order, mid):
            freed += yield from forsake(key, mid)
        elif record := left_out(order, key, mid, marker, standing.recorded.get(mid, 0)):
            yield record
    return freed


def settle_anew(rid: Rid) -> Program[None]:
    """Let what is kept for an order's claims fall to their units, where a decision that says so was not carried out."""
    order: OrderDoc | None = yield ReadOrder(rid)
    if order and order.st in {"HELD", "PLACED"} and at_rest(order):
        for claim in order.claims:
            yield Settle(claim, None if order.st == "PLACED" else order.exp)


def forsake(key: StockKey, mid: str) -> Program[int]:
    """Give back a marker that no order names any more; looked at again, for it may have been withheld before its order forgot it."""
    standing: Standing = yield ReadMarkers(key)
    marker = standing.markers.get(mid)
    if marker is None or marker.waits:
        return 0
    return int((yield GiveBack(Claim(mid, key, marker.q, dl=marker.dl, peg=marker.peg))))


def names(order: OrderDoc | None, mid: str) -> bool:
    if order is None:
        return False
    every = (*order.claims, *order.undo, *(order.change.add if order.change else ()))
    return any(claim.mid == mid for claim in every)


def left_out(order: OrderDoc | None, key: StockKey, mid: str, marker: Marker | None, recorded: int) -> Record | None:
    """Return the movement that is missing of a claim at rest; None: there is none, or somebody is still at work on it."""
    if marker and recorded:
        claim = next((one for one in order.claims if one.mid == mid), None) if order and at_rest(order) else None
        given_back = recorded - marker.q if claim and claim.units <= marker.q else 0
        return Record(key, mid, "RELEASE", given_back, marker.q) if given_back > 0 else None
    if marker:
        return Record(key, mid, "ORDER" if marker.exp is None else "HOLD", marker.q)
    if order and (order.unsettled or any(claim.mid == mid for claim in order.undo) or order.change):
        return None
    return Record(key, mid, "DISPATCH" if names(order, mid) else "RELEASE", recorded)
