"""Why an order waits: holds on it, and what a person must decide."""

from datetime import datetime

import strawberry
from strawberry import Private

from gateway.domain import order as orders
from resolvers.sight import SeenOrder
from schema.types.fulfillments import Fulfillment, fulfillment_of
from schema.types.order_kinds import AttentionCode, HoldReason


@strawberry.type(description="What a person must decide.")
class Attention:
    code: AttentionCode
    message: str
    since: datetime
    about: Private[str | None]
    seen: Private[SeenOrder]

    @strawberry.field
    def fulfillment(self) -> Fulfillment | None:
        return fulfillment_of(self.seen, self.about)

    @classmethod
    def of(cls, seen: SeenOrder, told: orders.Attention) -> "Attention":
        return cls(code=AttentionCode(told.code), message=told.message, since=told.since, about=told.fulfillment, seen=seen)


@strawberry.type(description="Why and until when nothing is routed.")
class OrderHold:
    reason: HoldReason
    until: datetime | None
    note: str | None

    @classmethod
    def of(cls, hold: orders.OrderHold) -> "OrderHold":
        return cls(reason=HoldReason(hold.reason), until=hold.until, note=hold.note)
