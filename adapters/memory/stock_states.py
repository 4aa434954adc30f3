"""Stock documents as readers follow them."""

from datetime import UTC, datetime
from functools import lru_cache

from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.supply import inbound_left
from gateway.ports.ledger import Marker, StockState


@lru_cache(maxsize=8_192)
def moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def state_of(doc: StockDoc) -> StockState:
    """Return the document projected: markers that hold nothing are left out."""
    return StockState(
        key=doc.key,
        quantity=doc.q,
        unavailable=doc.unavailable,
        free=doc.free,
        as_of=moment(doc.as_of_ms),
        changed_at=moment(doc.changed_ms) if doc.changed_ms else None,
        source=doc.source,
        markers=tuple(
            Marker(marker.shelf, moment(marker.exp) if marker.exp is not None else None) for marker in doc.markers.values() if marker.shelf
        ),
        lots=inbound_left(doc),
    )
