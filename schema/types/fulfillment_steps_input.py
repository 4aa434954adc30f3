"""What those who work on a fulfillment send at each step."""

from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import UNSET

from schema.scalars import URL, IdempotencyKey
from schema.types.enums import described
from schema.types.fulfillment_kinds import RejectionReason
from schema.types.order_money import PaymentReferenceInput


@strawberry.input(description="Units that come later.")
class LaterInput:
    quantity: int
    expected_at: datetime


@strawberry.input(description="What is accepted of one line.")
class AcceptLineInput:
    line_id: strawberry.ID
    quantity: int
    later: list[LaterInput] | None = UNSET
    reason: RejectionReason | None = strawberry.field(default=UNSET, description="For what is left over.")


@strawberry.input(description="Units of one line.")
class FulfillmentLineInput:
    line_id: strawberry.ID
    quantity: int


@strawberry.input(description="A store accepts, or a supplier acknowledges: now, later with a date, or not.")
class AcceptFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    lines: list[AcceptLineInput] | None = strawberry.field(
        default=UNSET, description="All, when absent. What a line leaves over is rejected and sourced elsewhere."
    )


@strawberry.input(description="Gives work back.")
class RejectFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    reason: RejectionReason
    note: str | None = UNSET


@strawberry.input(description="What was found of one line.")
class PickLineInput:
    line_id: strawberry.ID
    quantity: int
    reason: RejectionReason | None = strawberry.field(default=UNSET, description="For what is short.")


@strawberry.input(description="Tells what was found.")
class PickFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    lines: list[PickLineInput] | None = strawberry.field(
        default=UNSET, description="What was found; what is short is sourced elsewhere. All, when absent."
    )


@strawberry.input(description="A parcel and what is in it.")
class PackParcelInput:
    weight_grams: int | None = UNSET
    lines: list[FulfillmentLineInput]


@strawberry.input(description="Tells what was packed.")
class PackFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    parcels: list[PackParcelInput] = strawberry.field(description="At most 50.")


@strawberry.input(description="A parcel given to a carrier.")
class ShipParcelInput:
    number: str | None = strawberry.field(default=UNSET, description="One of those packed; a fulfillment with one parcel needs none.")
    carrier_service: str
    tracking_number: str | None = UNSET
    tracking_url: URL | None = UNSET


@strawberry.input(description="Tells that parcels left.")
class ShipFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    parcels: list[ShipParcelInput]


@strawberry.input(description="Tells that goods wait for the customer.")
class MarkReadyForPickupInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID


@described("How a customer without the code was identified.")
class CollectorCheck(StrEnum):
    DOCUMENT = "DOCUMENT"
    ORDER_EMAIL = "ORDER_EMAIL"
    MANAGER = "MANAGER"


@strawberry.input(description="Tells that the customer took the goods.")
class CollectFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    pickup_code: str | None = UNSET
    identified_by: CollectorCheck | None = strawberry.field(default=UNSET, description="For a customer without the code.")
    lines: list[FulfillmentLineInput] | None = strawberry.field(
        default=UNSET, description="What is taken; the rest goes back on sale. All, when absent."
    )
    payment: PaymentReferenceInput | None = UNSET


@described("What became of a parcel.")
class DeliveryOutcome(StrEnum):
    DELIVERED = "DELIVERED"
    LOST = "LOST"
    RETURNED_TO_SENDER = "RETURNED_TO_SENDER"


@strawberry.input(description="Tells what became of parcels.")
class ReportDeliveryInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    parcel_number: str | None = UNSET
    outcome: DeliveryOutcome
    at: datetime | None = UNSET
    note: str | None = UNSET
