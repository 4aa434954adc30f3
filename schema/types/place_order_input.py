"""What callers send to place an order."""

from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import UNSET

from schema.scalars import IdempotencyKey
from schema.types.attributes import AttributeInput
from schema.types.channels import DeliveryMethod
from schema.types.customer import CustomerInput
from schema.types.enums import described
from schema.types.money import MoneyInput
from schema.types.order_money import PaymentReferenceInput
from schema.types.order_steps_input import OrderHoldInput
from schema.types.places import AddressInput
from schema.types.promises_input import PickupPointInput


@described("What becomes of units that cannot be supplied in time.", CANCEL_REST="Place what can be supplied, cancel the rest.")
class ShortagePolicy(StrEnum):
    REFUSE = "REFUSE"
    BACKORDER = "BACKORDER"
    CANCEL_REST = "CANCEL_REST"


@strawberry.input(description="What is bought.")
class OrderLineInput:
    sku: str
    quantity: int
    reference: str | None = UNSET
    unit_price: MoneyInput | None = strawberry.field(
        default=UNSET, description="What the customer saw: refused by PRICE_CHANGED when it differs; with prices:write it is the price."
    )
    discount: MoneyInput | None = strawberry.field(default=UNSET, description="Needs prices:write.")
    attributes: list[AttributeInput] | None = UNSET


@strawberry.input(description="Lines that go the same way to the same place.")
class DeliveryGroupInput:
    promise_token: str | None = strawberry.field(
        default=UNSET,
        description="The option that the customer chose. Without one, `serviceCode` or `method` and the best promise that it allows.",
    )
    service_code: str | None = UNSET
    method: DeliveryMethod | None = UNSET
    lines: list[OrderLineInput]
    address: AddressInput | None = strawberry.field(default=UNSET, description="For delivered methods.")
    pickup_location_code: str | None = strawberry.field(default=UNSET, description="For collected methods.")
    pickup_point: PickupPointInput | None = UNSET
    promised_by: datetime | None = strawberry.field(
        default=UNSET, description="Needs prices:write: what the caller promised and charged itself."
    )
    fee: MoneyInput | None = UNSET
    instructions: str | None = UNSET


@strawberry.input(description="An order to place.")
class PlaceOrderInput:
    idempotency_key: IdempotencyKey
    channel_code: str | None = UNSET
    customer: CustomerInput | None = UNSET
    billing_address: AddressInput | None = UNSET
    reference: str | None = strawberry.field(default=UNSET, description="The caller's own reference, unique per caller when given.")
    delivery_groups: list[DeliveryGroupInput] = strawberry.field(description="At most 20, with at most 200 lines in all.")
    reservation_id: strawberry.ID | None = UNSET
    payments: list[PaymentReferenceInput] | None = UNSET
    hold: OrderHoldInput | None = strawberry.field(default=UNSET, description="Place it, allocate its stock, and route nothing yet.")
    placed_at_location_code: str | None = strawberry.field(
        default=UNSET, description="Staff only: the store in which the order is taken; carry-out lines leave from it."
    )
    on_shortage: ShortagePolicy | None = strawberry.field(
        default=ShortagePolicy.REFUSE,
        description="What to do with units that no location can supply in time. Units that a token promised from inbound are no shortage.",
    )
    placed_at: datetime | None = strawberry.field(
        default=UNSET, description="Needs prices:write: when the customer ordered, for orders taken elsewhere."
    )
    attributes: list[AttributeInput] | None = UNSET
