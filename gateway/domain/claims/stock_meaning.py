"""What each step on stock means, and what an owner's word does to a position: pure functions from a document to the next one, or None.

Every write also drops tombstones that the fence has made needless: once a take of that attempt would be refused by its deadline alone.
"""

from dataclasses import replace

from gateway.domain.claims.documents import Claim, Marker, Seen, StockDoc, rid_of_mid
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.steps import Ack, GiveBack, Settle, StockStep, Take, Withhold
from gateway.domain.claims.supply import promisable
from gateway.domain.ids import Rid

Markers = dict[str, Marker]


def purged(markers: Markers, now: int, times: Times) -> Markers:
    return {mid: marker for mid, marker in markers.items() if marker.q or marker.dl + times.skew_ms >= now}


def take(stock: StockDoc, step: Take, now: int, times: Times) -> StockDoc | None:
    claim, markers = step.claim, purged(stock.markers, now, times)
    if claim.mid in markers or to_be_had(stock, claim, now) < claim.units + claim.safety or now >= claim.dl:
        return None
    markers[claim.mid] = Marker(claim.units, claim.dl, step.exp, peg=claim.peg, due=claim.units if claim.peg else 0)
    return replace(stock, free=stock.free - markers[claim.mid].shelf, markers=markers)


def to_be_had(stock: StockDoc, claim: Claim, now: int) -> int:
    """Return what a claim could take: of the shelf, or of the lot that it waits for."""
    return promisable(stock, claim.peg, now) if claim.peg else stock.free


def give_back(stock: StockDoc, step: GiveBack, now: int, times: Times) -> StockDoc | None:
    markers = purged(stock.markers, now, times)
    marker = markers.get(step.claim.mid)
    if marker and not marker.q:
        return None
    markers[step.claim.mid] = Marker(0, marker.dl if marker else step.claim.dl)
    return replace(stock, free=stock.free + (marker.shelf if marker else 0), markers=purged(markers, now, times))


def settle(stock: StockDoc, step: Settle, now: int, times: Times) -> StockDoc | None:
    """Everything in it only falls, but the end of a hold, which only moves on: a late repeat changes nothing.

    Units that are still to come fall first.
    """
    markers = purged(stock.markers, now, times)
    marker = markers.get(step.claim.mid)
    if not marker or not marker.q:
        return None
    q = min(marker.q, step.claim.units)
    due = max(0, marker.due - (marker.q - q))
    exp = None if step.exp is None or marker.exp is None else max(marker.exp, step.exp)
    markers[step.claim.mid] = replace(marker, q=q, due=due, ok=True, exp=exp) if q else Marker(0, marker.dl)
    return replace(stock, free=stock.free + marker.shelf - (q - due), markers=markers)


def lifted(markers: Markers, mid: str, now: int, times: Times) -> None:
    """Take a marker away, since the source's figure counts its units now; inside the fence a tombstone stays against late takes."""
    marker = markers.pop(mid)
    if marker.dl + times.skew_ms >= now:
        markers[mid] = Marker(0, marker.dl)


def ack(stock: StockDoc, step: Ack, now: int, times: Times) -> StockDoc | None:
    markers = purged(stock.markers, now, times)
    marker = markers.get(step.mid)
    if not marker or not marker.q or marker.lost or step.epoch in stock.past:
        return None
    if not includes(stock, step):
        return replace(stock, markers={**markers, step.mid: replace(marker, k=step.k, epoch=step.epoch or stock.epoch)})
    lifted(markers, step.mid, now, times)
    return replace(stock, free=stock.free + marker.shelf, markers=markers)


def includes(stock: StockDoc, step: Ack) -> bool:
    """Tell whether the position's figure counts an acknowledged claim already."""
    return step.epoch in {"", stock.epoch} and stock.order >= step.k


def withhold(stock: StockDoc, step: Withhold, now: int, times: Times) -> StockDoc | None:
    """Leave the units subtracted until the owner was asked again, on the position itself where it did not find them."""
    markers = purged(stock.markers, now, times)
    marker = markers.get(step.claim.mid)
    if not marker or not marker.q or (step.found and step.epoch in stock.past):
        return None
    markers[step.claim.mid] = kept_back(marker, step, step.epoch or stock.epoch)
    return replace(stock, markers=markers)


def kept_back(marker: Marker, step: Withhold, epoch: str) -> Marker:
    """Return the marker as it waits for its owner's word; said again, the first time counts."""
    since = step.claim.lost or 0
    if not step.found:
        return replace(marker, k=None, epoch="", asked=marker.asked if marker.lost else since, lost=True, let_go=None, ok=True, exp=None)
    let_go = since if step.claim.let_go and marker.let_go is None else marker.let_go
    if marker.waits:
        return replace(marker, let_go=let_go, ok=True, exp=None)
    return replace(marker, asked=since, epoch=epoch, let_go=let_go, ok=True, exp=None)


def after_stock_step(stock: StockDoc, step: StockStep, now: int, times: Times) -> StockDoc | None:
    if isinstance(step, Take):
        return take(stock, step, now, times)
    if isinstance(step, GiveBack):
        return give_back(stock, step, now, times)
    if isinstance(step, Settle):
        return settle(stock, step, now, times)
    if isinstance(step, Withhold):
        return withhold(stock, step, now, times)
    return ack(stock, step, now, times)


def standing(markers: Markers, now: int, times: Times) -> Markers:
    """Return the markers with units whose attempts are long over."""
    return {mid: marker for mid, marker in markers.items() if marker.q and marker.dl + times.skew_ms < now}


MOST_LAPSED = 20


def seen(markers: Markers, free: int, order: int, mid: str, now: int, times: Times) -> Seen:
    """Return what a take needs to know; lapsed: markers past their hold's end, or unsettled long after their attempt's end."""
    own = rid_of_mid(mid)
    lapsed: list[Rid] = sorted({rid_of_mid(other) for other, marker in markers.items() if is_lapsed(marker, now, times)} - {own})
    return Seen(markers.get(mid), free, tuple(lapsed[:MOST_LAPSED]), order)


def is_lapsed(marker: Marker, now: int, times: Times) -> bool:
    ended = marker.exp is not None and marker.exp <= now
    return bool(marker.q) and (ended or (not marker.ok and marker.dl + times.skew_ms < now))
