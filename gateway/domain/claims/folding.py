"""Markers that only wait for their source's word are folded: kept with all they are, but out of the way of the steps of others.

Whoever claims need not look for a folded marker: its claim was decided, and its fence is over, so that a late take is refused by its
deadline alone. Any other step unfolds the marker that it is about first; an undo that finds none must know that it is not folded either.
"""

from collections.abc import Mapping
from dataclasses import replace

from gateway.domain.claims.documents import Marker, StockDoc
from gateway.domain.claims.meaning import Times

Markers = Mapping[str, Marker]


def may_fold(marker: Marker, now: int, times: Times) -> bool:
    """Tell whether nobody who does not look for the marker can be misled: it is settled, ends by itself never, and is all on the shelf.

    What its source has let go of, or not found, stands but a while.
    """
    past_fence = marker.dl + times.skew_ms < now
    plain = marker.exp is None and marker.peg is None and not marker.lost and marker.let_go is None
    return bool(marker.q) and marker.ok and plain and past_fence


def foldable(markers: Markers, now: int, times: Times) -> dict[str, Marker]:
    return {mid: marker for mid, marker in markers.items() if not marker.folded and may_fold(marker, now, times)}


def with_folded(stock: StockDoc, now: int, times: Times) -> StockDoc | None:
    """Return the position with all folded that may be; None when there is nothing."""
    folded = {mid: replace(marker, folded=True) for mid, marker in foldable(stock.markers, now, times).items()}
    return replace(stock, markers={**stock.markers, **folded}) if folded else None


def standing_apart(markers: Markers) -> dict[str, Marker]:
    """Return the markers that are not folded."""
    return {mid: marker for mid, marker in markers.items() if not marker.folded}


def unfolded(stock: StockDoc, mid: str) -> StockDoc | None:
    """Return the position with one marker standing apart again; None when it is not folded."""
    marker = stock.markers.get(mid)
    if marker is None or not marker.folded:
        return None
    return replace(stock, markers={**stock.markers, mid: replace(marker, folded=False)})
