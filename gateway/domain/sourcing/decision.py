"""A decision on where units come from, as it is kept and shown: what was chosen, what it beat, and why."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from gateway.domain.awaited import Awaited
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import ChannelCode, LocationCode, Rid, Sku, rid_of
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.cost import Cost
from gateway.domain.sourcing.exact import Method

Trigger = Literal[
    "PLACED",
    "ROUTED_BY_HAND",
    "REJECTED",
    "SHORT_PICK",
    "LAPSED",
    "LOCATION_PAUSED",
    "SHORTFALL",
    "INBOUND_MOVED",
    "DELIVERY_CHANGED",
    "REOPTIMIZED",
    "SIMULATED",
]


@dataclass(frozen=True, slots=True)
class ShelfRisk:
    """What the shelf of a shipment's place was reckoned to gain and lose by one sku, with all that it was reckoned from."""

    sku: Sku
    units: int
    had: int
    per_day: float
    replenished_in_days: float
    markdown_in_days: float | None
    margin: Decimal
    markdown_loss: Decimal
    stock_out: Decimal
    markdown_credit: Decimal


@dataclass(frozen=True, slots=True)
class DecidedShipment:
    location: LocationCode
    carrier_service: str | None
    lines: tuple[SkuQuantity, ...]
    weight_g: int
    parcels: int
    cost: Cost
    ships_by: datetime
    latest: datetime
    late_days: int = 0
    risks: tuple[ShelfRisk, ...] = ()
    volume_cm3: int = 0
    awaits: tuple[Awaited, ...] = ()
    """Those of its units that are still to come."""


@dataclass(frozen=True, slots=True)
class DecidedCandidate:
    """A location that was looked at: its cost as if it shipped alone all that it can, or what excluded it."""

    location: LocationCode
    chosen: bool
    can_supply: tuple[SkuQuantity, ...]
    cost: Cost | None = None
    excluded_by: ExclusionReason | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The cheapest plan that does without one of the chosen places, or draws on others beside a single one.

    `difference`: how much dearer it is.
    """

    shipments: tuple[DecidedShipment, ...]
    cost: Cost
    difference: Cost
    would_win_if: str
    proven: bool = True
    """False: it is the best that was found in the time that a plan may take; a cheaper one was not ruled out."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`id` is the same for every attempt at the same decision. `bound`: no plan can cost less."""

    id: Rid
    rid: Rid
    group: str
    channel: ChannelCode
    service: str
    currency: str
    decided_at: datetime
    trigger: Trigger
    profile: str
    profile_version: int
    strategy: str
    method: Method
    proven: bool
    bound: Decimal
    cost: Cost
    shipments: tuple[DecidedShipment, ...]
    candidates: tuple[DecidedCandidate, ...]
    summary: str
    runner_up: RunnerUp | None = None
    short: tuple[SkuQuantity, ...] = ()
    tolerated_late_days: int | None = None


def decision_id(rid: Rid, group: str, trigger: Trigger, attempt: str) -> Rid:
    """Return the name of what an attempt decides for a delivery group of an order."""
    return rid_of(rid, "decision", f"{group}|{trigger}|{attempt}")
