"""What those who work on a fulfillment tell: the contract's inputs in the words of the domain.

`fulfillment` is the fulfillment's number (empty for an id that names none), `line` the key of a fulfillment line's id: `number/line`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.domain.order_terms import RejectionReason
from resolvers.commands.inputs import LineUnits, PaymentInput

CollectorCheck = Literal["DOCUMENT", "ORDER_EMAIL", "MANAGER"]
DeliveryOutcome = Literal["DELIVERED", "LOST", "RETURNED_TO_SENDER"]


@dataclass(frozen=True, slots=True)
class Later:
    quantity: int
    expected_at: datetime


@dataclass(frozen=True, slots=True)
class AcceptLine:
    line: str
    quantity: int
    later: tuple[Later, ...] = ()
    reason: RejectionReason | None = None


@dataclass(frozen=True, slots=True)
class AcceptFulfillment:
    """`lines` None: all of it."""

    idempotency_key: str
    fulfillment: str
    lines: tuple[AcceptLine, ...] | None = None


@dataclass(frozen=True, slots=True)
class RejectFulfillment:
    idempotency_key: str
    fulfillment: str
    reason: RejectionReason
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PickLine:
    line: str
    quantity: int
    reason: RejectionReason | None = None


@dataclass(frozen=True, slots=True)
class PickFulfillment:
    """`lines` None: all was found."""

    idempotency_key: str
    fulfillment: str
    lines: tuple[PickLine, ...] | None = None


@dataclass(frozen=True, slots=True)
class PackParcel:
    lines: tuple[LineUnits, ...]
    weight_g: int | None = None


@dataclass(frozen=True, slots=True)
class PackFulfillment:
    idempotency_key: str
    fulfillment: str
    parcels: tuple[PackParcel, ...]


@dataclass(frozen=True, slots=True)
class ShipParcel:
    carrier_service: str
    number: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


@dataclass(frozen=True, slots=True)
class ShipFulfillment:
    idempotency_key: str
    fulfillment: str
    parcels: tuple[ShipParcel, ...]


@dataclass(frozen=True, slots=True)
class ReportDelivery:
    idempotency_key: str
    fulfillment: str
    outcome: DeliveryOutcome
    parcel_number: str | None = None
    at: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimFulfillment:
    idempotency_key: str
    fulfillment: str
    location_code: str


@dataclass(frozen=True, slots=True)
class AnswerCancellation:
    idempotency_key: str
    fulfillment: str
    granted: bool
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ReassignFulfillment:
    """`location_code` None: whoever can."""

    idempotency_key: str
    fulfillment: str
    location_code: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class MarkReadyForPickup:
    idempotency_key: str
    fulfillment: str


@dataclass(frozen=True, slots=True)
class CollectFulfillment:
    """`lines` None: all is taken."""

    idempotency_key: str
    fulfillment: str
    pickup_code: str | None = None
    identified_by: CollectorCheck | None = None
    lines: tuple[LineUnits, ...] | None = None
    payment: PaymentInput | None = None
