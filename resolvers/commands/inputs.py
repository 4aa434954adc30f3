"""What callers ask of reservations and orders, with ids already read: the contract's inputs in the words of the domain.

An id that names nothing of its kind comes as an empty text (`rid` of OrderRef: None), and is refused as not found.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from gateway.domain.catalogue import Attribute
from gateway.domain.delivery_group import PickupPoint
from gateway.domain.location import Address
from gateway.domain.network import DeliveryMethod
from gateway.domain.order_terms import CancelReason, HoldReason
from gateway.domain.quantities import GeoPosition, Money

ShortagePolicy = Literal["REFUSE", "BACKORDER", "CANCEL_REST"]


@dataclass(frozen=True, slots=True)
class ReserveLine:
    sku: str
    quantity: int
    location_code: str | None = None


@dataclass(frozen=True, slots=True)
class ReserveStock:
    idempotency_key: str
    lines: tuple[ReserveLine, ...]
    channel_code: str | None = None
    hold_seconds: int | None = None
    allow_partial: bool = False
    promise_tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeReservation:
    """`id` is the rid of the hold."""

    idempotency_key: str
    id: str
    lines: tuple[ReserveLine, ...]
    allow_partial: bool = False


@dataclass(frozen=True, slots=True)
class ExtendReservation:
    idempotency_key: str
    id: str
    hold_seconds: int


@dataclass(frozen=True, slots=True)
class ReleaseReservation:
    idempotency_key: str
    id: str


@dataclass(frozen=True, slots=True)
class CustomerInput:
    reference: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentInput:
    provider: str
    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class HoldInput:
    reason: HoldReason
    until: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class OrderLineInput:
    sku: str
    quantity: int
    reference: str | None = None
    unit_price: Money | None = None
    discount: Money | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryGroupInput:
    """`position` is where the address lies, when the caller knows."""

    lines: tuple[OrderLineInput, ...]
    promise_token: str | None = None
    service_code: str | None = None
    method: DeliveryMethod | None = None
    address: Address | None = None
    position: GeoPosition | None = None
    pickup_location_code: str | None = None
    pickup_point: PickupPoint | None = None
    promised_by: datetime | None = None
    fee: Money | None = None
    instructions: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """`reservation_id` is the rid of the hold; empty for an id that names none."""

    idempotency_key: str
    delivery_groups: tuple[DeliveryGroupInput, ...]
    channel_code: str | None = None
    customer: CustomerInput = field(default_factory=CustomerInput)
    billing_address: Address | None = None
    reference: str | None = None
    reservation_id: str | None = None
    payments: tuple[PaymentInput, ...] = ()
    hold: HoldInput | None = None
    placed_at_location_code: str | None = None
    on_shortage: ShortagePolicy | None = "REFUSE"
    """None: as the channel's profile says."""
    placed_at: datetime | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderRef:
    """An order by its rid, its number, or its number with its own secret."""

    rid: str | None = None
    number: str | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class LineUnits:
    """Units of a line, by the key of its id: `rid/line` of an order line, `number/line` of a fulfillment's."""

    line: str
    quantity: int


@dataclass(frozen=True, slots=True)
class RouteOrder:
    idempotency_key: str
    order: OrderRef
    included_location_codes: tuple[str, ...] | None = None
    excluded_location_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """`lines` None: all that can be canceled."""

    idempotency_key: str
    order: OrderRef
    reason: CancelReason
    lines: tuple[LineUnits, ...] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeDelivery:
    """Exactly one of address, pickup_location_code and promise_token; `group` is the key of its id: `rid/group`."""

    idempotency_key: str
    order: OrderRef
    group: str
    address: Address | None = None
    position: GeoPosition | None = None
    pickup_location_code: str | None = None
    promise_token: str | None = None


@dataclass(frozen=True, slots=True)
class HoldOrder:
    idempotency_key: str
    order: OrderRef
    hold: HoldInput


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    idempotency_key: str
    order: OrderRef
    payments: tuple[PaymentInput, ...] = ()


@dataclass(frozen=True, slots=True)
class ResolveHandOver:
    """`hand_over` is the key of its message (resolvers/questions/hand_overs.py)."""

    idempotency_key: str
    hand_over: str
    resolution: Literal["RETRY", "CONFIRM", "DROP"]
    reference: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PublishSourcingProfile:
    idempotency_key: str
    name: str
    definition: str
    channels: tuple[str, ...]
    replaces_version: int | None = None
    draft: bool = False
    comment: str | None = None
