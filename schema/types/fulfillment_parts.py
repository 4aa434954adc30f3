"""Parts of a fulfillment: lines, milestones, parcels, offers and refusals."""

from datetime import datetime

import strawberry
from strawberry import Private

from gateway.domain import cancellation
from gateway.domain import order as orders
from gateway.domain.ids import LocationCode, Sku
from resolvers.questions.fulfillments import is_late
from resolvers.sight import SeenOrder
from schema.ids import global_id
from schema.scalars import URL
from schema.types.callers import Actor
from schema.types.fields import resolved
from schema.types.fulfillment_kinds import MilestoneStep, OfferState, RejectionReason
from schema.types.info import Info
from schema.types.locations import Location, location_at
from schema.types.node import Node
from schema.types.order_kinds import CancelReason
from schema.types.order_lines import OrderLine, order_line_of, product_of
from schema.types.products import Product
from schema.types.promises import SkuQuantity


@strawberry.type(description="Work offered to a location.")
class FulfillmentOffer:
    state: OfferState
    expires_at: datetime
    answered_at: datetime | None
    at: Private[LocationCode]

    @strawberry.field
    def location(self, info: Info) -> Location:
        return location_at(info, self.at)

    @classmethod
    def of(cls, work: orders.Fulfillment) -> "FulfillmentOffer | None":
        """Return the offer that a fulfillment began with; None for one that waits without an end."""
        if work.lapses_at is None:
            return None
        answered_at = next((step.done_at for step in work.milestones if step.step == "ACCEPT"), None)
        answers = [*([answered_at] if answered_at else []), *(rejection.at for rejection in work.rejections)]
        return cls(state=offer_state(work), expires_at=work.lapses_at, answered_at=min(answers, default=None), at=work.location)


def offer_state(work: orders.Fulfillment) -> OfferState:
    ends = {"OFFERED": OfferState.OPEN, "REJECTED": OfferState.REJECTED, "LAPSED": OfferState.LAPSED, "CANCELED": OfferState.WITHDRAWN}
    return ends.get(work.state, OfferState.CLAIMED)


@strawberry.type(description="Units of one sku to work on.")
class FulfillmentLine(Node):
    sku: str
    quantity: int = strawberry.field(description="As asked for.")
    rejected: int
    backordered: int = strawberry.field(description="Accepted for later, by `expectedAt`.")
    expected_at: datetime | None
    picked: int
    missing: int
    cancel_requested: int
    bin: str | None = strawberry.field(description="Where on the shelf, when the location says so.")
    line: Private[str]
    seen: Private[SeenOrder]

    @resolved("Null for callers who may see the work and not the order.")
    def order_line(self) -> OrderLine | None:
        return order_line_of(self.seen, self.line) if self.seen.sight.order else None

    @strawberry.field
    async def product(self, info: Info) -> Product | None:
        return await product_of(info, Sku(self.sku))

    @classmethod
    def of(cls, seen: SeenOrder, number: str, line: orders.FulfillmentLine) -> "FulfillmentLine":
        return cls(
            id=global_id("FulfillmentLine", f"{number}/{line.id}"),
            sku=line.sku,
            quantity=line.quantity,
            rejected=line.rejected,
            backordered=line.backordered,
            expected_at=line.expected_at,
            picked=line.picked,
            missing=line.missing,
            cancel_requested=line.cancel_requested,
            bin=None,
            line=line.line,
            seen=seen,
        )


@strawberry.type(description="Units that a location gave back.")
class FulfillmentRejection:
    reason: RejectionReason
    lines: list[SkuQuantity]
    note: str | None
    at: datetime
    actor: Actor

    @classmethod
    def of(cls, rejection: orders.Rejection) -> "FulfillmentRejection":
        return cls(
            reason=RejectionReason(rejection.reason),
            lines=[SkuQuantity.of(units) for units in rejection.lines],
            note=rejection.note,
            at=rejection.at,
            actor=Actor.of(rejection.actor),
        )


@strawberry.type(description="Units that the customer no longer wants, asked of the location.")
class CancellationRequest:
    lines: list[SkuQuantity]
    reason: CancelReason
    requested_at: datetime

    @classmethod
    def of(cls, asked: cancellation.CancellationRequest) -> "CancellationRequest":
        lines = [SkuQuantity.of(units) for units in asked.lines]
        return cls(lines=lines, reason=CancelReason(asked.reason), requested_at=asked.requested_at)


@strawberry.type(description="By when a step must be done for the promise to hold, and when it was.")
class Milestone:
    step: MilestoneStep
    due_at: datetime
    done_at: datetime | None
    late: bool

    @classmethod
    def of(cls, step: orders.Milestone, now: datetime) -> "Milestone":
        return cls(step=MilestoneStep(step.step), due_at=step.due_at, done_at=step.done_at, late=is_late(step, now))


@strawberry.type(description="What leaves as one piece.")
class Parcel:
    number: str
    carrier_service: str | None
    tracking_number: str | None
    tracking_url: URL | None
    weight_grams: int | None
    lines: list[SkuQuantity]
    shipped_at: datetime | None
    delivered_at: datetime | None

    @classmethod
    def of(cls, parcel: orders.Parcel) -> "Parcel":
        return cls(
            number=parcel.number,
            carrier_service=parcel.carrier_service,
            tracking_number=parcel.tracking_number,
            tracking_url=URL(parcel.tracking_url) if parcel.tracking_url else None,
            weight_grams=parcel.weight_g,
            lines=[SkuQuantity.of(units) for units in parcel.lines],
            shipped_at=parcel.shipped_at,
            delivered_at=parcel.delivered_at,
        )
