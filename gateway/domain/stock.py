"""Stock of one sku at one location: what its owner stated, what is claimed of it, what is to come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from gateway.domain.ids import LocationCode, Sku, SourceCode

Freshness = Literal["FRESH", "STALE", "DOWN"]
InboundKind = Literal["PURCHASE_ORDER", "DESPATCH_ADVICE", "TRANSFER", "RETURN", "SUPPLIER_LEAD_TIME"]
FRESHNESS_ORDER: dict[Freshness, int] = {"FRESH": 0, "STALE": 1, "DOWN": 2}


@dataclass(frozen=True, slots=True)
class Inbound:
    """Dated supply to come; `available` is what of it can still be promised: neither claimed nor needed to pay what is owed up to later."""

    kind: InboundKind
    quantity: int
    available: int
    expected_at: datetime
    reference: str | None = None
    lot: str = ""
    """The name by which claims know it, once it is told what is left of it."""


@dataclass(frozen=True, slots=True)
class StockPosition:
    """One sku at one location as a channel sees it.

    `stated` = on hand - unavailable as the owner last said (or, for an owner who states only what it can sell, that).
    """

    sku: Sku
    location: LocationCode
    stated: int
    unavailable: int
    reserved: int
    allocated: int
    safety_stock: int
    as_of: datetime
    source: SourceCode
    freshness: Freshness = "FRESH"
    states_on_hand: bool = True
    changed_at: datetime | None = None
    inbound: tuple[Inbound, ...] = ()
    sellable: bool = True
    """False when it is older than its source's `stop_selling_when_older_than`: shown and not promised."""

    @property
    def on_hand(self) -> int | None:
        return self.stated + self.unavailable if self.states_on_hand else None


def available_to_sell(position: StockPosition) -> int:
    """Return the units of one position that may be sold now, negative when oversold.

    Signed on purpose: `sellable(positions)` takes max(0, each), `shortfall` shows the debt.
    """
    return position.stated - position.allocated - position.reserved - position.safety_stock


def sellable(positions: Iterable[StockPosition]) -> int:
    """Return the units of several positions that may be sold now: one place's debt takes nothing from another's shelf."""
    return sum(max(0, available_to_sell(position)) for position in positions if position.sellable)


def shortfall(position: StockPosition) -> int:
    """Return by how much more is promised than there is; safety stock is no promise."""
    return max(0, position.allocated + position.reserved - position.stated)


@dataclass(frozen=True, slots=True)
class Coming:
    """Units of a lot that can be promised; `kept`: what else must stay of it, to fill up the safety stock."""

    lot: str
    expected_at: datetime
    units: int
    kept: int = 0


def to_come(position: StockPosition, now: datetime) -> tuple[Coming, ...]:
    """Return what can be promised of supply to come, the next to come first; together with the shelf they are `atp` at each date.

    A lot past its date promises nothing until its owner speaks again.
    """
    kept = max(0, position.safety_stock - max(0, available_to_sell(position) + position.safety_stock))
    found = []
    for lot in sorted(position.inbound, key=lambda lot: (lot.expected_at, lot.lot)):
        if lot.expected_at > now and lot.available > 0:
            found.append(Coming(lot.lot, lot.expected_at, max(0, lot.available - kept), kept))
            kept = max(0, kept - lot.available)
    return tuple(found)


def as_expected_at(position: StockPosition, at: datetime, now: datetime) -> StockPosition:
    """Return a position as it will be then if nothing of it is sold: what is due by then lies on the shelf."""
    due = [lot for lot in position.inbound if now < lot.expected_at <= at]
    if not due:
        return position
    left = tuple(lot for lot in position.inbound if lot not in due)
    debt = max(0, -(available_to_sell(position) + position.safety_stock))  # what is available of lots is so after debts are paid
    return replace(position, stated=position.stated + debt + sum(lot.available for lot in due), inbound=left)


def available_to_promise(position: StockPosition, at: datetime, now: datetime) -> int:
    """Return what can be promised for `at`, in units that break no later peg.

    `atp(t) = min over t' >= t of cumulative(supply - demand)`; the units of `to_come` are the steps of it.
    """
    return max(0, available_to_sell(position)) + sum(lot.units for lot in to_come(position, now) if lot.expected_at <= at)


def worst(freshnesses: Iterable[Freshness]) -> Freshness:
    """Return the worst of several; FRESH of none."""
    return max(freshnesses, key=FRESHNESS_ORDER.__getitem__, default="FRESH")


def oldest(positions: Sequence[StockPosition]) -> datetime | None:
    return min((position.as_of for position in positions), default=None)
