"""Money of an order: amounts, payments, refunds."""

from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import Private

from gateway.domain import order as orders
from gateway.domain.order_amounts import order_amounts
from resolvers.commands import inputs as commands
from resolvers.sight import SeenOrder
from schema.ids import global_id
from schema.types.enums import described
from schema.types.money import Money, MoneyInput
from schema.types.node import Node
from schema.types.order_lines import LineQuantity, line_quantities


@strawberry.type(
    description="Tax included where the channel's prices include it. `refundDue` is what is owed and not yet recorded as refunded."
)
class OrderAmounts:
    lines: Money
    fees: Money
    discount: Money
    tax: Money | None
    total: Money = strawberry.field(description="lines + fees - discount, as ordered.")
    canceled: Money
    handed_over: Money = strawberry.field(description="Value of units delivered or collected.")
    refund_due: Money
    refunded: Money

    @classmethod
    def of(cls, order: orders.Order) -> "OrderAmounts":
        told = order_amounts(order)
        return cls(
            lines=Money.of(told.lines),
            fees=Money.of(told.fees),
            discount=Money.of(told.discount),
            tax=None,
            total=Money.of(told.total),
            canceled=Money.of(told.canceled),
            handed_over=Money.of(told.handed_over),
            refund_due=Money.of(told.refund_due),
            refunded=Money.of(told.refunded),
        )


@strawberry.type(description="A payment made elsewhere; the gateway keeps it and says what to refund, it moves no money.")
class PaymentReference:
    provider: str
    reference: str
    amount: Money

    @classmethod
    def of(cls, payment: orders.Payment) -> "PaymentReference":
        return cls(provider=payment.provider, reference=payment.reference, amount=Money.rounded(payment.amount, payment.currency))


@strawberry.input(description="A payment made elsewhere.")
class PaymentReferenceInput:
    provider: str
    reference: str
    amount: MoneyInput

    def asked(self) -> commands.PaymentInput:
        return commands.PaymentInput(self.provider, self.reference, self.amount.told())


@described("What made money due.")
class RefundCause(StrEnum):
    CANCELLATION = "CANCELLATION"
    RETURN = "RETURN"
    FEE = "FEE"


@described("Whether the money went back.")
class RefundState(StrEnum):
    DUE = "DUE"
    DONE = "DONE"
    FAILED = "FAILED"


@strawberry.type(description="Money owed for what was canceled or returned; others pay it.")
class Refund(Node):
    amount: Money
    cause: RefundCause
    state: RefundState
    reference: str | None
    created_at: datetime
    owed: Private[orders.Refund]
    seen: Private[SeenOrder]

    @strawberry.field
    def lines(self) -> list[LineQuantity]:
        return line_quantities(self.seen, self.owed.lines)

    @classmethod
    def of(cls, seen: SeenOrder, refund: orders.Refund) -> "Refund":
        return cls(
            id=global_id("Refund", f"{seen.record.rid}/{refund.id}"),
            amount=Money.rounded(refund.amount, seen.order.currency),
            cause=RefundCause(refund.cause),
            state=RefundState(refund.state),
            reference=refund.reference,
            created_at=refund.created_at,
            owed=refund,
            seen=seen,
        )
