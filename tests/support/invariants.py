"""The invariants of the claim protocol, on the documents of one moment: always, at rest, and of what callers were told."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.domain.claims.documents import Claim, Marker, OrderDoc, StockDoc, rid_of_mid
from gateway.domain.ids import Rid, StockKey, is_capacity
from tests.support.modeled_database import TIMES

Docs = Mapping[tuple[str, str], Any]
Told = tuple[Rid, str, Any]
"""The order that an answer is about, the request that it answers, the answer."""
NONE = Marker(0, 0)
NEVER = 1 << 60


class Violation(Exception):
    """An invariant does not hold."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant


@dataclass(frozen=True)
class Owing:
    units: Mapping[Rid, frozenset[int]] = field(default_factory=dict)
    """By order, the totals that its claims may have while it is held or placed."""
    counted: Mapping[Rid, int] = field(default_factory=dict)
    """By order, the place in its source's order from which the source's figure counts it."""
    ever: Mapping[StockKey, int] = field(default_factory=dict)
    """By shelf, the units that it will ever have, what is to come included."""
    short: frozenset[StockKey] = frozenset()
    """Shelves of which others have sold what was promised."""
    held_at_most: int | None = None
    """The holds that may stand at a time, all being one caller's."""
    held_units_at_most: int | None = None
    """The units in them."""


class Ends(NamedTuple):
    deadlines: list[int]
    holds: list[int]


def orders(docs: Docs) -> Iterable[OrderDoc]:
    return (doc for doc in docs.values() if isinstance(doc, OrderDoc))


def shelves(docs: Docs) -> Iterable[StockDoc]:
    return (doc for doc in docs.values() if isinstance(doc, StockDoc))


def deadlines(docs: Docs) -> Ends:
    """Return from when on recovery may decide what was left open, and when holds end."""
    open_ends = [order.change.dl for order in orders(docs) if order.change]
    fences = [marker.dl for stock in shelves(docs) for marker in stock.markers.values()]
    return Ends([dl + TIMES.skew_ms + 1 for dl in open_ends + fences], [order.exp for order in orders(docs) if order.exp])


def check_always(docs: Docs, owing: Owing) -> None:
    for stock in shelves(docs):
        check_sum(stock, owing)
    placed = [order.order.reference for order in orders(docs) if order.st == "PLACED" and order.order]
    if len(placed) != len(set(placed)):
        raise Violation("I6", f"two orders of one reference: {list(orders(docs))}")
    held = sum(order.st == "HELD" for order in orders(docs))
    if owing.held_at_most is not None and held > owing.held_at_most:
        raise Violation("bound", f"one caller holds {held}: {list(orders(docs))}")
    units = sum(claim.units for order in orders(docs) if order.st == "HELD" for claim in order.claims)
    if owing.held_units_at_most is not None and units > owing.held_units_at_most:
        raise Violation("bound", f"one caller holds {units} units: {list(orders(docs))}")
    for order in orders(docs):
        check_plan(order)
        if order.st in {"HELD", "PLACED"}:
            for claim in order.claims:
                check_backed(claim, docs["stock", claim.key], order, owing)
            units = sum(claim.units for claim in order.claims if not is_capacity(claim.key))
            if order.rid in owing.units and units not in owing.units[order.rid]:
                raise Violation("I11", f"claims {units} units, owes one of {sorted(owing.units[order.rid])}: {order}")


def check_plan(order: OrderDoc) -> None:
    places = getattr(order.order, "places", None)
    if places is not None and set(places) != {claim.key for claim in order.claims}:
        raise Violation("I3", f"planned at {places}, claimed elsewhere: {order}")


def check_sum(stock: StockDoc, owing: Owing) -> None:
    """I1, counting back what the source's figure counts already and is not lifted yet; I2."""
    counted = sum(marker.q for mid, marker in stock.markers.items() if stock.order >= owing.counted.get(rid_of_mid(mid), NEVER))
    if stock.free + counted < 0 and stock.key not in owing.short:
        raise Violation("I1", f"oversold: {stock}")
    if sum(marker.q for marker in stock.markers.values()) > owing.ever.get(stock.key, NEVER):
        raise Violation("I1", f"more is promised than will ever come: {stock}")
    if stock.free + sum(marker.shelf for marker in stock.markers.values()) != stock.q:
        raise Violation("I2", f"the sum is wrong: {stock}")


