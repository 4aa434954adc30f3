"""What became of a change of an order."""

import strawberry

from schema.types.order_lines import LineQuantity
from schema.types.order_money import Refund
from schema.types.orders import Order
from schema.types.sourcing import SourcingDecision
from schema.types.user_errors import UserError


@strawberry.type(description="What became of placing an order.")
class PlaceOrderPayload:
    order: Order | None
    access_secret: str | None = strawberry.field(
        description="Gives its holder access to this order; repeated to the caller who repeats the call."
    )
    user_errors: list[UserError]


@strawberry.type(description="What became of a change of an order.")
class OrderPayload:
    order: Order | None
    user_errors: list[UserError]


@strawberry.type(description="What became of deciding anew where units come from.")
class RouteOrderPayload:
    order: Order | None
    decision: SourcingDecision | None = strawberry.field(
        description="The newest one on the order, of its last delivery group; null for callers who may not see costs."
    )
    user_errors: list[UserError]


@strawberry.type(description="What was canceled, and what the locations were asked.")
class CancelOrderPayload:
    order: Order | None
    canceled: list[LineQuantity] = strawberry.field(description="Units canceled at once.")
    requested: list[LineQuantity] = strawberry.field(description="Units whose location was asked and may refuse.")
    refund: Refund | None
    user_errors: list[UserError]
