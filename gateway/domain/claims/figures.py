"""What an owner's word does to a position: the watermark rule for claims, the event-time rule between counts and differences.

Sources: the rules "Stock that others sell too" and "Feeds from the sources" of the design. An absolute figure applies when it is newer in
its source's own order; markers of claims that it covers are lifted; differences later than its time are applied on top of it again.
"""

from dataclasses import dataclass, replace

from gateway.domain.claims.documents import Marker, Recent, StockDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.stock_meaning import Markers, lifted, purged
from gateway.domain.claims.supply import on_shelf, with_arrival

KEPT_RECENT = 200
"""Differences of one position that are kept inside the window."""
WINDOW_MS = 6 * 3_600_000
"""How long before its last count a source's differences may still arrive late."""
KEPT_EPOCHS = 8
"""Numberings of a source that are over and still known."""


@dataclass(frozen=True, slots=True)
class Figure:
    """An absolute figure; `by_time`: its source only times its differences, so those later than `as_of_ms` stand on top of it.

    `begun_ms`: the source surely made it from that moment of our clock on; None: it came by itself, nobody knows when it was begun.
    """

    quantity: int
    unavailable: int
    order: int
    as_of_ms: int
    epoch: str = ""
    by_time: bool = False
    begun_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A difference; `mid`: our own claim that it carries out."""

    event: str
    change: int
    at_ms: int
    order: int | None = None
    mid: str | None = None
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """Up to where a source's word holds: a place in its order and epoch, and since when (our clock) it was surely made."""

    order: int
    epoch: str = ""
    begun_ms: int | None = None

    def counts(self, marker: Marker, *, named: bool) -> bool:
        """Tell whether the word counts a claim; `named`: it is about the very position."""
        asked_later = None not in {self.begun_ms, marker.asked} and (self.begun_ms or 0) >= (marker.asked or 0)
        if marker.lost:
            return named and asked_later
        return marker.epoch in {"", self.epoch} and (asked_later or (marker.k is not None and marker.k <= self.order))


def is_fresh(stock: StockDoc, epoch: str) -> bool:
    """Tell whether a source counts anew since what is known; a word without an epoch (a push, a single item) belongs to the known one."""
    return epoch not in {"", stock.epoch, *stock.past}


def is_newer(stock: StockDoc, figure: Figure) -> bool:
    """Tell whether a figure is later in its source's own order. A numbering not known yet must have been met later than the known one."""
    if figure.epoch in stock.past:
        return False
    if is_fresh(stock, figure.epoch):
        return not stock.as_of_ms or (figure.begun_ms or 0) > stock.epoch_ms
    if figure.by_time:
        return (figure.as_of_ms, figure.order) > (stock.sync_ms, stock.order)
    return figure.order > stock.order


