"""What callers send to route, cancel, hold and release an order."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from schema.scalars import IdempotencyKey
from schema.types.order_kinds import CancelReason, HoldReason
from schema.types.order_money import PaymentReferenceInput
from schema.types.orders_input import OrderKey


@strawberry.input(description="Why and until when nothing is to be routed.")
class OrderHoldInput:
    reason: HoldReason
    until: datetime | None = UNSET
    note: str | None = UNSET


@strawberry.input(description="Units of one order line.")
class LineQuantityInput:
    line_id: strawberry.ID
    quantity: int


@strawberry.input(description="Decides anew for work that has not been started; does nothing to what has.")
class RouteOrderInput:
    idempotency_key: IdempotencyKey
    order: OrderKey
    included_location_codes: list[str] | None = strawberry.field(
        default=UNSET, description="Only from these, when given; excluded ones win."
    )
    excluded_location_codes: list[str] | None = UNSET


@strawberry.input(description="Cancels units of an order.")
class CancelOrderInput:
    idempotency_key: IdempotencyKey
    order: OrderKey
    lines: list[LineQuantityInput] | None = strawberry.field(default=UNSET, description="All that can be, when absent.")
    reason: CancelReason
    note: str | None = UNSET


@strawberry.input(description="Keeps an order from being routed.")
class HoldOrderInput:
    idempotency_key: IdempotencyKey
    order: OrderKey
    hold: OrderHoldInput


@strawberry.input(description="Lets an order on hold be routed.")
class ReleaseOrderInput:
    idempotency_key: IdempotencyKey
    order: OrderKey
    payments: list[PaymentReferenceInput] | None = UNSET
