"""Comparing what the ledger, its movements, the orders and the owners of stock say of the same units: where they differ, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.domain.claims.documents import Claim, Marker, OrderDoc, StockDoc
from gateway.domain.claims.supply import on_shelf
from gateway.domain.ids import Rid, StockKey, is_capacity
from gateway.domain.lifecycle import UNCLAIMED
from gateway.domain.movement import Movement

DriftKind = Literal[
    "SUM",
    "OVERSOLD",
    "UNTIMED",
    "ORPHAN",
    "UNITS",
    "UNITS_MISSING",
    "MARKER_MISSING",
    "CONTENT",
    "MOVEMENT_MISSING",
    "FIGURE_UNRECORDED",
    "STUCK",
    "SOURCE",
    "MISSED",
    "NUMBERING",
]
INVARIANT: dict[DriftKind, str] = {
    "SUM": "I2",
    "OVERSOLD": "I1",
    "UNTIMED": "I13",
    "ORPHAN": "I4",
    "UNITS": "I4",
    "UNITS_MISSING": "I3",
    "MARKER_MISSING": "I3",
    "CONTENT": "I3",
    "MOVEMENT_MISSING": "I4",
    "FIGURE_UNRECORDED": "I9",
    "STUCK": "I4",
    "SOURCE": "I9",
    "MISSED": "I9",
    "NUMBERING": "I10",
}
NOT_KEPT: frozenset[DriftKind] = frozenset({"UNITS_MISSING", "MARKER_MISSING", "CONTENT"})
"""Units of an order that are not kept for it: they come from elsewhere, or a person is called."""
REPAIRABLE: frozenset[DriftKind] = NOT_KEPT | {
    "SUM",
    "ORPHAN",
    "UNITS",
    "MOVEMENT_MISSING",
    "FIGURE_UNRECORDED",
    "STUCK",
    "SOURCE",
    "MISSED",
}
"""What can be put right without taking anything from anybody: claims of nobody, records, sums, figures as their owner tells them now."""
MENDED_BY_ITSELF: frozenset[DriftKind] = frozenset({"MISSED"})
"""What the running audit puts right without being asked: it takes in a word of the owner that is later than what we know."""
AHEAD_MS = 5 * 60_000


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that two accounts tell differently. `told`: what they say; `cause`: how that comes about."""

    kind: DriftKind
    position: StockKey | None
    told: str
    cause: str
    mid: str | None = None
    rid: Rid | None = None

    @property
    def name(self) -> tuple[str, ...]:
        """Return what it is known by when it is looked for again."""
        return self.kind, self.position or "", self.mid or "", self.rid or ""

    @property
    def invariant(self) -> str:
        return INVARIANT[self.kind]


@dataclass(frozen=True, slots=True)
class Told:
    """What an owner says of a position when it is asked: in its own order, as of its own time (None: it did not say)."""

    quantity: int
    order: int | None
    epoch: str = ""
    as_of_ms: int | None = None


def in_itself(doc: StockDoc, *, known_short: bool, now: int) -> list[Drift]:
    """Return what is wrong with a position whatever others say of it."""
    drifts = against_sum(doc)
    if doc.free < 0 and not known_short:
        cause = "its owner sold what was promised, and no worker covers shortfalls"
        drifts.append(Drift("OVERSOLD", doc.key, f"{-doc.free} units are promised and not there", cause))
    if doc.q and not doc.as_of_ms:
        drifts.append(Drift("UNTIMED", doc.key, f"{doc.q} units as of no time", "the document was written by something else than a feed"))
    if doc.as_of_ms > now + AHEAD_MS:
        told = f"its figure is {(doc.as_of_ms - now) // 60_000} minutes ahead of our time"
        drifts.append(Drift("UNTIMED", doc.key, told, "a clock is wrong: its owner's, or the one of the process that took it in"))
    return drifts


def against_sum(doc: StockDoc) -> list[Drift]:
    taken = on_shelf(doc.markers)
    if doc.free + taken == doc.q:
        return []
    told = f"free {doc.free} and claims {taken} are not {doc.q}"
    return [Drift("SUM", doc.key, told, "the document was written by something else than the protocol")]


def against_movements(doc: StockDoc, figures: Sequence[Movement]) -> list[Drift]:
    """Compare a figure with the last ones that were recorded (none: it came in one load with others, which says nothing of it)."""
    recorded = [one.quantity for one in figures if one.quantity is not None]
    if not recorded or doc.q in recorded:
        return []
    told = f"the figure is {doc.q}, the last one that was recorded {recorded[0]}"
    return [Drift("FIGURE_UNRECORDED", doc.key, told, "a process died between writing the figure and recording it")]


def of_marker(key: StockKey, mid: str, marker: Marker, order: OrderDoc | None) -> list[Drift]:
    """Compare units that are subtracted with the order that they are subtracted for."""
    if order is None or not is_named(order, mid):
        if marker.waits:
            return []
        cause = "clocks went further apart than was assumed, or an order was deleted"
        return [Drift("ORPHAN", key, f"{marker.q} units are kept for nobody", cause, mid, order.rid if order else None)]
    claim = next((one for one in order.claims if one.mid == mid), None)
    if claim is None or not at_rest(order) or claim.units >= marker.q:
        return []
    told = f"{marker.q} units are kept for a claim of {claim.units}"
    return [Drift("UNITS", key, told, "a decision was not carried out, and its journal says that it was", mid, order.rid)]


