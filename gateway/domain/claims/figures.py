"""What an owner's word does to a position: the watermark rule for claims, the event-time rule between counts and differences.

Sources: the rules "Stock that others sell too" and "Feeds from the sources" of the design. An absolute figure applies when it is newer in
its source's own order; markers of claims that it covers are lifted; differences later than its time are applied on top of it again.
"""

from dataclasses import dataclass, replace

from gateway.domain.claims.documents import Recent, StockDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.stock_meaning import Markers, lifted, purged
from gateway.domain.claims.supply import on_shelf, with_arrival

KEPT_RECENT = 200
"""Differences of one position that are kept inside the window."""
WINDOW_MS = 6 * 3_600_000
"""How long before its last count a source's differences may still arrive late."""


@dataclass(frozen=True, slots=True)
class Figure:
    """An absolute figure; `by_time`: its source only times its differences, so those later than `as_of_ms` stand on top of it."""

    quantity: int
    unavailable: int
    order: int
    as_of_ms: int
    epoch: str = ""
    by_time: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A difference; `mid`: our own claim that it carries out."""

    event: str
    change: int
    at_ms: int
    order: int | None = None
    mid: str | None = None
    epoch: str = ""


def is_fresh(stock: StockDoc, epoch: str) -> bool:
    """Tell whether a source counts anew since what is known; a word without an epoch (a push, a single item) belongs to the known one."""
    return epoch not in {"", stock.epoch}


def is_newer(stock: StockDoc, figure: Figure) -> bool:
    if is_fresh(stock, figure.epoch):
        return True
    if figure.by_time:
        return (figure.as_of_ms, figure.order) > (stock.sync_ms, stock.order)
    return figure.order > stock.order


def with_figure(stock: StockDoc, figure: Figure, now: int, times: Times) -> StockDoc | None:
    """Return the position after an absolute figure; None when it is not newer than what is known."""
    if not is_newer(stock, figure):
        return None
    fresh_epoch = is_fresh(stock, figure.epoch)
    later = tuple(one for one in stock.recent if figure.by_time and one.at_ms > figure.as_of_ms)
    q = figure.quantity + sum(one.change for one in later)
    markers = without_k(stock.markers) if fresh_epoch else covered(purged(stock.markers, now, times), figure.order, now, times)
    after = replace(
        stock,
        q=q,
        unavailable=figure.unavailable,
        epoch=figure.epoch or stock.epoch,
        order=figure.order if fresh_epoch else max(stock.order, figure.order),
        as_of_ms=max(figure.as_of_ms, stock.as_of_ms if later else 0),
        sync_ms=figure.as_of_ms,
        changed_ms=now if q != stock.q or figure.unavailable != stock.unavailable else stock.changed_ms,
        free=q - on_shelf(markers),
        markers=markers,
    )
    return with_arrival(after, unexplained(stock, after), now, times)


def unexplained(before: StockDoc, after: StockDoc) -> int:
    """Return by how much a known figure rose that no claim explains which it counts from now on."""
    if not before.as_of_ms:
        return 0
    lifted_units = sum(marker.shelf - (after.markers[mid].shelf if mid in after.markers else 0) for mid, marker in before.markers.items())
    return after.q - before.q + lifted_units


def without_k(markers: Markers) -> Markers:
    """A source that was restored counts anew: what it told of our claims before means nothing now, the claims stay subtracted."""
    return {mid: replace(marker, k=None) for mid, marker in markers.items()}


def covered(markers: Markers, order: int, now: int, times: Times) -> Markers:
    """Return the markers without those whose claims the source's figure includes at `order`."""
    for mid in [mid for mid, marker in markers.items() if marker.q and marker.k is not None and marker.k <= order]:
        lifted(markers, mid, now, times)
    return markers


def with_change(stock: StockDoc, change: Change, now: int, times: Times) -> StockDoc | None:
    """Return the position after a difference; None when it is known already or older than the last count."""
    if is_known(stock, change):
        return None
    markers = purged(stock.markers, now, times)
    if change.mid:
        carried_out(markers, change.mid, -change.change, now, times)
    q = stock.q + change.change
    recent = (*stock.recent, Recent(change.event, change.at_ms, change.change))
    window = max(change.at_ms, stock.as_of_ms) - WINDOW_MS
    after = replace(
        stock,
        q=q,
        order=change.order if change.order is not None else stock.order,
        as_of_ms=max(stock.as_of_ms, change.at_ms),
        changed_ms=now,
        free=q - on_shelf(markers),
        markers=markers,
        recent=tuple(one for one in recent if one.at_ms >= window)[-KEPT_RECENT:],
    )
    return with_arrival(after, unexplained(stock, after), now, times)


def carried_out(markers: Markers, mid: str, units: int, now: int, times: Times) -> None:
    """Lift as many units of a claim as have left: what one line or parcel of its work took, the others still take."""
    marker = markers.get(mid)
    if marker is None or not marker.q or units <= 0:
        return
    if units >= marker.q:
        lifted(markers, mid, now, times)
    else:
        markers[mid] = replace(marker, q=marker.q - units, due=min(marker.due, marker.q - units))


def is_known(stock: StockDoc, change: Change) -> bool:
    """Numbered differences are judged by their number; timed ones by the last count's time and by their event."""
    if change.order is not None:
        return not is_fresh(stock, change.epoch) and change.order <= stock.order
    return change.at_ms <= stock.sync_ms or any(one.event == change.event for one in stock.recent)


def with_coverage(stock: StockDoc, order: int, now: int, times: Times) -> StockDoc | None:
    """Return the position after a complete pass up to `order` that left it unchanged; None when no claim is covered by it."""
    markers = covered(purged(stock.markers, now, times), order, now, times)
    taken = on_shelf(markers)
    if stock.q - taken == stock.free:
        return None
    return replace(stock, free=stock.q - taken, markers=markers, order=max(stock.order, order))
