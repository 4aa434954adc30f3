"""Fulfillments: the work of one location for one order."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Private

from gateway.domain.order_amounts import fulfillment_worth
from resolvers.questions import fulfillments as questions
from resolvers.questions.hand_overs import of_fulfillment
from resolvers.questions.orders import pickup_code
from resolvers.sight import SeenFulfillment, SeenOrder
from schema.ids import global_id
from schema.types.delivery_groups import DeliveryGroup, delivery_group_of
from schema.types.delivery_promise import DeliveryPromise
from schema.types.fulfillment_kinds import FulfillmentState, FulfillmentTask
from schema.types.fulfillment_parts import (
    CancellationRequest,
    FulfillmentLine,
    FulfillmentOffer,
    FulfillmentRejection,
    Milestone,
    Parcel,
)
from schema.types.hand_overs import HandOver
from schema.types.info import Info
from schema.types.locations import Location, location_at
from schema.types.money import Money
from schema.types.node import Node
from schema.types.places import Address
from schema.types.user_errors import UserError

if TYPE_CHECKING:
    from schema.types.orders import Order
from schema.types.fields import resolved


@strawberry.type(description="The work of one location for one order.")
class Fulfillment(Node):
    number: str
    task: FulfillmentTask
    state: FulfillmentState
    order_number: str
    attempt: int
    created_at: datetime
    updated_at: datetime
    pickup_expires_at: datetime | None
    work: Private[SeenFulfillment]

    @resolved("Null for callers who may see the work and not the order.")
    def order(self) -> Annotated["Order", strawberry.lazy("schema.types.orders")] | None:
        from schema.types.orders import Order  # noqa: PLC0415 - an order names its fulfillments

        return Order.of(self.work.seen) if self.work.seen.sight.order else None

    @resolved("Null for callers who may see the work and not the order.")
    def delivery_group(self) -> DeliveryGroup | None:
        return delivery_group_of(self.work.seen, self.work.fulfillment.group) if self.work.seen.sight.order else None

    @resolved("Null until one of the stores that were asked has claimed it.")
    def location(self, info: Info) -> Location | None:
        return location_at(info, self.work.fulfillment.location)

    @strawberry.field
    def offers(self) -> list[FulfillmentOffer]:
        offer = FulfillmentOffer.of(self.work.fulfillment)
        return [offer] if offer else []

    @resolved("Needs fulfillments:write here.")
    async def ship_to(self, info: Info) -> Address | None:
        place = await questions.ship_to(info.context, self.work)
        return Address.of(place) if place else None

    @resolved("The transfer that must arrive first.")
    def waits_for(self) -> Annotated["Fulfillment", strawberry.lazy("schema.types.fulfillments")] | None:
        transfer = questions.waits_for(self.work)
        return Fulfillment.of(transfer) if transfer else None

    @strawberry.field
    def lines(self) -> list[FulfillmentLine]:
        work = self.work.fulfillment
        return [FulfillmentLine.of(self.work.seen, work.number, line) for line in work.lines]

    @resolved("What these units are worth to the order, for capture on dispatch.")
    def amount(self) -> Money | None:
        seen = self.work.seen
        return Money.of(fulfillment_worth(seen.order, self.work.fulfillment)) if seen.sight.order else None

    @strawberry.field
    def promise(self) -> DeliveryPromise | None:
        group = next((group for group in self.work.seen.order.groups if group.id == self.work.fulfillment.group), None)
        return DeliveryPromise.of(group.promise) if group and group.promise else None

    @strawberry.field
    def milestones(self, info: Info) -> list[Milestone]:
        return [Milestone.of(step, info.context.now) for step in self.work.fulfillment.milestones]

    @strawberry.field
    def parcels(self) -> list[Parcel]:
        return [Parcel.of(parcel) for parcel in self.work.fulfillment.parcels]

    @strawberry.field
    def hand_overs(self, info: Info) -> list[HandOver] | None:
        told = of_fulfillment(info.context, self.work)
        return None if told is None else [HandOver.of(message) for message in told]

    @resolved("What the customer shows when collecting; only with the order's own secret.")
    def pickup_code(self, info: Info) -> str | None:
        return pickup_code(info.context, self.work)

    @strawberry.field
    def rejections(self) -> list[FulfillmentRejection]:
        sight = self.work.seen.sight
        visible = sight.inside or not sight.order
        return [FulfillmentRejection.of(rejection) for rejection in self.work.fulfillment.rejections] if visible else []

    @resolved("Asked for and not answered.")
    def cancellation(self) -> CancellationRequest | None:
        asked = self.work.fulfillment.cancellation
        return CancellationRequest.of(asked) if asked else None

    @classmethod
    def of(cls, work: SeenFulfillment) -> "Fulfillment":
        told = work.fulfillment
        return cls(
            id=global_id("Fulfillment", told.number),
            number=told.number,
            task=FulfillmentTask(told.task),
            state=FulfillmentState(told.state),
            order_number=work.seen.order.number,
            attempt=told.attempt,
            created_at=told.created_at,
            updated_at=told.updated_at,
            pickup_expires_at=told.pickup_expires_at,
            work=work,
        )


@strawberry.type(description="What became of a step of the work.")
class FulfillmentPayload:
    fulfillment: Fulfillment | None
    user_errors: list[UserError]


def fulfillments_of(seen: SeenOrder, group: str | None = None) -> list[Fulfillment]:
    """Return an order's fulfillments, or those of one delivery group."""
    return [Fulfillment.of(SeenFulfillment(seen, work)) for work in seen.order.fulfillments if group in {None, work.group}]


def fulfillment_of(seen: SeenOrder, number: str | None) -> Fulfillment | None:
    return next((work for work in fulfillments_of(seen) if work.number == number), None)
