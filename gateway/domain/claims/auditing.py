"""Comparing what the ledger, its movements, the orders and the owners of stock say of the same units: where they differ, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.domain.claims.documents import Marker, OrderDoc, StockDoc
from gateway.domain.claims.supply import on_shelf
from gateway.domain.ids import Rid, StockKey
from gateway.domain.movement import Movement

DriftKind = Literal[
    "SUM",
    "OVERSOLD",
    "UNTIMED",
    "ORPHAN",
    "UNITS",
    "MARKER_MISSING",
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
    "MARKER_MISSING": "I3",
    "MOVEMENT_MISSING": "I4",
    "FIGURE_UNRECORDED": "I9",
    "STUCK": "I4",
    "SOURCE": "I9",
    "MISSED": "I9",
    "NUMBERING": "I10",
}
REPAIRABLE: frozenset[DriftKind] = frozenset({"SUM", "ORPHAN", "MOVEMENT_MISSING", "FIGURE_UNRECORDED", "STUCK", "SOURCE", "MISSED"})
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
    drifts = []
    taken = on_shelf(doc.markers)
    if doc.free + taken != doc.q:
        told = f"free {doc.free} and claims {taken} are not {doc.q}"
        drifts.append(Drift("SUM", doc.key, told, "the document was written by something else than the protocol"))
    if doc.free < 0 and not known_short:
        cause = "its owner sold what was promised, and no worker covers shortfalls"
        drifts.append(Drift("OVERSOLD", doc.key, f"{-doc.free} units are promised and not there", cause))
    if doc.q and not doc.as_of_ms:
        drifts.append(Drift("UNTIMED", doc.key, f"{doc.q} units as of no time", "the document was written by something else than a feed"))
    if doc.as_of_ms > now + AHEAD_MS:
        told = f"its figure is {(doc.as_of_ms - now) // 60_000} minutes ahead of our time"
        drifts.append(Drift("UNTIMED", doc.key, told, "a clock is wrong: its owner's, or the one of the process that took it in"))
    return drifts


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
    if claim is None or order.change or order.unsettled or order.undo or claim.units >= marker.q:
        return []
    told = f"{marker.q} units are kept for a claim of {claim.units}"
    return [Drift("UNITS", key, told, "a decision was not carried out, and its journal says that it was", mid, order.rid)]


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
