"""An order: what was bought, how it goes to the customer, who works on it, and what happened.

State lives on unit groups of its lines (quantity, state, location): their quantities always add up to the line's.
Frozen throughout: a command makes a new order out of an old one, the ledger writes it if nobody came between.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from gateway.domain.cancellation import CancellationRequest
from gateway.domain.catalogue import Attribute
from gateway.domain.delivery_group import DeliveryGroup
from gateway.domain.done import Done
from gateway.domain.ids import ChannelCode, LocationCode, Rid, Sku
from gateway.domain.lifecycle import FulfillmentState, FulfillmentTask, UnitState
from gateway.domain.order_terms import (
    ActorKind,
    AttentionCode,
    EventType,
    HoldReason,
    MilestoneStep,
    RejectionReason,
)
from gateway.domain.quantities import SkuQuantity


@dataclass(frozen=True, slots=True)
class Actor:
    kind: ActorKind
    name: str


SYSTEM = Actor("SYSTEM", "gateway")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the order, or to the fulfillment that `fulfillment` names."""

    id: str
    at: datetime
    type: EventType
    summary: str
    actor: Actor = SYSTEM
    fulfillment: str | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitGroup:
    """Units of a line with the same state and place. `mid` is the claim that holds them, `fulfillment` the work they are in."""

    quantity: int
    state: UnitState
    location: LocationCode | None = None
    fulfillment: str | None = None
    mid: str | None = None
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """What was bought; `id` is its place in the order, from "1"."""

    id: str
    sku: Sku
    quantity: int
    unit_price: Decimal
    group: str
    discount: Decimal = Decimal(0)
    reference: str | None = None
    attributes: tuple[Attribute, ...] = ()
    units: tuple[UnitGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class FulfillmentLine:
    """`id` is its place in the fulfillment, from "1"; `line` the order line; `mid` the claim that holds its units."""

    id: str
    line: str
    sku: Sku
    quantity: int
    mid: str | None = None
    rejected: int = 0
    backordered: int = 0
    expected_at: datetime | None = None
    picked: int = 0
    missing: int = 0
    cancel_requested: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    number: str
    lines: tuple[SkuQuantity, ...] = ()
    carrier_service: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    weight_g: int | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    lost_at: datetime | None = None
    """When it was known not to arrive: lost, or sent back."""


@dataclass(frozen=True, slots=True)
class Milestone:
    step: MilestoneStep
    due_at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    reason: RejectionReason
    lines: tuple[SkuQuantity, ...]
    at: datetime
    actor: Actor
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Fulfillment:
    """The work of one location for one order; `number` is the order's number, a dash and a count."""

    number: str
    task: FulfillmentTask
    state: FulfillmentState
    group: str
    location: LocationCode
    lines: tuple[FulfillmentLine, ...]
    created_at: datetime
    updated_at: datetime
    carrier_service: str | None = None
    attempt: int = 1
    milestones: tuple[Milestone, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    cancellation: CancellationRequest | None = None
    ready_at: datetime | None = None
    pickup_expires_at: datetime | None = None
    lapses_at: datetime | None = None
    """While OFFERED: when the offer ends by itself; None: it waits."""
    asked_back_at: datetime | None = None
    """Since when it has been asked to let go: of what nobody accepted in time, or of what others are to do."""
    is_moved: bool = False
    """It was asked to give its work back by hand, so that others do it."""
    is_redirected: bool = False
    """It was asked to give its work back so that its delivery can change; it may be asked to do what comes of that."""
    moves_to: LocationCode | None = None
    """Who is to do it then; None: whoever can."""


@dataclass(frozen=True, slots=True)
class OrderHold:
    reason: HoldReason
    until: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """What a person must decide."""

    code: AttentionCode
    message: str
    since: datetime
    fulfillment: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    provider: str
    reference: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Refund:
    """Money owed for what was canceled; `id` is its place in the order, from "1"."""

    id: str
    amount: Decimal
    cause: Literal["CANCELLATION", "RETURN", "FEE"]
    state: Literal["DUE", "DONE", "FAILED"]
    created_at: datetime
    lines: tuple[tuple[str, int], ...] = ()
    """(line id, units)."""
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The aggregate. `owner` is the principal that placed it, `session` the shopper's session digest when a storefront did."""

    rid: Rid
    number: str
    channel: ChannelCode
    currency: str
    placed_at: datetime
    updated_at: datetime
    lines: tuple[OrderLine, ...]
    groups: tuple[DeliveryGroup, ...]
    owner: str
    placed_by: Actor
    fulfillments: tuple[Fulfillment, ...] = ()
    hold: OrderHold | None = None
    attention: tuple[Attention, ...] = ()
    history: tuple[Event, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    placed_at_location: LocationCode | None = None
    reference: str | None = None
    customer_reference: str | None = None
    attributes: tuple[Attribute, ...] = ()
    secret_generation: int = 1
    routed: bool = False
    waits_until: datetime | None = None
    """The router does not look at it before."""
    done: tuple[Done, ...] = ()
