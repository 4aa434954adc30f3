"""Looks through a position, or an order's claims, for what does not fit, and changes nothing; `scrub` and `recover` put it right."""

from gateway.domain.claims.auditing import Drift, of_marker, of_missing
from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import OrderDoc, Standing, rid_of_mid
from gateway.domain.claims.steps import ReadMarkers, ReadOrder
from gateway.domain.ids import Rid, StockKey


def inspect_position(key: StockKey) -> Program[list[Drift]]:
    """Compare the claims on a position with their orders and with what is recorded of them."""
    standing: Standing = yield ReadMarkers(key)
    drifts: list[Drift] = []
    for mid in sorted({*standing.markers, *standing.recorded}):
        order: OrderDoc | None = yield ReadOrder(rid_of_mid(mid))
        marker, recorded = standing.markers.get(mid), standing.recorded.get(mid, 0)
        if marker:
            drifts += of_marker(key, mid, marker, order)
        elif recorded:
            drifts += of_missing(key, mid, recorded, order)
    return drifts


def inspect_order(rid: Rid) -> Program[list[Drift]]:
    """Compare an order's claims with the positions that they are on."""
    order: OrderDoc | None = yield ReadOrder(rid)
    drifts: list[Drift] = []
    if order is None or order.st not in {"HELD", "PLACED"}:
        return drifts
    for key in sorted({claim.key for claim in order.claims}):
        standing: Standing = yield ReadMarkers(key)
        for claim in order.claims:
            recorded = standing.recorded.get(claim.mid, 0)
            if claim.key == key and recorded and claim.mid not in standing.markers:
                drifts += of_missing(key, claim.mid, recorded, order)
    return drifts
