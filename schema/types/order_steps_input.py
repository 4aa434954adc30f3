"""What callers send to route, cancel, hold and release an order."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from gateway.domain.errors import InvalidInput
from resolvers.commands import inputs as commands
from schema.ids import key_of
from schema.scalars import IdempotencyKey
from schema.types.given import given
from schema.types.order_kinds import CancelReason, HoldReason
from schema.types.order_money import PaymentReferenceInput
from schema.types.orders_input import OrderKey
from schema.types.places import AddressInput


@strawberry.input(one_of=True, description="Exactly one.")
class DeliveryChangeInput:
    address: AddressInput | None = UNSET
    pickup_location_code: str | None = UNSET
    promise_token: str | None = UNSET


@strawberry.input(description="While no unit of the group is packed.")
class ChangeDeliveryInput:
    idempotency_key: IdempotencyKey
    order: OrderKey
    delivery_group_id: strawberry.ID
    to: DeliveryChangeInput

    def asked(self) -> commands.ChangeDelivery:
        """Raises InvalidInput unless exactly one member of `to` is given: a supergraph may have dropped the directive that says so."""
        members = [given(member) for member in (self.to.address, self.to.pickup_location_code, self.to.promise_token)]
        if sum(member is not None for member in members) != 1:
            message = "to takes exactly one of address, pickupLocationCode and promiseToken."
            raise InvalidInput(message, field=("to",))
        address = given(self.to.address)
        position = given(address.position) if address else None
        return commands.ChangeDelivery(
            self.idempotency_key,
            self.order.asked(),
            key_of("DeliveryGroup", self.delivery_group_id) or "",
            address=address.told() if address else None,
            position=position.told() if position else None,
            pickup_location_code=given(self.to.pickup_location_code),
            promise_token=given(self.to.promise_token),
        )


@strawberry.input(description="Why and until when nothing is to be routed.")
class OrderHoldInput:
    reason: HoldReason
    until: datetime | None = UNSET
    note: str | None = UNSET

    def asked(self) -> commands.HoldInput:
        return commands.HoldInput(self.reason.value, self.until or None, self.note or None)


@strawberry.input(description="Units of one order line.")
class LineQuantityInput:
    line_id: strawberry.ID
    quantity: int

    def asked(self) -> commands.LineUnits:
        return commands.LineUnits(key_of("OrderLine", self.line_id) or "", self.quantity)


@strawberry.input(description="Decides anew for work that has not been started; does nothing to what has.")
class RouteOrderInput:
    idempotency_key: IdempotencyKey
    order: OrderKey
    included_location_codes: list[str] | None = strawberry.field(
        default=UNSET, description="Only from these, when given; excluded ones win."
    )
    excluded_location_codes: list[str] | None = UNSET

    def asked(self) -> commands.RouteOrder:
        included = given(self.included_location_codes)
        return commands.RouteOrder(
            self.idempotency_key,
            self.order.asked(),
            included_location_codes=None if included is None else tuple(included),
            excluded_location_codes=tuple(self.excluded_location_codes or ()),
        )


@strawberry.input(description="Cancels units of an order.")
class CancelOrderInput:
    idempotency_key: IdempotencyKey
    order: OrderKey
    lines: list[LineQuantityInput] | None = strawberry.field(default=UNSET, description="All that can be, when absent.")
    reason: CancelReason
    note: str | None = UNSET

    def asked(self) -> commands.CancelOrder:
        lines = given(self.lines)
        return commands.CancelOrder(
            self.idempotency_key,
            self.order.asked(),
            self.reason.value,
            lines=None if lines is None else tuple(line.asked() for line in lines),
            note=self.note or None,
        )


@strawberry.input(description="Keeps an order from being routed.")
class HoldOrderInput:
    idempotency_key: IdempotencyKey
    order: OrderKey
    hold: OrderHoldInput

    def asked(self) -> commands.HoldOrder:
        return commands.HoldOrder(self.idempotency_key, self.order.asked(), self.hold.asked())


@strawberry.input(description="Lets an order on hold be routed.")
class ReleaseOrderInput:
    idempotency_key: IdempotencyKey
    order: OrderKey
    payments: list[PaymentReferenceInput] | None = UNSET

    def asked(self) -> commands.ReleaseOrder:
        payments = tuple(payment.asked() for payment in self.payments or ())
        return commands.ReleaseOrder(self.idempotency_key, self.order.asked(), payments)
