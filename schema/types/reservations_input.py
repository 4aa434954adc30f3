"""What callers send to hold stock and to change a hold."""

import strawberry
from strawberry import UNSET

from schema.scalars import IdempotencyKey


@strawberry.input(description="Units to hold.")
class ReserveLineInput:
    sku: str
    quantity: int
    location_code: str | None = strawberry.field(default=UNSET, description="Where; decided by the gateway when absent.")


@strawberry.input(description="Holds stock for a short time.")
class ReserveStockInput:
    idempotency_key: IdempotencyKey
    channel_code: str | None = UNSET
    lines: list[ReserveLineInput] = strawberry.field(description="At most 200.")
    hold_seconds: int | None = strawberry.field(default=UNSET, description="From now; within the bounds of the settings.")
    allow_partial: bool | None = strawberry.field(default=False, description="Take what there is rather than all or nothing.")
    promise_tokens: list[str] | None = strawberry.field(default=UNSET, description="Hold what these options were computed from.")


@strawberry.input(description="Makes a hold fit a changed basket: units in both are never let go.")
class ChangeReservationInput:
    idempotency_key: IdempotencyKey
    id: strawberry.ID
    lines: list[ReserveLineInput]
    allow_partial: bool | None = False


@strawberry.input(description="Lets a hold end later.")
class ExtendReservationInput:
    idempotency_key: IdempotencyKey
    id: strawberry.ID
    hold_seconds: int = strawberry.field(description="From now; never shortens.")


@strawberry.input(description="Gives held stock back.")
class ReleaseReservationInput:
    idempotency_key: IdempotencyKey
    id: strawberry.ID