def with_figure(stock: StockDoc, figure: Figure, now: int, times: Times) -> StockDoc | None:
    """Return the position after an absolute figure; None when it says nothing new."""
    if not is_newer(stock, figure):
        return with_repetition(stock, figure, now, times)
    fresh_epoch = is_fresh(stock, figure.epoch)
    epoch = figure.epoch or stock.epoch
    later = tuple(one for one in stock.recent if figure.by_time and one.at_ms > figure.as_of_ms)
    q = figure.quantity + sum(one.change for one in later)
    markers = renumbered(stock.markers, epoch) if fresh_epoch else stock.markers
    markers = covered(purged(markers, now, times), Reach(figure.order, epoch, figure.begun_ms), now, times, named=True)
    after = replace(
        stock,
        q=q,
        unavailable=figure.unavailable,
        epoch=epoch,
        epoch_ms=(figure.begun_ms or 0) if fresh_epoch else stock.epoch_ms,
        past=(*stock.past, stock.epoch)[-KEPT_EPOCHS:] if fresh_epoch and stock.epoch else stock.past,
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


def with_repetition(stock: StockDoc, figure: Figure, now: int, times: Times) -> StockDoc | None:
    """Return the position after the known figure was told again: nothing happened since, so claims that waited for it are lifted."""
    same = (figure.quantity, figure.unavailable, figure.order) == (stock.q, stock.unavailable, stock.order)
    if not same or figure.epoch not in {"", stock.epoch}:
        return None
    markers = covered(purged(stock.markers, now, times), Reach(stock.order, stock.epoch, figure.begun_ms), now, times, named=True)
    return replace(stock, free=stock.q - on_shelf(markers), markers=markers) if stock.q - on_shelf(markers) != stock.free else None


def renumbered(markers: Markers, epoch: str) -> Markers:
    """A source that was restored counts anew: what it told of our claims before means nothing now, the claims stay subtracted.

    Those that it has let go of nobody claims any more: whatever its backup knew of them, what is asked for later counts it.
    """
    return {
        mid: marker if marker.lost or marker.epoch == epoch else replace(marker, k=None, epoch="", asked=marker.let_go)
        for mid, marker in markers.items()
    }


def covered(markers: Markers, reach: Reach, now: int, times: Times, *, named: bool) -> Markers:
    """Return the markers without those whose claims the source's word counts."""
    for mid in [mid for mid, marker in markers.items() if marker.q and reach.counts(marker, named=named)]:
        lifted(markers, mid, now, times)
    return markers


def with_change(stock: StockDoc, change: Change, now: int, times: Times) -> StockDoc | None:
    """Return the position after a difference; None when it is known already, or of another numbering than the last count."""
    if change.epoch not in {"", stock.epoch} and (stock.as_of_ms or change.epoch in stock.past):
        return None
    if is_known(stock, change):
        return with_known(stock, change, now, times)
    markers = purged(stock.markers, now, times)
    if change.mid:
        carried_out(markers, change.mid, -change.change, now, times)
    q = stock.q + change.change
    after = replace(
        stock,
        q=q,
        epoch=change.epoch or stock.epoch,
        order=change.order if change.order is not None else stock.order,
        as_of_ms=max(stock.as_of_ms, change.at_ms),
        changed_ms=now,
        free=q - on_shelf(markers),
        markers=markers,
        recent=remembered(stock, change),
    )
    return with_arrival(after, unexplained(stock, after), now, times)


def with_known(stock: StockDoc, change: Change, now: int, times: Times) -> StockDoc | None:
    """Return the position after a difference that its last count includes: our claim that it carries out is counted now.

    Only where it was surely not applied before: told once more it would else lift another part of the claim.
    """
    marker = stock.markers.get(change.mid or "")
    if not marker or not marker.q or marker.lost or change.change >= 0 or change.at_ms <= forgotten_ms(stock):
        return None
    if any(one.event == change.event for one in stock.recent):
        return None
    markers = purged(stock.markers, now, times)
    carried_out(markers, change.mid or "", -change.change, now, times)
    return replace(stock, free=stock.q - on_shelf(markers), markers=markers, recent=remembered(stock, change))


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
    """Numbered differences are judged by their number; timed ones by the last count's time and by their event.

    A timed one from before what is remembered may be a repeat: it waits for the next count.
    """
    if change.order is not None:
        return change.order <= stock.order
    return change.at_ms <= max(stock.sync_ms, forgotten_ms(stock)) or any(one.event == change.event for one in stock.recent)


def remembered(stock: StockDoc, change: Change) -> tuple[Recent, ...]:
    window = max(change.at_ms, stock.as_of_ms) - WINDOW_MS
    recent = sorted((*stock.recent, Recent(change.event, change.at_ms, change.change)), key=lambda one: one.at_ms)
    return tuple(one for one in recent if one.at_ms > window)[-KEPT_RECENT:]


def forgotten_ms(stock: StockDoc) -> int:
    """Return until when differences are no longer remembered."""
    full = stock.recent[0].at_ms if len(stock.recent) >= KEPT_RECENT else 0
    return max(stock.as_of_ms - WINDOW_MS, full)


def with_coverage(stock: StockDoc, reach: Reach, now: int, times: Times) -> StockDoc | None:
    """Return the position after a complete pass that left it unchanged; None when the pass counts no claim on it."""
    if reach.epoch not in {"", stock.epoch}:
        return None
    markers = covered(purged(stock.markers, now, times), replace(reach, epoch=stock.epoch), now, times, named=False)
    if stock.q - on_shelf(markers) == stock.free:
        return None
    return replace(stock, free=stock.q - on_shelf(markers), markers=markers, order=max(stock.order, reach.order))