def check_backed(claim: Claim, stock: StockDoc, order: OrderDoc, owing: Owing) -> None:
    reflected = stock.order >= owing.counted.get(order.rid, NEVER)
    if not reflected and stock.markers.get(claim.mid, NONE).q < claim.units:
        raise Violation("I3", f"a claim without its units: {claim} {stock} {order}")


def check_rest(docs: Docs, owing: Owing) -> None:
    claims: dict[str, tuple[Claim, OrderDoc]] = {}
    for order in orders(docs):
        if order.change or order.undo or order.unsettled or order.taken or order.st == "NEW" or (order.st == "VOID" and order.claims):
            raise Violation("I4", f"not at rest: {order}")
        claims |= {claim.mid: (claim, order) for claim in order.claims}
    for stock in shelves(docs):
        for mid, marker in stock.markers.items():
            if marker.q and not (mid not in claims and is_withheld(stock, marker)):
                check_owned(mid, marker, stock, claims)


def is_withheld(stock: StockDoc, marker: Marker) -> bool:
    """Tell whether units that were not found, or let go of, only wait for their source's next word."""
    return marker.lost or marker.asked is not None or (marker.k is not None and marker.k > stock.order)


def check_owned(mid: str, marker: Marker, stock: StockDoc, claims: Mapping[str, tuple[Claim, OrderDoc]]) -> None:
    claim, order = claims.get(mid, (None, None))
    if claim is None or order is None or claim.key != stock.key or claim.units != marker.q:
        raise Violation("I4", f"stuck marker {mid} on {stock}, claim {claim}")
    if not marker.ok or marker.exp != order.exp:
        raise Violation("I4", f"unsettled marker {mid} on {stock}, {order}")


GOOD: Mapping[str, Collection[tuple[str, str | None]]] = {
    "HELD": (("HELD", None), ("PLACED", None), ("VOID", "EXPIRED"), ("VOID", "CANCELED")),
    "PLACED": (("PLACED", None),),
    "REFUSED": (("PLACED", None),),
    "INSUFFICIENT": (("VOID", "INSUFFICIENT"),),
    "CANCELED": (("VOID", "CANCELED"),),
    "EXPIRED": (("VOID", "EXPIRED"),),
}
"""By answer: the states that the order may have from then on."""


def check_told(docs: Docs, told: Iterable[Told], *, at_rest: bool) -> None:
    """I5: what a caller was told stays true; I9: what the source has taken and told us is not subtracted any more."""
    for rid, by, answer in told:
        kind, *rest = answer if isinstance(answer, tuple) else (answer,)
        order = docs.get(("order", rid))
        if kind == "RECEIVED":
            if any(marker.due for marker in docs["stock", rest[0]].markers.values()):
                raise Violation("I9", f"units that came are still waited for: {docs['stock', rest[0]]}")
        elif kind == "REFLECTED":
            stock = docs["stock", rest[0]]
            if at_rest and (stock.markers.get(rest[1], NONE).q or stock.q != rest[2]):
                raise Violation("I9", f"subtracted twice, or another figure than {rest[2]}: {stock}")
        elif kind == "TAKEN":
            marker = docs["stock", rest[0]].markers.get(rest[1], NONE)
            if at_rest and marker.q and not marker.waits:
                raise Violation("I9", f"subtracted for ever: {docs['stock', rest[0]]}")
        elif not is_true(order, by, kind, rest):
            raise Violation("I5", f"{by} was told {answer}, but {order}")


def is_true(order: OrderDoc | None, by: str, kind: str, rest: list[int]) -> bool:
    """Tell whether an answer still holds; one that decides nothing always does."""
    if order is None:
        return kind not in GOOD
    if kind == "PLACED" and len(order.outbox) != 1:
        return False
    if kind in {"PLACED", "REFUSED"} and (order.by == by) is not (kind == "PLACED"):
        return False
    if kind == "EXACTLY":
        return order.st == "VOID" or sum(claim.units for claim in order.claims) == rest[0]
    if kind == "LEFT":
        return sum(claim.units for claim in order.claims) <= rest[0]
    return kind not in GOOD or (order.st, order.why) in GOOD[kind]
