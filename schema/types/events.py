"""Events: what happened, in one vocabulary."""

from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import Private

from gateway.domain import order as orders
from resolvers.questions import orders as questions
from resolvers.sight import SeenOrder
from schema.connections import Connection
from schema.ids import global_id
from schema.types.attributes import Attribute
from schema.types.callers import Actor
from schema.types.enums import described
from schema.types.fields import resolved
from schema.types.fulfillments import fulfillment_of
from schema.types.info import Info
from schema.types.node import Node


@described("What kind of thing happened.")
class EventType(StrEnum):
    ORDER_PLACED = "ORDER_PLACED"
    ORDER_ROUTED = "ORDER_ROUTED"
    ORDER_HELD = "ORDER_HELD"
    ORDER_RELEASED = "ORDER_RELEASED"
    ORDER_CHANGED = "ORDER_CHANGED"
    ORDER_CANCELED = "ORDER_CANCELED"
    ORDER_FULFILLED = "ORDER_FULFILLED"
    ORDER_NEEDS_ATTENTION = "ORDER_NEEDS_ATTENTION"
    FULFILLMENT_OFFERED = "FULFILLMENT_OFFERED"
    FULFILLMENT_ACCEPTED = "FULFILLMENT_ACCEPTED"
    FULFILLMENT_REJECTED = "FULFILLMENT_REJECTED"
    FULFILLMENT_PROGRESSED = "FULFILLMENT_PROGRESSED"
    FULFILLMENT_SHIPPED = "FULFILLMENT_SHIPPED"
    FULFILLMENT_DELIVERED = "FULFILLMENT_DELIVERED"
    FULFILLMENT_READY = "FULFILLMENT_READY"
    FULFILLMENT_COLLECTED = "FULFILLMENT_COLLECTED"
    FULFILLMENT_NOT_COLLECTED = "FULFILLMENT_NOT_COLLECTED"
    PROMISE_MOVED = "PROMISE_MOVED"
    PROMISE_AT_RISK = "PROMISE_AT_RISK"
    RETURN_CHANGED = "RETURN_CHANGED"
    REFUND_DUE = "REFUND_DUE"
    REFUND_RECORDED = "REFUND_RECORDED"
    AVAILABILITY_CHANGED = "AVAILABILITY_CHANGED"
    LOCATION_CHANGED = "LOCATION_CHANGED"
    SOURCE_CHANGED = "SOURCE_CHANGED"


@strawberry.type(description="Something that happened; one vocabulary for an order's history, the feed and webhooks.")
class Event(Node):
    at: datetime
    type: EventType
    actor: Actor | None
    attributes: list[Attribute]
    told: Private[orders.Event]
    seen: Private[SeenOrder]

    @strawberry.field
    def summary(self, info: Info) -> str:
        return questions.summary(info.context, self.seen, self.told)

    @resolved("The order, fulfillment, return, location or product that it is about.")
    def subject(self) -> Node | None:
        from schema.types.orders import Order  # noqa: PLC0415 - an order names its events

        return fulfillment_of(self.seen, self.told.fulfillment) if self.told.fulfillment else Order.of(self.seen)

    @classmethod
    def of(cls, seen: SeenOrder, event: orders.Event) -> "Event":
        return cls(
            id=global_id("Event", f"{seen.record.rid}/{event.id}"),
            at=event.at,
            type=EventType(event.type),
            actor=Actor.of(event.actor) if seen.sight.inside else None,
            attributes=[Attribute.of(attribute) for attribute in event.attributes] if seen.sight.inside else [],
            told=event,
            seen=seen,
        )


EventConnection = Connection[Event]