def at_rest(order: OrderDoc) -> bool:
    return not (order.change or order.unsettled or order.undo)


def of_record(key: StockKey, mid: str, marker: Marker, recorded: int, order: OrderDoc | None) -> list[Drift]:
    """Compare the units of a marker with what movements leave of it (0: they say nothing, or came lately)."""
    if not recorded or recorded == marker.q or order is None or not at_rest(order):
        return []
    told = f"{recorded} units are recorded as kept, and {marker.q} are"
    died, wrote = "a process died between giving back a part and recording it", "the position was written by something else"
    return [Drift("MOVEMENT_MISSING", key, told, died if recorded > marker.q else wrote, mid, order.rid)]


def of_claim(order: OrderDoc, claim: Claim, marker: Marker | None, left: int | None) -> list[Drift]:
    """Judge whether a claim has its units. `left`: what the figures of its owner leave to it; None: they count nothing of it.

    Of one that its source was told of only a part can be missed here: the whole may be lifted at any moment.
    """
    kept, owed = marker.q if marker else 0, claim.units if left is None else min(claim.units, left)
    if kept >= owed or not at_rest(order) or (not kept and claim.mid in order.sent):
        return []
    cause = "the position was restored from a backup, or given back or written by something else than the order's decision"
    told = f"{kept} of {owed} units are kept for the claim" if kept else f"{owed} units of an order are not kept for it"
    return [Drift("UNITS_MISSING" if kept else "MARKER_MISSING", claim.key, told, cause, claim.mid, order.rid)]


def of_content(order: OrderDoc) -> list[Drift]:
    """Compare the units that an order promises with the claims that are to hold them."""
    if order.order is None or not at_rest(order):
        return []
    promised = Counter[str]()
    for units in (one for line in order.order.lines for one in line.units if one.mid and one.state not in UNCLAIMED):
        promised[units.mid or ""] += units.quantity
    cause = "the order was written by something else than its decisions"
    return [
        Drift("CONTENT", claim.key, f"the order has {promised[claim.mid]} units of a claim of {claim.units}", cause, claim.mid, order.rid)
        for claim in order.claims
        if promised[claim.mid] > claim.units and not is_capacity(claim.key)
    ]


def of_missing(key: StockKey, mid: str, recorded: int, order: OrderDoc | None) -> list[Drift]:
    """Judge a claim whose units are recorded as subtracted, and are not: lifted and not recorded, or lost."""
    claim = next((one for one in order.claims if one.mid == mid), None) if order else None
    if order and (order.change or order.unsettled or any(one.mid == mid for one in order.undo)):
        return []
    if claim and order and mid not in order.sent:
        told = f"{claim.units} units of an order that nobody was told of are not kept for it"
        return [Drift("MARKER_MISSING", key, told, "the position was restored from a backup, or written by something else", mid, order.rid)]
    cause = "a process died between lifting or giving back the claim and recording it"
    return [Drift("MOVEMENT_MISSING", key, f"{recorded} units are recorded as kept, and are not", cause, mid, order.rid if order else None)]


def is_named(order: OrderDoc, mid: str) -> bool:
    return any(claim.mid == mid for claim in (*order.claims, *order.undo, *(order.change.add if order.change else ())))


def against_owner(doc: StockDoc, told: Told, passed: int | None) -> list[Drift]:
    """Compare a position with what its owner says when it is asked; `passed`: how far complete passes have come in its numbers.

    A later word is no drift: it is on its way.
    """
    if told.epoch not in {"", doc.epoch}:
        return []
    if told.order is None:
        return against_time(doc, told)
    if told.order < doc.order:
        cause = "it was restored and does not say so: declare a new epoch"
        return [Drift("NUMBERING", doc.key, f"its owner is at {told.order}, we know {doc.order}", cause)]
    if told.quantity == doc.q or told.order > max(doc.order, passed or 0):
        return []
    says = f"its owner has {told.quantity} at {told.order}, we know {doc.q}"
    if told.order > doc.order:
        return [Drift("MISSED", doc.key, says, "a change of it was told and not taken in, or never told")]
    return [Drift("SOURCE", doc.key, says, "a change was counted twice, or not at all")]


def is_later(doc: StockDoc, told: Told) -> bool:
    """Tell whether an owner's word is later than what is known of a position, and another one."""
    return told.epoch in {"", doc.epoch} and told.order is not None and told.order > doc.order and told.quantity != doc.q


def against_time(doc: StockDoc, told: Told) -> list[Drift]:
    if told.as_of_ms is None or told.as_of_ms > doc.sync_ms:
        return []
    counted = doc.q - sum(one.change for one in doc.recent if one.at_ms > told.as_of_ms)
    if counted == told.quantity:
        return []
    cause = "a change was counted twice, or not at all, or its owner changed the past"
    return [Drift("SOURCE", doc.key, f"its owner has had {told.quantity} since before our figure, which is {counted}", cause)]
