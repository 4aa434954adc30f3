"""Looks through a position, or an order's claims, for what does not fit, and changes nothing; `scrub` and `recover` put it right."""

from datetime import date

from gateway.domain.claims.auditing import Drift, of_claim, of_content, of_marker, of_missing, of_record
from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import OrderDoc, Standing, rid_of_mid
from gateway.domain.claims.readings import ReadMarkers
from gateway.domain.claims.steps import ReadOrder
from gateway.domain.ids import Rid, StockKey, capacity_named, is_capacity


def inspect_position(key: StockKey) -> Program[list[Drift]]:
    """Compare the claims on a position with their orders and with what is recorded of them."""
    standing: Standing = yield ReadMarkers(key)
    drifts: list[Drift] = []
    for mid in sorted({*standing.markers, *standing.recorded}):
        order: OrderDoc | None = yield ReadOrder(rid_of_mid(mid))
        marker, recorded = standing.markers.get(mid), standing.recorded.get(mid, 0)
        if marker:
            drifts += of_marker(key, mid, marker, order) or of_record(key, mid, marker, recorded, order)
        elif recorded:
            drifts += of_missing(key, mid, recorded, order)
    return drifts


def inspect_order(rid: Rid, made_before_ms: int, today: date) -> Program[list[Drift]]:
    """Compare an order's claims, those that were made by then, with the positions that they are on, and with what the order promises.

    Shifts of days that are over may be forgotten.
    """
    order: OrderDoc | None = yield ReadOrder(rid)
    if order is None or order.st not in {"HELD", "PLACED"}:
        return []
    drifts: list[Drift] = of_content(order)
    for key in sorted({claim.key for claim in order.claims if claim.dl < made_before_ms}):
        standing: Standing = yield ReadMarkers(key)
        if is_capacity(key) and not standing.there and capacity_named(key)[1] < today:
            continue
        for claim in (one for one in order.claims if one.key == key and one.units):
            marker, recorded = standing.markers.get(claim.mid), standing.recorded.get(claim.mid, 0)
            if recorded and marker is None:
                drifts += of_missing(key, claim.mid, recorded, order)
            else:
                drifts += of_claim(order, claim, marker, standing.left.get(claim.mid))
    return drifts
