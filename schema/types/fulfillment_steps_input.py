"""What those who work on a fulfillment send at each step."""

from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import UNSET

from resolvers.commands import work_inputs as commands
from resolvers.commands.inputs import LineUnits
from schema.ids import key_of
from schema.scalars import URL, IdempotencyKey
from schema.types.enums import described
from schema.types.fulfillment_kinds import RejectionReason
from schema.types.given import given
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

    def asked(self) -> commands.AcceptLine:
        later = tuple(commands.Later(part.quantity, part.expected_at) for part in self.later or ())
        return commands.AcceptLine(line_key(self.line_id), self.quantity, later, self.reason.value if self.reason else None)


@strawberry.input(description="Units of one line.")
class FulfillmentLineInput:
    line_id: strawberry.ID
    quantity: int

    def asked(self) -> LineUnits:
        return LineUnits(line_key(self.line_id), self.quantity)


@strawberry.input(description="A store accepts, or a supplier acknowledges: now, later with a date, or not.")
class AcceptFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    lines: list[AcceptLineInput] | None = strawberry.field(
        default=UNSET, description="All, when absent. What a line leaves over is rejected and sourced elsewhere."
    )

    def asked(self) -> commands.AcceptFulfillment:
        lines = given(self.lines)
        taken = None if lines is None else tuple(line.asked() for line in lines)
        return commands.AcceptFulfillment(self.idempotency_key, number_of(self.fulfillment_id), taken)


@strawberry.input(description="Gives work back.")
class RejectFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    reason: RejectionReason
    note: str | None = UNSET

    def asked(self) -> commands.RejectFulfillment:
        return commands.RejectFulfillment(self.idempotency_key, number_of(self.fulfillment_id), self.reason.value, self.note or None)


@strawberry.input(description="What was found of one line.")
class PickLineInput:
    line_id: strawberry.ID
    quantity: int
    reason: RejectionReason | None = strawberry.field(default=UNSET, description="For what is short.")

    def asked(self) -> commands.PickLine:
        return commands.PickLine(line_key(self.line_id), self.quantity, self.reason.value if self.reason else None)


@strawberry.input(description="Tells what was found.")
class PickFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    lines: list[PickLineInput] | None = strawberry.field(
        default=UNSET, description="What was found; what is short is sourced elsewhere. All, when absent."
    )

    def asked(self) -> commands.PickFulfillment:
        lines = given(self.lines)
        found = None if lines is None else tuple(line.asked() for line in lines)
        return commands.PickFulfillment(self.idempotency_key, number_of(self.fulfillment_id), found)


@strawberry.input(description="A parcel and what is in it.")
class PackParcelInput:
    weight_grams: int | None = UNSET
    lines: list[FulfillmentLineInput]

    def asked(self) -> commands.PackParcel:
        return commands.PackParcel(tuple(line.asked() for line in self.lines), given(self.weight_grams))


@strawberry.input(description="Tells what was packed.")
class PackFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    parcels: list[PackParcelInput] = strawberry.field(description="At most 50.")

    def asked(self) -> commands.PackFulfillment:
        parcels = tuple(parcel.asked() for parcel in self.parcels)
        return commands.PackFulfillment(self.idempotency_key, number_of(self.fulfillment_id), parcels)


@strawberry.input(description="A parcel given to a carrier.")
class ShipParcelInput:
    number: str | None = strawberry.field(default=UNSET, description="One of those packed; a fulfillment with one parcel needs none.")
    carrier_service: str
    tracking_number: str | None = UNSET
    tracking_url: URL | None = UNSET

    def asked(self) -> commands.ShipParcel:
        return commands.ShipParcel(self.carrier_service, self.number or None, self.tracking_number or None, self.tracking_url or None)


@strawberry.input(description="Tells that parcels left.")
class ShipFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    parcels: list[ShipParcelInput]

    def asked(self) -> commands.ShipFulfillment:
        parcels = tuple(parcel.asked() for parcel in self.parcels)
        return commands.ShipFulfillment(self.idempotency_key, number_of(self.fulfillment_id), parcels)


@strawberry.input(description="Takes work that was offered.")
class ClaimFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    location_code: str

    def asked(self) -> commands.ClaimFulfillment:
        return commands.ClaimFulfillment(self.idempotency_key, number_of(self.fulfillment_id), self.location_code)


@strawberry.input(description="Answers a request to let go of work.")
class AnswerCancellationInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    granted: bool
    note: str | None = UNSET

    def asked(self) -> commands.AnswerCancellation:
        return commands.AnswerCancellation(self.idempotency_key, number_of(self.fulfillment_id), self.granted, self.note or None)


@strawberry.input(description="Gives work to another location.")
class ReassignFulfillmentInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID
    location_code: str | None = strawberry.field(default=UNSET, description="Where to; decided by the gateway when absent.")
    note: str | None = UNSET

    def asked(self) -> commands.ReassignFulfillment:
        number, place = number_of(self.fulfillment_id), self.location_code or None
        return commands.ReassignFulfillment(self.idempotency_key, number, place, self.note or None)


@strawberry.input(description="Tells that goods wait for the customer.")
class MarkReadyForPickupInput:
    idempotency_key: IdempotencyKey
    fulfillment_id: strawberry.ID

    def asked(self) -> commands.MarkReadyForPickup:
        return commands.MarkReadyForPickup(self.idempotency_key, number_of(self.fulfillment_id))


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

    def asked(self) -> commands.CollectFulfillment:
        lines = given(self.lines)
        return commands.CollectFulfillment(
            self.idempotency_key,
            number_of(self.fulfillment_id),
            pickup_code=self.pickup_code or None,
            identified_by=self.identified_by.value if self.identified_by else None,
            lines=None if lines is None else tuple(line.asked() for line in lines),
            payment=self.payment.asked() if self.payment else None,
        )


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

    def asked(self) -> commands.ReportDelivery:
        return commands.ReportDelivery(
            self.idempotency_key,
            number_of(self.fulfillment_id),
            self.outcome.value,
            parcel_number=self.parcel_number or None,
            at=self.at or None,
            note=self.note or None,
        )


def number_of(text: str) -> str:
    """Return the number of the fulfillment that an id names, empty when it names none."""
    return key_of("Fulfillment", text) or ""


def line_key(text: str) -> str:
    return key_of("FulfillmentLine", text) or ""
