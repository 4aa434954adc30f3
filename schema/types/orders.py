"""Orders: what a customer bought, how it goes to them, and what came of it."""

from datetime import datetime

import strawberry
from strawberry import UNSET, Private

from gateway.domain.order_status import order_status
from resolvers.questions import orders as questions
from resolvers.questions.channels import channel_named
from resolvers.questions.hand_overs import of_order
from resolvers.questions.sourcing import decisions_of
from resolvers.sight import SeenOrder
from schema.connections import Connection, connection, keyset_after, page_size
from schema.ids import global_id
from schema.types.attributes import Attribute
from schema.types.callers import Actor
from schema.types.channels import Channel
from schema.types.customer import Customer
from schema.types.delivery_groups import DeliveryGroup
from schema.types.delivery_promise import DeliveryPromise
from schema.types.events import Event
from schema.types.fields import resolved
from schema.types.fulfillments import Fulfillment, fulfillments_of
from schema.types.hand_overs import HandOver
from schema.types.info import Info
from schema.types.locations import Location, location_at
from schema.types.node import Node
from schema.types.order_kinds import OrderStatus
from schema.types.order_lines import OrderLine
from schema.types.order_money import OrderAmounts, PaymentReference, Refund
from schema.types.order_standing import Attention, OrderHold
from schema.types.sourcing import SourcingDecision


@strawberry.type(description="What a customer bought, how it goes to them, and what came of it. Federation key: number.")
class Order(Node):
    number: str
    status: OrderStatus
    placed_at: datetime
    updated_at: datetime
    placed_by: Actor | None = strawberry.field(description="Null for callers who may not know.")
    reference: str | None = strawberry.field(description="The caller's own reference.")
    seen: Private[SeenOrder]

    @strawberry.field
    def channel(self, info: Info) -> Channel:
        return Channel.of(channel_named(info.context, self.seen.order.channel))

    @resolved("What a person must decide.")
    def attention(self) -> list[Attention]:
        return [Attention.of(self.seen, told) for told in self.seen.order.attention] if self.seen.sight.inside else []

    @resolved("Waits for a payment or a check; nothing is routed meanwhile.")
    def hold(self) -> OrderHold | None:
        return OrderHold.of(self.seen.order.hold) if self.seen.order.hold else None

    @resolved("Where it was taken, for an order taken in a store.")
    def placed_at_location(self, info: Info) -> Location | None:
        code = self.seen.order.placed_at_location
        return location_at(info, code) if code else None

    @resolved("Needs orders:read or the order's own secret.")
    async def customer(self, info: Info) -> Customer | None:
        data = await questions.personal(info.context, self.seen)
        return Customer.of(self.seen.order, data) if data else None

    @strawberry.field
    def attributes(self) -> list[Attribute]:
        return [Attribute.of(attribute) for attribute in self.seen.order.attributes]

    @strawberry.field
    def lines(self) -> list[OrderLine]:
        return [OrderLine.of(self.seen, line) for line in self.seen.order.lines]

    @strawberry.field
    def delivery_groups(self) -> list[DeliveryGroup]:
        return [DeliveryGroup.of(self.seen, group) for group in self.seen.order.groups]

    @strawberry.field
    def fulfillments(self) -> list[Fulfillment]:
        return fulfillments_of(self.seen)

    @resolved("The latest window over its groups.")
    def promise(self) -> DeliveryPromise | None:
        latest = questions.promise(self.seen.order)
        return DeliveryPromise.of(latest) if latest else None

    @resolved("Newest first. Needs insights:read.")
    async def sourcing(self, info: Info, first: int | None = 5) -> list[SourcingDecision] | None:
        told = await decisions_of(info.context, self.seen, page_size(first, default=5))
        return None if told is None else [SourcingDecision.of(decision) for decision in told]

    @strawberry.field
    def amounts(self) -> OrderAmounts:
        return OrderAmounts.of(self.seen.order)

    @strawberry.field
    def payments(self) -> list[PaymentReference]:
        return [PaymentReference.of(payment) for payment in self.seen.order.payments]

    @strawberry.field
    def refunds(self) -> list[Refund]:
        return [Refund.of(self.seen, refund) for refund in self.seen.order.refunds]

    @resolved("Oldest first. As far as the caller may see.")
    def history(self, first: int | None = 50, after: str | None = UNSET) -> Connection[Event]:
        listing, size = f"history|{self.number}", page_size(first, default=50)
        begin = keyset_after(after or None, listing, (int,))
        rest = [row for row in questions.history(self.seen) if begin is None or row[:1] > begin]
        return connection(
            Connection[Event],
            rest[:size],
            node=lambda row: Event.of(self.seen, row[1]),
            keyset=lambda row: row[:1],
            listing=listing,
            has_next=len(rest) > size,
            after=begin,
        )

    @resolved("Messages to the systems behind; needs orders:read.")
    def hand_overs(self) -> list[HandOver] | None:
        told = of_order(self.seen)
        return None if told is None else [HandOver.of(message) for message in told]

    @classmethod
    def of(cls, seen: SeenOrder) -> "Order":
        order = seen.order
        own = seen.sight.inside or not seen.sight.own_secret
        return cls(
            id=global_id("Order", seen.record.rid),
            number=order.number,
            status=OrderStatus(order_status(order)),
            placed_at=order.placed_at,
            updated_at=order.updated_at,
            placed_by=Actor.of(order.placed_by) if own else None,
            reference=order.reference,
            seen=seen,
        )
