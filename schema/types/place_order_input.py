"""What callers send to place an order."""

from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import UNSET

from resolvers.commands import inputs as commands
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
from schema.types.reservations_input import hold_rid


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

    def asked(self) -> commands.OrderLineInput:
        return commands.OrderLineInput(
            self.sku,
            self.quantity,
            reference=self.reference or None,
            unit_price=self.unit_price.told() if self.unit_price else None,
            discount=self.discount.told() if self.discount else None,
            attributes=tuple(attribute.told() for attribute in self.attributes or ()),
        )


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

    def asked(self) -> commands.DeliveryGroupInput:
        position = self.address.position if self.address else None
        return commands.DeliveryGroupInput(
            tuple(line.asked() for line in self.lines),
            promise_token=self.promise_token or None,
            service_code=self.service_code or None,
            method=self.method.value if self.method else None,
            address=self.address.told() if self.address else None,
            position=position.told() if position else None,
            pickup_location_code=self.pickup_location_code or None,
            pickup_point=self.pickup_point.told() if self.pickup_point else None,
            promised_by=self.promised_by or None,
            fee=self.fee.told() if self.fee else None,
            instructions=self.instructions or None,
        )


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
        description=(
            "What to do with units that no location can supply in time; null: what the channel's profile says. "
            "Units that a token promised from inbound are no shortage."
        ),
    )
    placed_at: datetime | None = strawberry.field(
        default=UNSET, description="Needs prices:write: when the customer ordered, for orders taken elsewhere."
    )
    attributes: list[AttributeInput] | None = UNSET

    def asked(self) -> commands.PlaceOrder:
        reservation = self.reservation_id or None
        return commands.PlaceOrder(
            self.idempotency_key,
            tuple(group.asked() for group in self.delivery_groups),
            channel_code=self.channel_code or None,
            customer=self.customer.asked() if self.customer else commands.CustomerInput(),
            billing_address=self.billing_address.told() if self.billing_address else None,
            reference=self.reference or None,
            reservation_id=None if reservation is None else hold_rid(reservation),
            payments=tuple(payment.asked() for payment in self.payments or ()),
            hold=self.hold.asked() if self.hold else None,
            placed_at_location_code=self.placed_at_location_code or None,
            on_shortage=self.on_shortage.value if self.on_shortage else None,
            placed_at=self.placed_at or None,
            attributes=tuple(attribute.told() for attribute in self.attributes or ()),
        )
