"""Refusals: expected, part of the answer, never top-level errors."""

from datetime import datetime
from enum import StrEnum

import strawberry

from schema.types.enums import described
from schema.types.promise_kinds import ExclusionReason
from schema.types.promises import DeliveryOption


@described("What kind of refusal it is.", RESERVATION_MISMATCH="The hold is another channel's.")
class UserErrorCode(StrEnum):
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    TOO_MANY = "TOO_MANY"
    NOT_FOUND = "NOT_FOUND"
    DUPLICATE = "DUPLICATE"
    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    NOT_DELIVERABLE = "NOT_DELIVERABLE"
    NOT_SOLD = "NOT_SOLD"
    PRICE_CHANGED = "PRICE_CHANGED"
    PAYMENT_MISMATCH = "PAYMENT_MISMATCH"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    PROMISE_EXPIRED = "PROMISE_EXPIRED"
    PROMISE_CHANGED = "PROMISE_CHANGED"
    TOKEN_INVALID = "TOKEN_INVALID"  # noqa: S105 - a code, no password
    RESERVATION_EXPIRED = "RESERVATION_EXPIRED"
    RESERVATION_MISMATCH = "RESERVATION_MISMATCH"
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    ALREADY_CLAIMED = "ALREADY_CLAIMED"
    LOCATION_PAUSED = "LOCATION_PAUSED"
    CAPACITY_FULL = "CAPACITY_FULL"
    NOT_ALLOWED_HERE = "NOT_ALLOWED_HERE"
    CHANGED_MEANWHILE = "CHANGED_MEANWHILE"
    LIMIT_REACHED = "LIMIT_REACHED"


@strawberry.interface(
    description="An expected refusal: bad input, missing stock, an illegal step. It is part of the answer, never a top-level error."
)
class UserError:
    code: UserErrorCode
    message: str = strawberry.field(description="For people, in English; name and remedy included.")
    field: list[str] | None = strawberry.field(description='Where in `input`, as in ["deliveryGroups", "0", "lines", "2", "quantity"].')


@strawberry.type(description="Any refusal without data of its own.")
class Refusal(UserError):
    pass


@strawberry.type(description="Fewer units can be promised than were asked for.")
class InsufficientStock(UserError):
    sku: str
    location_code: str | None = strawberry.field(description="Null when no location has enough.")
    requested: int
    available: int
    next_available_at: datetime | None = strawberry.field(description="When the rest could be had.")


@strawberry.type(description="The option that was shown cannot be kept; `option` is the best that can.")
class PromiseChanged(UserError):
    reason: ExclusionReason
    option: DeliveryOption | None


@strawberry.type(description="A step that the state does not allow; nothing was changed.")
class IllegalTransition(UserError):
    from_: str = strawberry.field(name="from")
    attempted: str
    allowed: list[str]


@strawberry.type(description="The key was used with another input before.")
class IdempotencyConflict(UserError):
    first_used_at: datetime = strawberry.field(description="When the key was first used.")
